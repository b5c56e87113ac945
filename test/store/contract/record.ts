import assert from 'node:assert/strict'
import { bytes, collect, nextTick, type Driver } from '../support.js'

/** What every record driver does. */
export function recordContract (open: () => Promise<Driver>): void {
  let driver: Driver
  beforeEach(async () => { driver = await open() })
  afterEach(async () => { await driver.dispose() })

  it('keeps a record with its revision over a restart', async () => {
    const rev = await driver.store.records.put(bytes(1), bytes(5))
    await driver.reopen()
    assert.deepEqual(await driver.store.records.get(bytes(1)), { value: bytes(5), rev })
  })

  it('lets one of several compare-and-sets win, and tells the losers the revision', async () => {
    const { records } = driver.store
    const tries = await Promise.allSettled([1, 2, 3].map(n => records.put(bytes(1), bytes(n), { ifRev: 0 })))
    assert.deepEqual(tries.map(t => t.status), ['fulfilled', 'rejected', 'rejected'])
    const rev = (tries[0] as PromiseFulfilledResult<number>).value
    await assert.rejects(records.put(bytes(1), bytes(4), { ifRev: rev + 1 }), { code: 'ERR_CONFLICT', details: { rev } })
    assert.ok(await records.put(bytes(1), bytes(4), { ifRev: rev }) > rev)
    await assert.rejects(records.delete(bytes(1), { ifRev: rev }), { code: 'ERR_CONFLICT' })
    assert.deepEqual((await records.get(bytes(1)))?.value, bytes(4))
  })

  it('never gives a revision twice: not after a delete, not after a restart', async () => {
    const first = await driver.store.records.put(bytes(1), bytes(1))
    assert.equal(await driver.store.records.delete(bytes(1)), true)
    assert.equal(await driver.store.records.delete(bytes(1)), false)
    await driver.reopen()
    const second = await driver.store.records.put(bytes(1), bytes(1), { soft: true })
    assert.ok(second > first)
    await driver.reopen()
    assert.ok(await driver.store.records.put(bytes(2), bytes(1)) > second)
  })

  it('treats an expired record as absent at once, and sweeps it away', async () => {
    const { records } = driver.store
    await records.put(bytes(1), bytes(1), { ttl: 1000 })
    await records.put(bytes(2), bytes(2), { ttl: 2000 })
    await records.put(bytes(3), bytes(3))
    driver.clock.advance(999)
    assert.ok(await records.get(bytes(1)) !== undefined)
    driver.clock.advance(1)
    assert.equal(await records.get(bytes(1)), undefined)
    assert.deepEqual((await collect(records.list(bytes()))).map(([k]) => k), [bytes(2), bytes(3)])
    await assert.rejects(records.put(bytes(1), bytes(9), { ifRev: 1 }), { code: 'ERR_CONFLICT', details: { rev: 0 } })
    assert.equal(await records.delete(bytes(1)), false)
    driver.clock.advance(5000)
    assert.equal(await records.sweep(), 1)
    assert.equal(await records.sweep(), 0)
    assert.deepEqual((await records.get(bytes(3)))?.value, bytes(3))
  })

  it('does not sweep a record that was given a longer life', async () => {
    const { records } = driver.store
    await records.put(bytes(1), bytes(1), { ttl: 1000 })
    await records.put(bytes(1), bytes(2), { ttl: 10_000 })
    driver.clock.advance(5000)
    assert.equal(await records.sweep(), 0)
    assert.deepEqual((await records.get(bytes(1)))?.value, bytes(2))
  })

  it('lists a prefix in key order, from after a key, with a limit', async () => {
    const { records } = driver.store
    for (const key of [bytes(7, 1), bytes(8), bytes(7), bytes(7, 255), bytes(6, 255), bytes(7, 0)]) await records.put(key, key)
    const keys = async (...args: Parameters<typeof records.list>): Promise<Uint8Array[]> => (await collect(records.list(...args))).map(([k]) => k)
    assert.deepEqual(await keys(bytes(7)), [bytes(7), bytes(7, 0), bytes(7, 1), bytes(7, 255)])
    assert.deepEqual(await keys(bytes(7), { after: bytes(7, 0) }), [bytes(7, 1), bytes(7, 255)])
    assert.deepEqual(await keys(bytes(7), { after: bytes(7, 0), limit: 1 }), [bytes(7, 1)])
    assert.deepEqual(await keys(bytes(255)), [])
  })

  it('sweeps by itself', async () => {
    const { records } = driver.store
    await records.put(bytes(1), bytes(1), { ttl: 1000 })
    driver.clock.advance(60_000)
    // The sweep takes the record's turn: once ours comes, it has been.
    while (driver.clock.waiting === 0) await nextTick()
    assert.equal(await records.sweep(), 0)
  })
}
