import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { UnavailableError } from '../../src/protocol/wire/index.js'
import { openLevelStore, type Store } from '../../src/store/index.js'
import { MemoryDisk } from '../../src/store/memory/engine.js'
import { openMemoryStore } from '../../src/store/memory/index.js'
import { faultyLevel, type Faults } from './faulty-level.js'
import { appendOne, item, newId, newLog, nextTick, temporaryDirectory, TestClock, ZERO_HASH } from './support.js'

describe('a removal that the disk refused half way', () => {
  const clock = new TestClock()
  const open = (disk: MemoryDisk): Promise<Store> => openMemoryStore({ disk, clock, probeMs: 1, sweepMs: 0 })

  /** A store on a disk that refused after so many writes of a log's removal, and takes writes again. */
  async function stopped (disk: MemoryDisk, writes: number): Promise<{ store: Store, log: Uint8Array, id: Uint8Array }> {
    const store = await open(disk)
    const log = await newLog(store)
    const id = newId()
    await appendOne(store, item(log, 'before', { id }))
    let left = writes
    disk.beforeWrite = () => left-- > 0 ? Promise.resolve() : Promise.reject(new UnavailableError('full'))
    await assert.rejects(store.logs.remove(log))
    disk.beforeWrite = () => Promise.resolve()
    clock.advance(1)
    while (store.state !== 'open') await nextTick()
    return { store, log, id }
  }

  for (const writes of [1, 2, 3]) {
    it(`after ${writes} of its writes is ended before the log is made anew, and takes nothing of that with it`, async () => {
      const disk = new MemoryDisk()
      const { store, log, id } = await stopped(disk, writes)
      await store.logs.create(log, { meta: new Uint8Array(), hash: ZERO_HASH })
      await appendOne(store, item(log, 'anew'))
      await store.close()
      const again = await open(disk)
      assert.deepEqual((await again.logs.read(log, 0, 10, 1e6)).entries.map(({ seq }) => seq), [1])
      assert.equal(await again.logs.find(log, id), undefined)
      await again.close()
    })

    it(`after ${writes} of its writes is ended by the next one`, async () => {
      const disk = new MemoryDisk()
      const { store, log } = await stopped(disk, writes)
      assert.ok(await store.logs.remove(log))
      assert.equal(disk.map.slice({}).length, 0)
      assert.equal(await store.logs.remove(log), false)
      await store.close()
    })
  }
})

describe('a log that is removed while an entry is looked for', () => {
  it('is not there, and is not called damaged', async () => {
    const home = await temporaryDirectory()
    const faults: Faults = { opened: 0 }
    const store = await openLevelStore(home, { makeLevel: faultyLevel(faults) })
    const log = await newLog(store)
    const id = newId()
    await appendOne(store, item(log, 'a', { id }))
    const [reached, held] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
    let reads = 0
    faults.beforeGet = async () => {
      // The first finds the entry's number, the second the entry.
      if (++reads !== 2) return
      reached.resolve(undefined)
      await held.promise
    }
    const found = store.logs.find(log, id)
    await reached.promise
    assert.ok(await store.logs.remove(log))
    held.resolve(undefined)
    await assert.rejects(found, { code: 'ERR_NOT_FOUND' })
    await store.close()
    await rm(home, { recursive: true })
  })
})
