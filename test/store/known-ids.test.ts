import assert from 'node:assert/strict'
import { KnownIds, MOST_IDS } from '../../src/store/log/known-ids.js'
import { KIND, partsOfKey } from '../../src/store/log/index.js'
import { MemoryDisk } from '../../src/store/memory/engine.js'
import { openMemoryStore } from '../../src/store/memory/index.js'
import type { AppendResult, Store } from '../../src/store/index.js'
import { item, newId, newLog, nextTick } from './support.js'

describe('the ids of a log, in memory', () => {
  /** How often an id was asked of the disk. */
  function countLookups (disk: MemoryDisk): () => number {
    let lookups = 0
    const get = disk.map.get.bind(disk.map)
    disk.map.get = key => {
      if ((key[0] ?? 0) < 4 && partsOfKey(key).kind === KIND.id) lookups++
      return get(key)
    }
    return () => lookups
  }

  async function append (store: Store, log: Uint8Array, ids: readonly Uint8Array[]): Promise<Array<AppendResult['status']>> {
    const results = []
    for (const id of ids) results.push(...await store.logs.append([item(log, 'x', { id })]))
    return results.map(({ status }) => status)
  }

  const newIds = (count: number): Uint8Array[] => Array.from({ length: count }, () => newId())

  it('say of nearly every new one that it is not there, and never of one that is', () => {
    const ids = new KnownIds(() => undefined)
    const taken = Array.from({ length: 5000 }, () => newId())
    for (const id of taken) assert.ok(ids.add(id))
    assert.ok(taken.every(id => ids.mayHold(id)))
    const wrong = Array.from({ length: 5000 }, () => newId()).filter(id => ids.mayHold(id)).length
    assert.ok(wrong < 10, `${wrong} of 5000 new ones seemed to be there`)
    assert.ok(ids.bytes < 48 * 1024, `${ids.bytes} bytes`)
  })

  it('are given up when there are too many', () => {
    let bytes = 0
    const ids = new KnownIds(more => { bytes += more })
    let count = 0
    while (ids.add(newId())) count++
    assert.ok(count >= MOST_IDS && count < 2 * MOST_IDS)
    assert.equal(ids.bytes, bytes)
  })

  it('spare a new log the looking up, and a second append of an id is still the first', async () => {
    const disk = new MemoryDisk()
    const store = await openMemoryStore({ disk, sweepMs: 0 })
    const log = await newLog(store)
    const lookups = countLookups(disk)
    const ids = newIds(100)
    assert.deepEqual(new Set(await append(store, log, ids)), new Set(['appended']))
    assert.ok(lookups() < 5, `${lookups()} lookups for 100 new ids`)
    assert.deepEqual(new Set(await append(store, log, ids)), new Set(['duplicate']))
    await store.logs.trim(log, 50)
    assert.deepEqual(await append(store, log, ids.slice(0, 1)), ['duplicate'])
    await store.close()
  })

  it('are learned of an older log that is written to often, and lose none that came meanwhile', async () => {
    const disk = new MemoryDisk()
    const first = await openMemoryStore({ disk, sweepMs: 0 })
    const log = await newLog(first)
    const old = newIds(200)
    await append(first, log, old)
    await first.close()
    const store = await openMemoryStore({ disk, sweepMs: 0 })
    const lookups = countLookups(disk)
    const fresh = newIds(150)
    // Many at once, so that some are on their way when the reading begins.
    const results = (await Promise.all(fresh.map(async id => await store.logs.append([item(log, 'y', { id })])))).flat()
    assert.ok(results.every(({ status }) => status === 'appended'))
    await append(store, log, newIds(5))
    const before = lookups()
    await append(store, log, newIds(100))
    assert.ok(lookups() - before < 5, `${lookups() - before} lookups for 100 new ids`)
    assert.deepEqual(new Set(await append(store, log, [...old, ...fresh])), new Set(['duplicate']))
    await store.close()
  })

  it('are learned with those that are on their way to the disk when the reading begins, and arrive when it has ended', async () => {
    const disk = new MemoryDisk()
    const first = await openMemoryStore({ disk, sweepMs: 0 })
    const log = await newLog(first)
    await first.close()
    const store = await openMemoryStore({ disk, sweepMs: 0 })
    // One more is looked up before they are learned: the one that flies.
    await append(store, log, newIds(30))
    const held = Promise.withResolvers<undefined>()
    disk.beforeWrite = () => held.promise
    const id = newId()
    const flying = append(store, log, [id])
    await nextTick()
    const behind = append(store, log, newIds(1))
    await nextTick()
    held.resolve(undefined)
    assert.deepEqual([await flying, await behind], [['appended'], ['appended']])
    const lookups = countLookups(disk)
    await append(store, log, newIds(50))
    assert.ok(lookups() < 5, `${lookups()} lookups for 50 new ids`)
    assert.deepEqual(await append(store, log, [id]), ['duplicate'])
    await store.close()
  })
})
