import assert from 'node:assert/strict'
import { LIMITS, type PetrelError } from '../../src/protocol/wire/index.js'
import { Drain } from '../../src/relay/drain.js'
import { operator, type Relay } from '../../src/relay/index.js'
import type { GatewayChannel, MovedNotice } from '../../src/relay/net/index.js'
import { MemoryDisk } from '../../src/store/memory/engine.js'
import { openMemoryStore } from '../../src/store/memory/index.js'
import { ManualClock } from './kit/clock.js'
import { data, type Client } from './kit/client.js'
import { TestLog } from './kit/people.js'
import { Scene, type RealPerson } from './kit/real.js'

const NEXT = '/dns4/next.example/tcp/4001'

/** A channel that only knows whether it was told to go, and closed. */
class Fake {
  readonly channels: Set<GatewayChannel>
  told = 0
  constructor (channels: Set<GatewayChannel>) {
    this.channels = channels
    channels.add(this as unknown as GatewayChannel)
  }

  moved (): void { this.told++ }
  async close (): Promise<void> { this.channels.delete(this as unknown as GatewayChannel) }
}

describe('relay: a drain', () => {
  function drain (count: number): { clock: ManualClock, fakes: Fake[], busy: Set<unknown>, refused: Set<unknown>, drain: Drain } {
    const [clock, channels, busy, refused] = [new ManualClock(), new Set<GatewayChannel>(), new Set<unknown>(), new Set<unknown>()]
    const fakes = Array.from({ length: count }, () => new Fake(channels))
    const callsOf = (channel?: GatewayChannel): number => (channel === undefined ? busy.size : Number(busy.has(channel)))
    return { clock, fakes, busy, refused, drain: new Drain({ clock, channels, callsOf, refuse: channel => { refused.add(channel) } }, []) }
  }

  for (const [count, wave] of [[20, 8], [10_000, 50]] as const) {
    it(`of ${count} channels sends ${wave} away at a time, each once`, async () => {
      const { clock, fakes, drain: one } = drain(count)
      const told = (): number => fakes.filter(fake => fake.told === 1).length
      for (let waves = 1; waves <= 4; waves++) {
        assert.equal(told(), Math.min(count, waves * wave))
        clock.advance(250)
      }
      clock.advance(60_000)
      assert.deepEqual([told(), one.progress], [count, { since: one.progress.since, total: count, left: 0, calls: 0, done: true }])
      assert.equal(await one.ended, true)
    })
  }

  it('closes no channel before its calls are answered, and takes no new ones of a channel that does not go', () => {
    const { clock, fakes: [quick, slow], busy, refused, drain: one } = drain(2)
    busy.add(slow)
    clock.advance(2000)
    assert.deepEqual([one.progress.left, one.progress.calls, one.progress.done], [1, 1, false])
    assert.equal(quick!.channels.has(slow as never), true)
    assert.equal(refused.size, 0)
    clock.advance(LIMITS.drainGraceMs)
    assert.equal(refused.has(slow), true)
    assert.equal(one.progress.left, 1)
    busy.clear()
    clock.advance(250)
    assert.equal(one.progress.done, true)
  })
})

describe('relay: emptied by its operator', () => {
  const scene = new Scene()
  afterEach(() => scene.end())

  interface Parts { directory: string, relay: Relay, clock: ManualClock, ann: RealPerson, phone: Client, log: TestLog, notices: MovedNotice[], hold: () => () => void }

  /** A relay by a clock that the test moves, with a log that Ann's phone may append to. */
  async function start (): Promise<Parts> {
    const [directory, clock] = [await scene.directory(), new ManualClock()]
    const store = await openMemoryStore({ disk: new MemoryDisk(), clock, sweepMs: 0 })
    const relay = await scene.relay({ directory, clock, store })
    const ann = await scene.person()
    const notices: MovedNotice[] = []
    const phone = await ann.dial(relay, { onMoved: notice => { notices.push(notice) } })
    await phone.open(ann)
    const log = new TestLog(relay.key)
    await phone.createLog(log)
    await phone.proveAll(log)
    const append = store.logs.appendFor.bind(store.logs)
    return {
      directory, relay, clock, ann, phone, log, notices,
      /** Holds appends back until what it returns is called. */
      hold: () => {
        let release = (): void => undefined
        const held = new Promise<void>(resolve => { release = resolve })
        store.logs.appendFor = (...call) => { void held.then(() => { append(...call) }) }
        return release
      }
    }
  }

  it('answers what is under way, lets nobody in, says so on its pages, and takes people again when it is undone', async () => {
    const { directory, relay, clock, ann, phone, log, notices, hold } = await start()
    const release = hold()
    const append = phone.appendOne(log.id, data('under way'))
    await phone.head(log.id)
    const first = await operator.drain(directory, { to: [NEXT] })
    assert.deepEqual([first.state, first.drain?.total, first.drain?.left], ['draining', 1, 1])
    await phone.head(log.id)
    assert.deepEqual(notices, [{ relays: [NEXT], retryMs: LIMITS.drainRetryMs }])
    clock.advance(2000)
    assert.deepEqual((await operator.status(directory)).drain, { ...first.drain, left: 1, calls: 1, done: false })
    await assert.rejects(ann.dial(relay).then(async other => await other.open(ann)), { code: 'ERR_UNAVAILABLE' })
    await assert.rejects(phone.open(ann), (error: PetrelError) => error.code === 'ERR_UNAVAILABLE' && error.details.retryMs === LIMITS.drainRetryMs)
    assert.equal((await fetch(`${relay.healthUrl!}/readyz`)).status, 503)
    assert.equal((await fetch(`${relay.healthUrl!}/livez`)).status, 200)
    release()
    assert.equal((await append).receipt.seq, 1)
    clock.advance(250)
    assert.equal(await phone.channel.closed, undefined)
    clock.advance(250)
    assert.deepEqual((await operator.status(directory)).drain, { ...first.drain, left: 0, calls: 0, done: true })
    assert.equal((await operator.undoDrain(directory)).state, 'ready')
    const back = await ann.dial(relay)
    await back.open(ann)
    await back.proveAll(log)
    assert.equal((await back.read(log.id)).entries.length, 1)
  })

  it('stops when it is empty, if it was told to', async () => {
    const { directory, relay, clock, phone } = await start()
    await operator.drain(directory, { stop: true })
    clock.advance(1250)
    assert.equal(await phone.channel.closed, undefined)
    clock.advance(500)
    await relay.stopped
    await assert.rejects(operator.status(directory), { code: 'ERR_NOT_RUNNING' })
  })

  it('refuses addresses that are none, and needs a relay that runs', async () => {
    const { directory, relay } = await start()
    for (const to of [['next.example'], ['/dns4/ü'], Array.from({ length: LIMITS.movedRelays + 1 }, () => NEXT)]) await assert.rejects(operator.drain(directory, { to }), { code: 'ERR_BAD_INPUT' })
    assert.equal((await operator.status(directory)).state, 'ready')
    await relay.stop()
    await assert.rejects(operator.drain(directory), { code: 'ERR_NOT_RUNNING' })
  })
})
