import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  AdmissionError, BadInputError, DeadlineError, ForbiddenError, InternalError, ProofError, RateLimitError, ReadOnlyError, ROLE, SessionError, UnavailableError, UnsupportedError, type PetrelError
} from '../../../src/protocol/wire/index.js'
import { alarmAt, NEW_LINK, statusOf, stepLink, type LinkEffect, type LinkInput, type LinkMachine } from '../../../src/node/gateway/link-machine.js'
import { backoffMs, LINK_TIMING } from '../../../src/node/gateway/timing.js'

const ERRORS: Array<() => PetrelError> = [
  () => new AdmissionError('bring a token'), () => new ForbiddenError('no'), () => new ProofError('another key'), () => new BadInputError('no address'),
  () => new UnavailableError('nobody'), () => new DeadlineError('slow'), () => new RateLimitError('often', { details: { retryMs: 2 ** 40 } }),
  () => new SessionError('expired'), () => new SessionError('revoked', { details: { revoked: true } }), () => new UnsupportedError('starting'),
  () => new ReadOnlyError('disk'), () => new InternalError('fault')
]
const timing = LINK_TIMING

/** A machine with a clock, driven by hand. */
class Driven {
  state: LinkMachine = NEW_LINK
  now = 1000
  random = 0.5
  effects: LinkEffect[] = []
  feed (input: LinkInput): LinkEffect[] {
    const step = stepLink(this.state, input, { now: this.now, random: this.random }, timing)
    this.state = step.state
    this.effects.push(...step.effects)
    return [...step.effects]
  }

  /** The alarm that is set goes off. */
  alarm (): LinkEffect[] {
    this.now = alarmAt(this.state) ?? assert.fail('no alarm is set')
    return this.feed({ type: 'alarm' })
  }

  get attempt (): number { return this.state.attempt }

  toReady (expiresMs = 600_000): this {
    if (this.state.phase.name === 'idle') this.feed({ type: 'start' })
    this.feed({ type: 'dialed', attempt: this.attempt })
    this.feed({ type: 'opened', attempt: this.attempt, expiresMs, role: ROLE.hosted })
    assert.equal(this.state.phase.name, 'ready')
    return this
  }
}

const arbitraryInput: fc.Arbitrary<{ make: (state: LinkMachine) => LinkInput, wait: number, random: number }> = fc.record({
  make: fc.tuple(fc.integer({ min: 0, max: 14 }), fc.constantFrom(...ERRORS), fc.constantFrom(0, 0, 0, -1), fc.nat(2 ** 32)).map(([kind, error, stale, ms]) => (state: LinkMachine): LinkInput => {
    const attempt = state.attempt + stale
    const inputs: LinkInput[] = [
      { type: 'start' }, { type: 'poke' }, { type: 'alarm' }, { type: 'alarm' }, { type: 'changed', what: 'addrs' }, { type: 'changed', what: 'token' }, { type: 'changed', what: 'manifest' },
      { type: 'dialed', attempt }, { type: 'opened', attempt, expiresMs: 50 + ms % 600_000, role: ROLE.guest }, { type: 'renewed', attempt, expiresMs: 50 + ms % 600_000, role: ROLE.hosted },
      { type: 'failed', attempt, error: error() }, { type: 'renew-failed', attempt, error: error() }, { type: 'session-lost', session: state.session + stale, error: new SessionError('gone') },
      { type: 'lost', attempt, error: ms % 2 === 0 ? error() : undefined }, { type: 'moved', attempt, sameRelay: ms % 3 === 0 ? ['/ip4/127.0.0.1/tcp/1'] : [], retryMs: ms }
    ]
    return inputs[kind]!
  }),
  wait: fc.nat(700_000),
  random: fc.double({ min: 0, max: 0.999999, noNaN: true })
})

describe('the wait before a link dials again', () => {
  it('is above zero, doubles its bound from the base, and never passes the cap', () => {
    fc.assert(fc.property(fc.nat(200), fc.double({ min: 0, max: 0.999999, noNaN: true }), (failures, random) => {
      const ms = backoffMs(failures, random, timing)
      assert.ok(ms > 0 && ms <= timing.retryCapMs && ms <= timing.retryBaseMs * 2 ** failures)
    }))
    assert.ok(backoffMs(0, 0.999, timing) > 99 && backoffMs(3, 0.999, timing) > 799 && backoffMs(50, 0.999, timing) > 29_900)
  })

  it('is spread over its whole range', () => {
    const waits = [0.1, 0.4, 0.9].map(random => backoffMs(10, random, timing))
    assert.deepEqual(waits, [3000, 12_000, 27_000])
  })
})

describe('the life of a link', () => {
  it('has no state without an exit: whatever happens, alarms alone lead to a new dial or a renewal', () => {
    fc.assert(fc.property(fc.array(arbitraryInput, { maxLength: 60 }), steps => {
      const link = new Driven()
      link.feed({ type: 'start' })
      for (const { make, wait, random } of steps) {
        link.now += wait
        link.random = random
        link.feed(make(link.state))
        const due = alarmAt(link.state)
        assert.ok(due !== null, `no alarm in ${link.state.phase.name}`)
        assert.ok(due - link.now <= Math.max(timing.awayMs, timing.refusedMs, 600_000) * 1.25 + 1, `an alarm after ${due - link.now} ms in ${link.state.phase.name}`)
      }
      const before = link.effects.length
      for (let i = 0; i < 4; i++) link.alarm()
      assert.ok(link.effects.slice(before).some(effect => effect.type === 'dial' || effect.type === 'renew' || effect.type === 'open'))
    }), { numRuns: 500 })
  })

  it('can always be let in when the relay is willing', () => {
    fc.assert(fc.property(fc.array(arbitraryInput, { maxLength: 40 }), steps => {
      const link = new Driven()
      link.feed({ type: 'start' })
      for (const { make, wait, random } of steps) {
        link.now += wait
        link.random = random
        link.feed(make(link.state))
      }
      for (let i = 0; i < 10 && link.state.phase.name !== 'ready'; i++) {
        if (link.state.phase.name === 'dialing') link.feed({ type: 'dialed', attempt: link.attempt })
        else if (link.state.phase.name === 'opening') link.feed({ type: 'opened', attempt: link.attempt, expiresMs: 1000, role: ROLE.guest })
        else link.alarm()
      }
      assert.equal(link.state.phase.name, 'ready')
    }), { numRuns: 500 })
  })

  it('gives up each dial or channel before it begins the next, and stays closed once closed', () => {
    fc.assert(fc.property(fc.array(arbitraryInput, { maxLength: 60 }), steps => {
      const link = new Driven()
      link.feed({ type: 'start' })
      for (const { make, wait, random } of steps) {
        link.now += wait
        link.random = random
        link.feed(make(link.state))
      }
      let live = 0
      for (const effect of link.effects) {
        if (effect.type === 'dial') live++
        if (effect.type === 'cut' || effect.type === 'drain') live--
        assert.ok(live <= 1, 'two attempts at once')
      }
      assert.deepEqual(link.feed({ type: 'close' }), [{ type: 'end', attempt: link.attempt }])
      for (const { make } of steps) assert.deepEqual(link.feed(make(link.state)), [])
      assert.equal(statusOf(link.state).state, 'closed')
    }), { numRuns: 300 })
  })

  it('takes no news of an earlier attempt or session', () => {
    const link = new Driven().toReady()
    const { attempt, session } = link.state
    link.feed({ type: 'lost', attempt, error: undefined })
    link.alarm()
    link.toReady()
    const { state } = link
    for (const input of [
      { type: 'lost', attempt, error: undefined }, { type: 'failed', attempt, error: new UnavailableError('x') }, { type: 'dialed', attempt },
      { type: 'moved', attempt, sameRelay: [], retryMs: 1 }, { type: 'session-lost', session, error: new SessionError('x') }, { type: 'renew-failed', attempt, error: new SessionError('x') }
    ] as LinkInput[]) assert.deepEqual(link.feed(input), [])
    assert.equal(link.state, state)
  })

  it('waits longer after each failure, and from the start again after a session that held', () => {
    const link = new Driven()
    link.random = 0.999
    link.feed({ type: 'start' })
    const waits: number[] = []
    for (let i = 0; i < 12; i++) {
      link.feed({ type: 'failed', attempt: link.attempt, error: new UnavailableError('nobody') })
      waits.push(Math.round(alarmAt(link.state)! - link.now))
      link.alarm()
    }
    assert.deepEqual(waits.slice(0, 4), [100, 200, 400, 799])
    assert.deepEqual(waits.slice(-2), [29_970, 29_970])
    link.toReady()
    link.feed({ type: 'lost', attempt: link.attempt, error: undefined })
    assert.ok(alarmAt(link.state)! - link.now > 20_000, 'a session that was cut at once is another failure')
    link.alarm()
    link.toReady()
    link.now += timing.stableMs
    link.feed({ type: 'lost', attempt: link.attempt, error: undefined })
    assert.ok(alarmAt(link.state)! - link.now <= 100)
  })

  it('renews before the session ends, tries again when that fails, and opens a new one at the end', () => {
    const link = new Driven().toReady(1000)
    const opened = link.now
    assert.deepEqual(link.alarm(), [{ type: 'renew', attempt: link.attempt }])
    assert.ok(link.now - opened >= 700 && link.now - opened <= 800)
    link.feed({ type: 'renewed', attempt: link.attempt, expiresMs: 10_000, role: ROLE.guest })
    assert.equal(statusOf(link.state).role, ROLE.guest)
    link.alarm()
    link.feed({ type: 'renew-failed', attempt: link.attempt, error: new InternalError('fault') })
    assert.equal(statusOf(link.state).state, 'connected')
    assert.deepEqual(link.alarm(), [{ type: 'renew', attempt: link.attempt }])
    // No answer at all until the session ends.
    assert.deepEqual(link.alarm(), [{ type: 'open', attempt: link.attempt }])
  })

  it('opens a new session on the same channel when one is lost, but not in a tight loop', () => {
    const link = new Driven().toReady()
    const lose = (): LinkEffect[] => link.feed({ type: 'session-lost', session: link.state.session, error: new SessionError('expired') })
    link.now += timing.stableMs
    assert.deepEqual(lose().map(e => e.type), ['open'])
    link.feed({ type: 'opened', attempt: link.attempt, expiresMs: 1000, role: ROLE.hosted })
    assert.deepEqual(lose().map(e => e.type), ['open'])
    link.feed({ type: 'opened', attempt: link.attempt, expiresMs: 1000, role: ROLE.hosted })
    assert.deepEqual(lose().map(e => e.type), ['cut'])
    assert.equal(statusOf(link.state).state, 'waiting')
  })

  for (const error of [new AdmissionError('bring a token'), new ForbiddenError('not listed'), new ProofError('another key'), new SessionError('revoked', { details: { revoked: true } })]) {
    it(`is refused by ${error.name} until something changes, and asks again in its own time`, () => {
      const link = new Driven()
      link.feed({ type: 'start' })
      link.feed({ type: 'dialed', attempt: link.attempt })
      link.feed({ type: 'failed', attempt: link.attempt, error })
      assert.deepEqual(statusOf(link.state), { state: 'refused', role: null, lastError: error })
      const asked = link.now
      assert.deepEqual(link.alarm().map(e => e.type), ['dial'])
      assert.ok(link.now - asked >= timing.refusedMs)
      assert.equal(statusOf(link.state).state, 'refused', 'asking again is not hope yet')
      link.feed({ type: 'failed', attempt: link.attempt, error })
      assert.deepEqual(link.feed({ type: 'changed', what: 'token' }).map(e => e.type), ['dial'])
      assert.equal(statusOf(link.state).state, 'connecting')
    })
  }

  it('asks at once anew when the token came while the old one was being refused', () => {
    const link = new Driven()
    link.feed({ type: 'start' })
    link.feed({ type: 'dialed', attempt: link.attempt })
    link.feed({ type: 'changed', what: 'token' })
    assert.deepEqual(link.feed({ type: 'failed', attempt: link.attempt, error: new AdmissionError('old token') }).map(e => e.type), ['cut', 'dial'])
  })

  it('comes back later when it is told to, within bounds, or goes to the same relay\'s other address at once', () => {
    const link = new Driven().toReady()
    assert.deepEqual(link.feed({ type: 'moved', attempt: link.attempt, sameRelay: [], retryMs: 5000 }).map(e => e.type), ['drain'])
    assert.equal(statusOf(link.state).state, 'waiting')
    assert.ok(alarmAt(link.state)! - link.now >= 5000)
    link.alarm()
    link.toReady()
    link.feed({ type: 'moved', attempt: link.attempt, sameRelay: [], retryMs: 2 ** 32 - 1 })
    assert.ok(alarmAt(link.state)! - link.now <= timing.awayMs * 1.25)
    link.feed({ type: 'poke' })
    link.toReady()
    const effects = link.feed({ type: 'moved', attempt: link.attempt, sameRelay: ['/dns/new/tcp/1'], retryMs: 5000 })
    assert.deepEqual(effects, [{ type: 'drain', attempt: link.attempt - 1 }, { type: 'dial', attempt: link.attempt, movedTo: ['/dns/new/tcp/1'] }])
  })

  it('is not kept busy by a relay that sends it on again and again', () => {
    const link = new Driven().toReady()
    const waits: number[] = []
    for (let i = 0; i < 12; i++) {
      link.feed({ type: 'moved', attempt: link.attempt, sameRelay: ['/dns/new/tcp/1'], retryMs: 0 })
      if (link.state.phase.name === 'waiting') {
        waits.push(alarmAt(link.state)! - link.now)
        link.alarm()
      }
      link.toReady()
    }
    assert.equal(waits.length, 11, 'the first move is met at once')
    assert.ok(waits.every((ms, i) => i === 0 || ms > waits[i - 1]! || ms >= timing.retryCapMs / 2))
  })

  it('drops a connection that may be dead, and keeps one whose other side spoke', () => {
    const silent = new Driven().toReady()
    assert.deepEqual(silent.feed({ type: 'lost', attempt: 1, error: new UnavailableError('silence') }).map(e => e.type === 'cut' && e.hangUp), [true])
    const spoken = new Driven().toReady()
    assert.deepEqual(spoken.feed({ type: 'lost', attempt: 1, error: new ForbiddenError('revoked') }).map(e => e.type === 'cut' && e.hangUp), [false])
    assert.equal(statusOf(spoken.state).state, 'refused')
  })

  it('asks whether the relay is there when it is poked in a session', () => {
    assert.deepEqual(new Driven().toReady().feed({ type: 'poke' }), [{ type: 'probe', attempt: 1 }])
  })
})
