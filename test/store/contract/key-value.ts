import assert from 'node:assert/strict'
import { LIMITS } from '../../../src/protocol/wire/index.js'
import type { KeyValueOp } from '../../../src/store/index.js'
import { bytes, collect, type Driver } from '../support.js'

const put = (key: Uint8Array, value: Uint8Array): KeyValueOp => ({ type: 'put', key, value })

/** What every key-value driver does. */
export function keyValueContract (open: () => Promise<Driver>): void {
  let driver: Driver
  beforeEach(async () => { driver = await open() })
  afterEach(async () => { await driver.dispose() })

  it('keeps a batch over a restart and gives undefined for what is not there', async () => {
    await driver.store.kv.batch([put(bytes(1), bytes(10)), put(bytes(2), bytes())])
    await driver.reopen()
    const { kv } = driver.store
    assert.deepEqual(await kv.get(bytes(1)), bytes(10))
    assert.deepEqual(await kv.getMany([bytes(2), bytes(3), bytes(1)]), [bytes(), undefined, bytes(10)])
    await kv.batch([{ type: 'del', key: bytes(1) }])
    assert.equal(await kv.get(bytes(1)), undefined)
  })

  it('applies batches in the order of the calls, and an empty one resolves after all before it', async () => {
    const { kv } = driver.store
    const order: number[] = []
    const writes = [1, 2, 3].map(n => kv.batch([put(bytes(1), bytes(n))]).then(() => order.push(n)))
    await kv.batch([]).then(() => order.push(4))
    await Promise.all(writes)
    assert.deepEqual(order, [1, 2, 3, 4])
    assert.deepEqual(await kv.get(bytes(1)), bytes(3))
  })

  it('iterates ranges in byte order, both ways, with a limit', async () => {
    const { kv } = driver.store
    const keys = [bytes(0), bytes(1), bytes(1, 0), bytes(1, 255), bytes(2), bytes(127), bytes(128), bytes(255), bytes(255, 255)]
    await kv.batch([...keys].reverse().map(key => put(key, key)))
    assert.deepEqual((await collect(kv.iterate())).map(([k]) => k), keys)
    assert.deepEqual((await collect(kv.iterate({ gt: bytes(1), lte: bytes(2) }))).map(([k]) => k), [bytes(1, 0), bytes(1, 255), bytes(2)])
    assert.deepEqual((await collect(kv.iterate({ gte: bytes(1), lt: bytes(2), limit: 2 }))).map(([k]) => k), [bytes(1), bytes(1, 0)])
    assert.deepEqual((await collect(kv.iterate({ gte: bytes(127), reverse: true, limit: 3 }))).map(([k]) => k), [bytes(255, 255), bytes(255), bytes(128)])
    assert.deepEqual((await collect(kv.iterate({ lt: bytes(1), reverse: true }))).map(([k, v]) => [k, v]), [[bytes(0), bytes(0)]])
  })

  it('iterates a snapshot: later writes do not show', async () => {
    const { kv } = driver.store
    await kv.batch([put(bytes(1), bytes(1)), put(bytes(2), bytes(2)), put(bytes(3), bytes(3))])
    const seen: number[] = []
    for await (const [key] of kv.iterate()) {
      if (seen.length === 0) await kv.batch([{ type: 'del', key: bytes(2) }, put(bytes(4), bytes(4))])
      seen.push(key[0]!)
    }
    assert.deepEqual(seen, [1, 2, 3])
  })

  it('iterates many large values whole', async () => {
    const { kv } = driver.store
    const value = new Uint8Array(10_000).fill(3)
    await kv.batch(Array.from({ length: 200 }, (_, i) => put(bytes(i), value)))
    const all = await collect(kv.iterate())
    assert.equal(all.length, 200)
    assert.ok(all.every(([, v]) => v.length === 10_000))
  })

  it('shares nothing with records and logs', async () => {
    const { kv, records } = driver.store
    await records.put(bytes(1), bytes(1))
    assert.deepEqual(await collect(kv.iterate()), [])
    assert.equal(await kv.get(bytes(1)), undefined)
  })

  it('refuses keys, values and batches over the limits, and writes nothing of them', async () => {
    const { kv } = driver.store
    await assert.rejects(kv.batch([put(bytes(1), bytes(1)), put(new Uint8Array(LIMITS.storeKeyBytes + 1), bytes())]), { code: 'ERR_TOO_LARGE' })
    await assert.rejects(kv.batch([put(bytes(1), new Uint8Array(LIMITS.storeValueBytes + 1))]), { code: 'ERR_TOO_LARGE' })
    assert.equal(await kv.get(bytes(1)), undefined)
    assert.equal(driver.store.state, 'open')
  })

  it('gives up on an aborted signal', async () => {
    const { kv } = driver.store
    await assert.rejects(kv.batch([put(bytes(1), bytes(1))], { signal: AbortSignal.abort() }), { code: 'ERR_ABORTED' })
    const later = new AbortController()
    const write = kv.batch([put(bytes(1), bytes(1))], { signal: later.signal })
    later.abort()
    await assert.rejects(write, { code: 'ERR_ABORTED' })
    await kv.batch([])
    assert.equal(await kv.get(bytes(1)), undefined)
    await assert.rejects(collect(kv.iterate({}, { signal: AbortSignal.abort() })), { code: 'ERR_ABORTED' })
  })

  it('writes what was accepted before it closes, and refuses afterwards', async () => {
    const { kv } = driver.store
    const states: string[] = []
    driver.store.onState(state => states.push(state))
    const write = kv.batch([put(bytes(1), bytes(1))])
    await driver.reopen()
    await write
    await assert.rejects(kv.batch([put(bytes(1), bytes(2))]), { code: 'ERR_UNAVAILABLE' })
    await assert.rejects(kv.get(bytes(1)), { code: 'ERR_UNAVAILABLE' })
    assert.deepEqual(states, ['closed'])
    assert.deepEqual(await driver.store.kv.get(bytes(1)), bytes(1))
  })

  it('keeps soft writes over an orderly close', async () => {
    await driver.store.kv.batch([put(bytes(1), bytes(9))], { soft: true })
    await driver.reopen()
    assert.deepEqual(await driver.store.kv.get(bytes(1)), bytes(9))
  })
}
