import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { RawLog, type NumberedEntry } from '../../../src/node/chats/raw-log.js'
import { RecordKeys } from '../../../src/node/records/index.js'
import { LIMITS, type StoredEntry } from '../../../src/protocol/wire/index.js'
import type { Store } from '../../../src/store/index.js'
import { MemoryDisk } from '../../../src/store/memory/engine.js'
import { openMemoryStore } from '../../../src/store/memory/index.js'

type Numbered = [number, StoredEntry]

describe('the entries of a chat as they came', () => {
  const log = new Uint8Array(randomBytes(34))
  let store: Store
  let disk: MemoryDisk
  let raw: RawLog

  beforeEach(async () => {
    disk = new MemoryDisk()
    store = await openMemoryStore({ disk })
    raw = new RawLog(store.kv, new RecordKeys(randomBytes(32)), log)
  })
  afterEach(async () => { await store.close() })

  const entry = (seq: number): StoredEntry => ({ leaf: new Uint8Array(20).fill(seq), payload: new Uint8Array(30).fill(seq) })
  const run = (from: number, to: number): Numbered[] => Array.from({ length: to - from + 1 }, (_, i) => [from + i, entry(from + i)])
  const put = async (entries: readonly NumberedEntry[]): Promise<void> => { await store.kv.batch(raw.put(entries)) }
  const wordless = (seq: number): StoredEntry => ({ ...entry(seq), payload: null })

  it('lie together when they came together, and are found one by one and in runs', async () => {
    const before = disk.map.slice({}).length
    await put(run(1, 100))
    await put(run(101, 101))
    assert.equal(disk.map.slice({}).length - before, 5)
    for (let seq = 1; seq <= 101; seq++) assert.deepEqual(await raw.at(seq), entry(seq))
    assert.deepEqual([await raw.at(0), await raw.at(102)], [undefined, undefined])
    for (const [after, to] of [[0, 101], [0, 1], [31, 33], [40, 90], [100, 101], [101, 101], [0, 500]] as const) {
      assert.deepEqual(await raw.page(after, to), run(after + 1, Math.min(to, 101)).map(([, one]) => one))
    }
  })

  it('are not read over a gap, nor beyond what a reply holds', async () => {
    await put([...run(1, 10), ...run(12, 50)])
    assert.deepEqual([(await raw.page(0, 50)).length, (await raw.page(10, 50)).length, (await raw.page(11, 50)).length], [10, 0, 39])
    const big = { leaf: new Uint8Array(10), payload: new Uint8Array(LIMITS.entryBytes) }
    await put(Array.from({ length: 40 }, (_, i) => [1000 + i, big]))
    assert.equal((await raw.page(999, 2000)).length, 15)
    await put([[2000, { leaf: new Uint8Array(LIMITS.leafBytes), payload: new Uint8Array(LIMITS.commitBytes) }], [2001, entry(1)]])
    assert.equal((await raw.page(1999, 2001)).length, 2)
  })

  it('lose their words wherever they lie, all at once, and nothing else', async () => {
    await put(run(1, 70))
    // Once more, in other pages.
    await put(run(20, 60))
    const gone = new Set([1, 5, 6, 32, 33, 50, 70, 99])
    await store.kv.batch(await raw.without(gone))
    const all = await raw.page(0, 70)
    assert.deepEqual(all, run(1, 70).map(([seq]) => gone.has(seq) ? wordless(seq) : entry(seq)))
    for (let seq = 1; seq <= 70; seq++) assert.deepEqual(await raw.at(seq), all[seq - 1])
    for (const [, value] of disk.map.slice({})) for (const seq of gone) assert.equal(Buffer.from(value).includes(Buffer.alloc(30, seq)), false)
  })

  it('stay in their pages when they come once more with others around them, and all are read in one run', async () => {
    await put(run(10, 20))
    await put(run(40, 59))
    const gone = await raw.without(new Set([15]))
    await store.kv.batch(gone)
    const missing = await raw.missing(run(1, 80))
    assert.deepEqual(missing.map(([seq]) => seq), [...run(1, 9), ...run(21, 39), ...run(60, 80)].map(([seq]) => seq))
    await put(missing)
    // What was taken back meanwhile does not come back with them.
    assert.deepEqual([...await raw.page(0, 64), ...await raw.page(64, 80)], run(1, 80).map(([seq]) => seq === 15 ? wordless(seq) : entry(seq)))
    assert.deepEqual(await raw.missing(run(1, 80)), [])
    assert.deepEqual(await raw.missing([]), [])
  })

  it('are cut off above any number, and go on from there', async () => {
    for (const seq of [0, 1, 31, 32, 33, 63, 70]) {
      await put(run(1, 70))
      await store.kv.batch(await raw.cutAfter(seq))
      assert.deepEqual(await raw.page(0, 100), run(1, seq).map(([, one]) => one))
      assert.equal(await raw.at(seq + 1), undefined)
      await put(run(seq + 1, 80))
      assert.deepEqual((await raw.page(0, 100)).length, 80)
      await store.kv.batch(await raw.cutAfter(0))
    }
  })
})
