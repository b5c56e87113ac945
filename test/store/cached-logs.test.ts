import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { LIMITS, ReadOnlyError } from '../../src/protocol/wire/index.js'
import { openLevelStore } from '../../src/store/index.js'
import { MemoryDisk } from '../../src/store/memory/engine.js'
import { openMemoryStore } from '../../src/store/memory/index.js'
import { faultyLevel, type Faults } from './faulty-level.js'
import { appendOne, item, newLog, nextTick, temporaryDirectory, TestClock } from './support.js'

describe('heads in memory', () => {
  it('are no more than their limit, though logs are only made and nothing is appended', async () => {
    const store = await openMemoryStore({ disk: new MemoryDisk(), sweepMs: 0 })
    const logs: Uint8Array[] = []
    while (logs.length < LIMITS.storeCachedLogs + 20) logs.push(await newLog(store))
    assert.equal(logs.filter(log => store.logs.headNow(log) !== undefined).length, LIMITS.storeCachedLogs)
    assert.equal(store.logs.headNow(logs[0]!), undefined)
    assert.equal((await store.logs.head(logs[0]!)).seq, 0, 'it is read again when it is needed')
    await store.close()
  })

  it('are read to their end though another log is removed meanwhile', async () => {
    const home = await temporaryDirectory()
    const faults: Faults = { opened: 0 }
    let store = await openLevelStore(home)
    const [kept, removed] = [await newLog(store), await newLog(store)]
    await appendOne(store, item(kept, 'a'))
    await store.close()
    store = await openLevelStore(home, { makeLevel: faultyLevel(faults) })
    await store.logs.head(removed)
    const [reached, held] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
    faults.beforeGet = () => {
      reached.resolve(undefined)
      return held.promise
    }
    const head = store.logs.head(kept)
    await reached.promise
    assert.ok(await store.logs.remove(removed))
    faults.beforeGet = undefined
    held.resolve(undefined)
    assert.equal((await head).seq, 1)
    assert.equal((await appendOne(store, item(kept, 'b'))).status, 'appended')
    await store.close()
    await rm(home, { recursive: true })
  })

  it('are those of what was trimmed last, though all were forgotten while that was written', async () => {
    const disk = new MemoryDisk()
    const clock = new TestClock()
    const store = await openMemoryStore({ disk, clock, probeMs: 1, sweepMs: 0 })
    const log = await newLog(store)
    for (const text of ['a', 'b', 'c']) await appendOne(store, item(log, text))
    disk.beforeWrite = () => Promise.reject(new ReadOnlyError('the test\'s disk refuses'))
    await assert.rejects(appendOne(store, item(log, 'lost')), { code: 'ERR_READ_ONLY' })
    disk.beforeWrite = () => Promise.resolve()
    clock.advance(1)
    while (store.state !== 'open') await nextTick()
    const held = Promise.withResolvers<undefined>()
    disk.beforeWrite = () => held.promise
    const trimmed = store.logs.trim(log, 2)
    await nextTick()
    // The first append after one that failed has all read anew: here, before the trim is on the disk.
    const appended = appendOne(store, item(log, 'd'))
    await nextTick()
    assert.equal((await store.logs.head(log)).first, 1)
    held.resolve(undefined)
    assert.equal((await trimmed).first, 3)
    assert.equal((await appended).status, 'appended')
    assert.deepEqual((await store.logs.read(log, 0, 10, 1e6)).entries.map(({ seq }) => seq), [3, 4])
    await store.close()
  })
})
