import assert from 'node:assert/strict'
import { LIMITS } from '../../src/protocol/wire/index.js'
import { decodeEntry, encodeEntry } from '../../src/store/log/codec.js'
import { KIND, partsOfKey } from '../../src/store/log/index.js'
import { Tails } from '../../src/store/log/tails.js'
import { MemoryDisk } from '../../src/store/memory/engine.js'
import { openMemoryStore } from '../../src/store/memory/index.js'
import { item, newId, newLog, textOf, ZERO_HASH } from './support.js'

describe('what was just appended', () => {
  async function appended (): Promise<{ disk: MemoryDisk, store: Awaited<ReturnType<typeof openMemoryStore>>, log: Uint8Array, texts: () => Promise<string[]> }> {
    const disk = new MemoryDisk()
    const store = await openMemoryStore({ disk, sweepMs: 0 })
    const log = await newLog(store)
    for (const text of ['a', 'b', 'c']) await store.logs.append([item(log, text)])
    return { disk, store, log, texts: async () => (await store.logs.read(log, 0, 10, 1000)).entries.map(entry => textOf(entry.payload)) }
  }

  /** Takes a log's entries off the disk, behind the store's back. */
  function loseEntries (disk: MemoryDisk): void {
    for (const [key] of disk.map.slice({})) if ((key[0] ?? 0) < 4 && partsOfKey(key).kind === KIND.entry) disk.map.delete(key)
  }

  it('is read from memory', async () => {
    const { disk, store, texts } = await appended()
    loseEntries(disk)
    assert.deepEqual(await texts(), ['a', 'b', 'c'])
    await store.close()
  })

  it('is read from the disk again once something else has changed the log', async () => {
    const { disk, store, log, texts } = await appended()
    await store.logs.erase(log, 2, () => undefined)
    assert.deepEqual((await store.logs.read(log, 0, 10, 1000)).entries.map(entry => entry.erased), [false, true, false])
    await store.logs.append([item(log, 'd')])
    assert.equal((await store.logs.read(log, 3, 10, 1000)).entries.length, 1)
    loseEntries(disk)
    assert.equal((await store.logs.read(log, 3, 10, 1000)).entries.length, 1)
    await assert.rejects(texts(), { code: 'ERR_CORRUPT' })
    await store.close()
  })

  it('is counted until it gives way, though it was forgotten: what only comes and goes fills nothing', () => {
    const tails = new Tails<object>()
    const kept = encodeEntry({ seq: 1, id: newId(), term: 1, time: 0, isCommit: false, erased: false, leaf: new Uint8Array(), payload: new Uint8Array(64 * 1024), prevHash: ZERO_HASH, hash: ZERO_HASH })
    const logs = Array.from({ length: 100 }, () => ({}))
    for (const log of logs) {
      tails.keep(log, 1, kept)
      tails.forget(log)
    }
    assert.ok(tails.bytes > kept.length && tails.bytes <= LIMITS.storeTailBytes, `${tails.bytes} bytes`)
    const [log] = logs
    tails.keep(log!, 7, kept)
    assert.equal(tails.read(log!, { from: 7, to: 7, maxBytes: 1 }, decodeEntry)?.length, 1)
  })

  it('takes no more memory than its limit: what was kept longest gives way', () => {
    const tails = new Tails<object>()
    const [one, other] = [{}, {}]
    const value = (seq: number): Uint8Array => encodeEntry({
      seq, id: newId(), term: 1, time: 0, isCommit: false, erased: false, leaf: new Uint8Array(), payload: new Uint8Array(1024), prevHash: ZERO_HASH, hash: ZERO_HASH
    })
    const last = 3000
    for (let seq = 1; seq <= last; seq++) for (const log of [one, other]) tails.keep(log, seq, value(seq))
    assert.ok(tails.bytes > LIMITS.storeTailBytes - 2048 && tails.bytes <= LIMITS.storeTailBytes, `${tails.bytes} bytes`)
    const read = (log: object, from: number, maxBytes = Infinity): number[] | undefined => tails.read(log, { from, to: last, maxBytes }, decodeEntry)?.map(entry => entry.seq)
    assert.equal(read(one, 1), undefined)
    assert.deepEqual(read(one, last - 1), [last - 1, last])
    assert.deepEqual(read(other, last - 1, 1), [last - 1], 'one at least')
    assert.equal(tails.read(one, { from: last, to: last + 1, maxBytes: 1 }, decodeEntry), undefined)
    tails.forget(one)
    assert.equal(read(one, last), undefined)
    for (let seq = 1; seq <= last; seq++) tails.keep(one, last + seq, value(last + seq))
    assert.ok(tails.bytes <= LIMITS.storeTailBytes)
    tails.forget(one)
    tails.forget(other)
    assert.equal(tails.read(one, { from: 2 * last, to: 2 * last, maxBytes: 1 }, decodeEntry), undefined)
  })
})
