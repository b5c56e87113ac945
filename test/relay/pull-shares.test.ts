import assert from 'node:assert/strict'
import { CheckedBlock, CODEC, LIMITS, UnavailableError, type Block, type Cid } from '../../src/protocol/wire/index.js'
import { Moment } from '../../src/relay/blob-streams/moment.js'
import { Pulls, type PullsParts } from '../../src/relay/blob-streams/pulls.js'
import { Requests } from '../../src/relay/blob-streams/requests.js'
import type { ComingBlob } from '../../src/relay/blobs/index.js'
import type { BlobClient } from '../../src/relay/net/index.js'
import { silentLogger } from '../../src/relay/logger.js'

const peer = (n: number): Uint8Array => Uint8Array.from([0xed, 0x01, n, ...new Uint8Array(31).fill(7)])
const tick = async (): Promise<void> => { for (let i = 0; i < 20; i++) await new Promise(resolve => { setImmediate(resolve) }) }
const never = new AbortController().signal

/** A block that does not come. */
const drip = async (signal: AbortSignal | undefined): Promise<never> => await new Promise((_resolve, reject) => {
  const giveUp = (): void => { reject(new UnavailableError('given up')) }
  signal?.addEventListener('abort', giveUp)
  if (signal?.aborted === true) giveUp()
})

/** Pulls over a clock that stands still, blocks that are kept in memory, and sources that give what `give` says. */
class Stage {
  now = 1000
  readonly kept = new Map<string, Uint8Array>()
  readonly dialed: number[] = []
  readonly timers: Array<{ at: number, run: () => void }> = []
  readonly pulls: Pulls
  want: (blob: ComingBlob) => void = () => undefined

  constructor (give: (source: number, cid: Cid, signal: AbortSignal | undefined) => Promise<Block>, isThere: (source: number) => boolean = () => true) {
    const name = (cid: Cid): string => Buffer.from(cid).toString('hex')
    const blobs = {
      onWanted: (handler: (blob: ComingBlob) => void) => { this.want = handler; return () => undefined },
      onReleased: () => () => undefined, coming: () => [],
      hasBlocks: async (cids: readonly Cid[]) => await Promise.resolve(cids.map(cid => this.kept.has(name(cid)))),
      read: async (cid: Cid) => await Promise.resolve(this.kept.get(name(cid))),
      takeIn: async (_root: Cid, blocks: readonly Block[]) => { await Promise.resolve(); for (const { cid, bytes } of blocks) this.kept.set(name(cid), bytes) },
      check: async () => await Promise.resolve({ isHeld: true })
    }
    const open = async (source: { peer: Uint8Array }): Promise<BlobClient> => {
      const n = source.peer[2] ?? 0
      this.dialed.push(n)
      if (!isThere(n)) throw await Promise.resolve(new UnavailableError('nobody there'))
      const client = { isClosed: false, closed: new Promise(() => undefined), close: async () => { await Promise.resolve() }, async * get (cids: Cid[], { signal }: { signal?: AbortSignal }) { for (const cid of cids) yield await give(n, cid, signal) } }
      return client as unknown as BlobClient
    }
    const clock = {
      now: () => this.now,
      after: (ms: number, run: () => void) => {
        const timer = { at: this.now + ms, run }
        this.timers.push(timer)
        return () => { const at = this.timers.indexOf(timer); if (at >= 0) this.timers.splice(at, 1) }
      }
    }
    this.pulls = new Pulls({ blobs, open, home: peer(255), clock, log: silentLogger, random: () => 1 } as unknown as PullsParts)
  }

  async pass (ms: number): Promise<void> {
    this.now += ms
    for (const timer of this.timers.filter(({ at }) => at <= this.now)) {
      this.timers.splice(this.timers.indexOf(timer), 1)
      timer.run()
    }
    await tick()
  }
}

const leaf = (n: number): CheckedBlock => CheckedBlock.named(CODEC.raw, Uint8Array.of(n, 1, 2))
const blob = (n: number, owner: string, source: number): ComingBlob => ({ root: leaf(n).cid, size: 3, sources: [{ peer: peer(source), addrs: [`/ip4/192.0.2.${source}/tcp/1`] }], owner })

describe('what a relay fetches, shared out among accounts', () => {
  it('goes on for one while the sources of another drip', async () => {
    const stage = new Stage(async (source, cid, signal) => {
      if (source === 1) await drip(signal)
      return [...Array(200).keys()].map(leaf).find(one => Buffer.compare(one.cid, cid) === 0)!
    })
    for (let n = 0; n < 100; n++) stage.want(blob(n, 'a', 1))
    await tick()
    // Somebody waits for each of them, too.
    for (let n = 0; n < 100; n++) void stage.pulls.coming(leaf(n).cid)?.(never)
    await tick()
    for (let n = 100; n < 110; n++) stage.want(blob(n, 'b', 2))
    await tick()
    assert.equal(stage.kept.size, 10)
    await stage.pulls.close()
  })

  it('is dialed once in a while, however often it is asked for', async () => {
    const stage = new Stage(async () => await Promise.reject(new UnavailableError('nothing')), source => source !== 3)
    for (let n = 0; n < 50; n++) {
      stage.want(blob(n, 'a', 3))
      stage.want(blob(1, 'a', 3))
      await tick()
    }
    assert.deepEqual(stage.dialed, [3])
    await stage.pass(LIMITS.pullRestMs)
    stage.want(blob(60, 'a', 3))
    await tick()
    assert.deepEqual(stage.dialed, [3, 3])
    await stage.pulls.close()
  })

  it('fails twice in a rest at most, though a source is there', async () => {
    let asked = 0
    const stage = new Stage(async () => { asked++; return await Promise.reject(new UnavailableError('nothing')) })
    for (let n = 0; n < 20; n++) {
      stage.want(blob(1, 'a', 4))
      await tick()
    }
    assert.equal(asked, 2)
    await stage.pass(LIMITS.pullRestMs)
    assert.equal(asked, 3)
    await stage.pulls.close()
  })

  it('is waited for by a bounded number, in whatever way; who gives up makes room', async () => {
    const stage = new Stage(async (_source, _cid, signal) => await drip(signal))
    stage.want(blob(1, 'a', 5))
    await tick()
    const gone = Array.from({ length: LIMITS.pullWaiters }, () => new AbortController())
    for (let n = 2; n < 12; n++) stage.want(blob(n, 'a', 5))
    await tick()
    // One that runs, and one that waits for its turn.
    const waits = gone.map(({ signal }, n) => stage.pulls.coming(leaf(n % 2 === 0 ? 1 : 5).cid)?.(signal))
    const all = waits.filter(wait => wait !== undefined)
    assert.equal(all.length, LIMITS.pullWaiters)
    assert.equal(stage.pulls.coming(leaf(1).cid), undefined)
    for (const one of gone) one.abort()
    assert.deepEqual(new Set(await Promise.all(all)), new Set([false]))
    assert.notEqual(stage.pulls.coming(leaf(1).cid), undefined)
    await stage.pulls.close()
  })
})

describe('requests that are shared out', () => {
  it('go to whoever has fewest, and none has more than half', async () => {
    const requests = new Requests(4)
    const order: string[] = []
    for (const owner of ['a', 'a', 'a', 'a', 'b', 'c']) void requests.take(owner, never).then(() => order.push(owner))
    await tick()
    assert.deepEqual(order, ['a', 'a', 'b', 'c'])
    requests.give('c')
    await tick()
    assert.equal(order.length, 4)
    requests.give('a')
    await tick()
    assert.deepEqual(order.slice(4), ['a'])
  })

  it('are given up without a trace', async () => {
    const requests = new Requests(2)
    await requests.take('a', never)
    const ending = new AbortController()
    const waiting = requests.take('a', ending.signal)
    ending.abort()
    await assert.rejects(waiting)
    requests.give('a')
    await requests.take('a', never)
    await requests.take('b', never)
    await assert.rejects(requests.take('b', AbortSignal.abort()))
  })
})

describe('a moment', () => {
  it('is waited for until it happens, or until one gives up', async () => {
    const [one, two] = [new Moment(), new Moment()]
    let told = 0
    one.on(() => { told++ })
    const both = Moment.all([one, two], never)
    const ending = new AbortController()
    const given = Moment.all([two], ending.signal)
    ending.abort()
    await given
    one.happen()
    one.happen()
    assert.equal(told, 1)
    assert.ok(one.isOver && !two.isOver)
    two.happen()
    await both
    one.on(() => { told++ })
    assert.equal(told, 2)
  })
})
