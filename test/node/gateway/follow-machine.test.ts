import assert from 'node:assert/strict'
import fc from 'fast-check'
import { DeadlineError, ForbiddenError, NotFoundError, ProofError, SessionError, UnavailableError } from '../../../src/protocol/wire/index.js'
import { newFollow, stepFollow, type FollowEffect, type FollowInput, type FollowMachine } from '../../../src/node/gateway/follow-machine.js'
import { LINK_TIMING } from '../../../src/node/gateway/timing.js'

const step = (state: FollowMachine, input: FollowInput): { state: FollowMachine, effects: readonly FollowEffect[] } => stepFollow(state, input, 0.5, LINK_TIMING)
const kinds = (effects: readonly FollowEffect[]): string[] => effects.map(effect => effect.type)

describe('a follow', () => {
  it('hands over each entry once and in order, whatever arrives, is lost or comes twice', () => {
    const input: fc.Arbitrary<FollowInput> = fc.oneof(
      fc.record({ type: fc.constant('entries' as const), first: fc.integer({ min: 1, max: 40 }), length: fc.integer({ min: 1, max: 9 }) }).map(({ type, first, length }) => ({ type, first, last: first + length - 1 })),
      fc.constantFrom<FollowInput>({ type: 'session' }, { type: 'lost' }, { type: 'accepted' }, { type: 'again' }, { type: 'failed', error: new UnavailableError('x') }, { type: 'failed', error: new SessionError('x') })
    )
    fc.assert(fc.property(fc.array(input, { maxLength: 80 }), fc.nat(10), (inputs, after) => {
      let state = newFollow(after)
      let delivered = after
      for (const one of inputs) {
        const next = step(state, one)
        for (const effect of next.effects) {
          if (effect.type === 'ask') assert.equal(effect.after, delivered)
          if (effect.type !== 'deliver') continue
          assert.equal(one.type, 'entries')
          if (one.type !== 'entries') continue
          assert.equal(one.first + effect.skip, delivered + 1)
          assert.ok(one.last > delivered)
          delivered = one.last
        }
        assert.equal(next.state.position, delivered)
        state = next.state
      }
    }), { numRuns: 1000 })
  })

  it('goes on in a new session from where it stands, whatever state it was in, unless it ended', () => {
    fc.assert(fc.property(fc.constantFrom('idle', 'asking', 'following'), fc.nat(50), (phase, position) => {
      const { state, effects } = step({ phase, position, failures: 0, doubts: 0 }, { type: 'session' })
      assert.equal(state.phase, 'asking')
      assert.deepEqual(effects, [{ type: 'ask', after: position, stopFirst: phase !== 'idle' }])
    }))
    assert.deepEqual(step({ phase: 'ended', position: 1, failures: 0, doubts: 0 }, { type: 'session' }).effects, [])
  })

  it('asks again when entries are left out, and ends with a proof error when that does not help', () => {
    let state: FollowMachine = { phase: 'following', position: 3, failures: 0, doubts: 0 }
    for (let i = 0; i < 3; i++) {
      const next = step(state, { type: 'entries', first: 5, last: 6 })
      assert.deepEqual(next.effects, [{ type: 'ask', after: 3, stopFirst: true }])
      // Late entries of the earlier follow are no new gap.
      assert.deepEqual(step(next.state, { type: 'entries', first: 7, last: 7 }).effects, [])
      state = step(next.state, { type: 'accepted' }).state
    }
    const [end] = step(state, { type: 'entries', first: 5, last: 6 }).effects
    assert.ok(end?.type === 'end' && end.error instanceof ProofError && end.stopFirst)
  })

  it('waits and asks again after an error that may pass, and ends with one that does not', () => {
    const following: FollowMachine = { phase: 'following', position: 3, failures: 0, doubts: 0 }
    for (const error of [new UnavailableError('x'), new DeadlineError('x')]) {
      const next = step(following, { type: 'failed', error })
      assert.deepEqual([kinds(next.effects), next.state.phase], [['wait'], 'idle'])
      assert.deepEqual(kinds(step(next.state, { type: 'again' }).effects), ['ask'])
    }
    for (const error of [new ForbiddenError('x'), new NotFoundError('x')]) assert.deepEqual(step(following, { type: 'failed', error }).effects, [{ type: 'end', error, stopFirst: false }])
    const error = new SessionError('x')
    assert.deepEqual(step(following, { type: 'failed', error }).effects, [{ type: 'session-lost', error }])
  })

  it('asks once more when the relay ends it, and believes the answer to that', () => {
    const error = new ForbiddenError('the key was replaced')
    const following: FollowMachine = { phase: 'following', position: 3, failures: 0, doubts: 0 }
    const asked = step(following, { type: 'ended', error })
    assert.deepEqual([kinds(asked.effects), asked.state.phase], [['ask'], 'asking'])
    // What an earlier follow still had to say is not about this one.
    assert.deepEqual(step(asked.state, { type: 'ended', error }), { state: asked.state, effects: [] })
    assert.deepEqual(kinds(step(asked.state, { type: 'failed', error }).effects), ['end'])
    const accepted = step(asked.state, { type: 'accepted' }).state
    assert.deepEqual(kinds(step(accepted, { type: 'ended', error }).effects), ['end'])
    const went = step(accepted, { type: 'entries', first: 4, last: 4 }).state
    assert.deepEqual(kinds(step(went, { type: 'ended', error }).effects), ['ask'])
  })

  it('does not hold errors that passed against a relay that ends it later', () => {
    let state: FollowMachine = { phase: 'following', position: 3, failures: 0, doubts: 0 }
    for (let i = 0; i < 9; i++) {
      state = step(state, { type: 'ended', error: new UnavailableError('x') }).state
      state = step(step(state, { type: 'again' }).state, { type: 'accepted' }).state
    }
    assert.deepEqual(kinds(step(state, { type: 'ended', error: new ForbiddenError('x') }).effects), ['ask'])
  })

  it('tells the relay when it is stopped while the relay follows', () => {
    assert.deepEqual(step({ phase: 'following', position: 1, failures: 0, doubts: 0 }, { type: 'stop' }).effects, [{ type: 'end', error: null, stopFirst: true }])
    assert.deepEqual(step({ phase: 'idle', position: 1, failures: 0, doubts: 0 }, { type: 'stop' }).effects, [{ type: 'end', error: null, stopFirst: false }])
  })
})
