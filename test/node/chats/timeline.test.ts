import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Timeline, type TimelineChange } from '../../../src/node/chats/timeline.js'
import { decodeRow, encodeRow, type Row, type RowKind } from '../../../src/node/chats/row.js'
import { decodePage } from '../../../src/node/chats/row-pages.js'
import { RecordKeys } from '../../../src/node/records/index.js'
import { decodeBody, encodeBody } from '../../../src/protocol/message/index.js'
import { encodeCbor } from '../../../src/protocol/wire/index.js'
import { CorruptError, ReadOnlyError } from '../../../src/protocol/wire/errors.js'
import type { KeyValueStore, Store } from '../../../src/store/index.js'
import { MemoryDisk } from '../../../src/store/memory/engine.js'
import { openMemoryStore } from '../../../src/store/memory/index.js'
import { key } from '../../protocol/wire/kit.js'

describe('the rows of a chat', () => {
  const log = new Uint8Array(randomBytes(34))
  const keys = new RecordKeys(randomBytes(32))
  const ids = Array.from({ length: 2000 }, () => new Uint8Array(randomBytes(16)))
  let disk: MemoryDisk
  let store: Store
  let timeline: Timeline

  const open = async (): Promise<void> => {
    store = await openMemoryStore({ disk })
    timeline = new Timeline(store.kv, keys, log)
  }
  const row = (seq: number, text = `row ${seq}.`, kind: RowKind = 'message'): Row => ({
    kind, id: ids[seq]!, hash: new Uint8Array(32).fill(seq), time: seq, epoch: 1, from: key(seq % 3).key, device: key(seq % 5).key, at: seq, body: kind === 'message' ? encodeBody({ kind: 'text', text }) : null, note: null
  })
  const write = async (fill: (change: TimelineChange) => void, kv: Pick<KeyValueStore, 'batch'> = store.kv): Promise<void> => {
    const change = timeline.change()
    fill(change)
    const { ops, written } = await timeline.write(change)
    await written(kv.batch(ops))
  }
  const put = async (from: number, to: number): Promise<void> => { await write(change => { for (let seq = from; seq <= to; seq++) change.put(seq, row(seq)) }) }
  const texts = async (from: number, to: number, reverse = false): Promise<string[]> => (await Array.fromAsync(timeline.range(from, to, reverse))).map(({ row: { body } }) => { const said = body === null ? null : decodeBody(body); return said?.kind === 'text' ? said.text : '' })
  const expected = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, i) => `row ${from + i}.`)
  const records = (kind: 'row' | 'rows' | 'ids'): number => disk.map.slice({}).filter(([name]) => Buffer.from(name.subarray(2, 3)).equals(keys.all(kind).gte)).length
  const isOnDisk = (text: string): boolean => disk.map.slice({}).some(([, value]) => Buffer.from(value).includes(text))

  beforeEach(async () => {
    disk = new MemoryDisk()
    await open()
  })
  afterEach(async () => { await store.close() })

  it('lie together when they came together, and are found by number, by id and in order', async () => {
    await put(1, 5)
    await put(6, 100)
    await put(101, 101)
    // 33 to 96 fill pages.
    assert.deepEqual([records('rows'), records('row')], [2, 37])
    for (const [from, to] of [[1, 101], [0, 500], [5, 33], [33, 64], [40, 50], [96, 97], [101, 101]] as const) {
      assert.deepEqual(await texts(from, to), expected(Math.max(1, from), Math.min(to, 101)))
      assert.deepEqual(await texts(from, to, true), expected(Math.max(1, from), Math.min(to, 101)).reverse())
    }
    assert.deepEqual([await texts(5, 4), await texts(102, 200), await texts(0, 0)], [[], [], []])
    for (let seq = 1; seq <= 101; seq++) assert.deepEqual([await timeline.at(seq), (await timeline.find(ids[seq]!))?.seq], [row(seq), seq])
    assert.deepEqual([await timeline.at(0), await timeline.at(102), await timeline.find(ids[102]!)], [undefined, undefined, undefined])
    assert.deepEqual((await timeline.findMany(ids.slice(90, 110))).map(found => found?.seq), Array.from({ length: 20 }, (_, i) => i < 12 ? 90 + i : undefined))
  })

  it('are there after a restart, with their ids', async () => {
    await put(1, 1000)
    await store.close()
    await open()
    assert.deepEqual((await timeline.findMany(ids.slice(1, 1100))).map(found => found?.seq), Array.from({ length: 1099 }, (_, i) => i < 1000 ? 1 + i : undefined))
  })

  it('change one by one where they lie, and nothing of what they said stays on the disk', async () => {
    await put(1, 70)
    for (const seq of [2, 40, 41, 68]) await write(change => { change.put(seq, { ...row(seq), kind: 'erased', body: null }) })
    for (const seq of [2, 40, 41, 68]) assert.deepEqual([(await timeline.at(seq))?.kind, (await timeline.find(ids[seq]!))?.seq, isOnDisk(`row ${seq}.`)], ['erased', seq, false])
    assert.ok(isOnDisk('row 42.'))
    // Those that lay alone are in a page from now on, and not beside it.
    await put(65, 96)
    assert.deepEqual([records('rows'), records('row')], [3, 0])
    assert.deepEqual((await texts(1, 96)).filter(text => text !== '').length, 93)
  })

  it('lie alone where their words are long, also where those came later: a page does not grow', async () => {
    const long = 'x'.repeat(4000)
    await write(change => { for (let seq = 1; seq <= 32; seq++) change.put(seq, row(seq, long)) })
    assert.deepEqual([records('rows'), records('row')], [0, 32])
    await put(33, 64)
    await write(change => { for (let seq = 33; seq < 64; seq++) change.put(seq, row(seq, long)) })
    assert.deepEqual([records('rows'), records('row'), (await texts(1, 64)).filter(text => text === long).length], [0, 64, 63])
    assert.deepEqual([(await timeline.find(ids[64]!))?.seq, await texts(64, 64)], [64, expected(64, 64)])
    await put(33, 64)
    assert.deepEqual([records('rows'), records('row'), await texts(33, 64)], [1, 32, expected(33, 64)])
  })

  it('are read once each where a page is taken apart between the looks at the pages and at what lies alone', async () => {
    for (const reverse of [false, true]) {
      await put(1, 100)
      const kv: KeyValueStore = {
        batch: async ops => { await store.kv.batch(ops) },
        get: async name => await store.kv.get(name),
        getMany: async names => await store.kv.getMany(names),
        async * iterate (range = {}) {
          if (range.gte?.[0] === keys.all('row').gte[0]) await write(change => { for (let seq = 33; seq < 64; seq++) change.put(seq, row(seq, 'x'.repeat(4000))) })
          yield * store.kv.iterate(range)
        }
      }
      const seqs = (await Array.fromAsync(new Timeline(kv, keys, log).range(1, 100, reverse))).map(({ seq }) => seq)
      assert.deepEqual(reverse ? seqs.reverse() : seqs, Array.from({ length: 100 }, (_, i) => i + 1))
    }
  })

  it('go after a number when a log was taken over, with their ids; what stays of a page lies alone', async () => {
    await put(1, 100)
    const rows = await Array.fromAsync(timeline.range(41, 100))
    await write(change => { change.cutAfter(40, rows) })
    assert.deepEqual(await texts(1, 200), expected(1, 40))
    assert.deepEqual((await timeline.findMany(ids.slice(1, 101))).map(found => found?.seq).filter(seq => seq !== undefined), Array.from({ length: 40 }, (_, i) => i + 1))
    assert.deepEqual([records('rows'), records('row'), isOnDisk('row 41.')], [1, 8, false])
    await put(41, 100)
    assert.deepEqual(await texts(1, 200), expected(1, 100))
    assert.equal((await timeline.find(ids[99]!))?.seq, 99)
  })

  it('are found under an id at the number that was said last, also within one batch', async () => {
    const under = (seq: number, id: number): Row => ({ ...row(seq), id: ids[id]! })
    await write(change => { change.put(1, under(1, 7)); change.put(2, under(2, 7)); change.put(3, under(3, 7), false) })
    assert.equal((await timeline.find(ids[7]!))?.seq, 2)
    await write(change => { change.put(5, under(5, 7)); change.put(4, under(4, 7)) })
    assert.equal((await timeline.find(ids[7]!))?.seq, 4)
    await write(change => { change.put(5, under(5, 7), false); change.put(6, { ...under(6, 7), kind: 'mark' }) })
    assert.equal((await timeline.find(ids[7]!))?.seq, 4)
  })

  it('are known to be new under ids that stand nowhere yet, and none of which comes twice', async () => {
    await put(1, 300)
    assert.equal(await timeline.areNew(ids.slice(301, 1300)), true)
    assert.equal(await timeline.areNew([]), true)
    for (const known of [1, 150, 300]) assert.equal(await timeline.areNew([...ids.slice(301, 700), ids[known]!, ...ids.slice(700, 900)]), false)
    assert.equal(await timeline.areNew([ids[300]!]), false)
    assert.equal(await timeline.areNew([...ids.slice(301, 700), ids[301]!]), false)
    await put(301, 700)
    assert.deepEqual((await timeline.findMany(ids.slice(301, 701))).map(found => found?.seq), Array.from({ length: 400 }, (_, i) => 301 + i))
  })

  it('are read as the disk has them after a write that failed', async () => {
    await put(1, 40)
    const refused = { batch: async (): Promise<void> => { await Promise.reject(new ReadOnlyError('no')) } }
    const half = { batch: async (ops: Parameters<KeyValueStore['batch']>[0]): Promise<void> => { await store.kv.batch(ops); throw new ReadOnlyError('no') } }
    await assert.rejects(write(change => { change.put(41, row(41)) }, refused), ReadOnlyError)
    assert.equal(await timeline.find(ids[41]!), undefined)
    await assert.rejects(write(change => { change.put(41, row(41)) }, half), ReadOnlyError)
    assert.equal((await timeline.find(ids[41]!))?.seq, 41)
  })

  it('of a home from before pages and this index are found, and stand in it once', async () => {
    const ops = []
    for (let seq = 1; seq <= 600; seq++) {
      ops.push({ type: 'put', key: keys.numbered('row', seq, log), value: encodeRow(row(seq)) } as const)
      if (seq !== 300) ops.push({ type: 'put', key: keys.one('id', log, ids[seq]!), value: encodeCbor({ seq }) } as const)
    }
    await store.kv.batch(ops)
    const found = async (): Promise<number[]> => (await timeline.findMany(ids.slice(1, 700))).flatMap(one => one?.seq ?? [])
    const all = Array.from({ length: 600 }, (_, i) => i + 1).filter(seq => seq !== 300)
    assert.deepEqual(await found(), all)
    await put(601, 640)
    await store.close()
    await open()
    assert.deepEqual([(await found()).length, (await texts(1, 700)).length], [all.length + 40, 640])
  })

  it('are no page when the record is another one', () => {
    assert.throws(() => decodePage(encodeCbor([1, [], []])), { code: 'ERR_BAD_INPUT' })
    const fields = [0, ids[0], new Uint8Array(32), 1, 1, 0, 0, 1, null, null]
    assert.throws(() => decodePage(encodeCbor([1, [], Array.from({ length: 32 }, () => fields)])), CorruptError)
    assert.deepEqual(decodeRow(encodeRow(row(3))), row(3))
  })
})
