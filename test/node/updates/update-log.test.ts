import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { RecordKeys } from '../../../src/node/records/index.js'
import { newsOf, UpdateLog, type Said, type TellSaid } from '../../../src/node/updates/index.js'
import type { ChatMessage, MediaFile, UpdateEvent } from '../../../src/protocol/api/index.js'
import { type Store } from '../../../src/store/index.js'
import { BLANK_MESSAGE } from '../../blank.js'
import { MemoryDisk } from '../../../src/store/memory/engine.js'
import { openMemoryStore } from '../../../src/store/memory/index.js'

const FILE: MediaFile = { id: 'f', as: 'photo', name: null, type: null, size: 1, sha256: '', width: null, height: null, duration: null, thumb: null, waveform: null, state: null }
const MESSAGE: ChatMessage = { id: 'a', chat: 'c', seq: 1, preview: false, from: 'f', fromName: 'n', own: false, at: new Date(5), kind: 'text', text: 't', entities: [], media: [], replyTo: null, forwardedFrom: null, edited: false, deleted: false, state: null, error: null, ...BLANK_MESSAGE }

const event = (id: string): UpdateEvent => ({ type: 'request', account: 'a', name: 'n', id })

describe('the numbered log of updates', () => {
  const keys = new RecordKeys(randomBytes(32))
  let disk: MemoryDisk
  let store: Store
  let log: UpdateLog

  beforeEach(async () => {
    disk = new MemoryDisk()
    store = await openMemoryStore({ disk, probeMs: 1 })
    log = await UpdateLog.open(store.kv, keys, () => 1)
  })
  afterEach(async () => { await store.close() })

  async function ids (from: UpdateLog): Promise<string[]> {
    const found: string[] = []
    for await (const { n, event: e } of from.read(0)) {
      assert.equal(n, found.length + 1)
      found.push(e.type === 'request' ? e.id : '')
    }
    return found
  }

  /** The next write fails, and what it said is on the disk all the same. */
  async function failOnce (work: Promise<void>): Promise<void> {
    await assert.rejects(work)
    disk.beforeWrite = () => Promise.resolve()
    if (store.state !== 'open') await new Promise<void>(resolve => { store.onState(state => { if (state === 'open') resolve() }) })
  }

  function failing (): void {
    disk.beforeWrite = ops => {
      for (const op of ops) if (op.type === 'put') disk.map.set(op.key, op.value); else disk.map.delete(op.key)
      return Promise.reject(new Error('EIO'))
    }
  }

  it('gives every date back as a date', async () => {
    const at = new Date(5)
    const message = {
      id: 'a', chat: 'c', seq: 1, preview: false, from: 'f', fromName: 'n', own: false, at, kind: 'text', text: 't', entities: [], media: [], replyTo: null, forwardedFrom: { name: 'x', at }, edited: false, deleted: false, state: null, error: null, ...BLANK_MESSAGE
    }
    const written: UpdateEvent[] = [{ type: 'message', message }, { type: 'gap', chat: 'c', title: 't', healed: false, gap: { of: 'log', from: 1, to: 2, account: '', name: '', since: at } }]
    await log.write([], written)
    for (const reader of [log, log, await UpdateLog.open(store.kv, keys, () => 1)]) assert.deepEqual((await Array.fromAsync(reader.read(0))).map(update => update.event), written)
  })

  it('gives each reader an update of its own, whatever another does to it', async () => {
    await log.write([], [event('1')])
    for await (const update of log.read(0)) Object.assign(update.event, { id: 'changed' })
    assert.deepEqual(await ids(log), ['1'])
  })

  it('reads from memory what was written of late, from the disk what was before, and all of it in one order', async () => {
    const all = Array.from({ length: 1200 }, (_, i) => String(i + 1))
    for (let i = 0; i < all.length; i += 100) await log.write([], all.slice(i, i + 100).map(event))
    assert.deepEqual(await ids(log), all)
    // Of large ones fewer are kept, and one that is too large by itself none.
    const large = ['a', 'b', 'c'].map(letter => letter.repeat(400_000 / 8))
    for (const id of [...large, ...large, ...large, ...large, ...large, ...large, ...large, ...large, ...large]) await log.write([], [event(id)])
    assert.deepEqual((await ids(log)).slice(all.length), Array.from({ length: 9 }, () => large).flat())
    const behind = await Array.fromAsync(log.read(all.length - 1))
    assert.deepEqual([behind.length, behind[0]?.n], [28, all.length])
  })

  it('keeps what is written together in few records, and reads on from the middle of one', async () => {
    const all = Array.from({ length: 150 }, (_, i) => String(i + 1))
    const before = disk.map.slice({}).length
    await log.write([], all.map(event))
    assert.equal(disk.map.slice({}).length - before, 3)
    const after = await UpdateLog.open(store.kv, keys, () => 1)
    assert.equal(after.last, 150)
    for (const from of [0, 1, 63, 64, 65, 149, 150]) {
      const read = await Array.fromAsync(after.read(from))
      assert.deepEqual(read.map(({ event: e }) => e.type === 'request' ? e.id : ''), all.slice(from))
    }
  })

  it('keeps of messages that are said one behind the other where they stand, and tells what they say when it is read', async () => {
    const chat = new Uint8Array(34)
    const said = (seq: number): Said => ({ type: 'said', log: chat, seq, id: new Uint8Array(16).fill(seq) })
    const run = Array.from({ length: 100 }, (_, i) => said(i + 1))
    const before = disk.map.slice({}).length
    await log.write([], [event('first'), ...run, said(200), event('last')])
    // 1, 64 and 36, 1, 1.
    assert.equal(disk.map.slice({}).length - before, 5)
    const asked: number[] = []
    const tell: TellSaid = async some => await Promise.resolve(some.map(({ log: of, seq, id }) => {
      assert.deepEqual([of, id], [chat, new Uint8Array(16).fill(seq)])
      asked.push(some.length)
      return seq === 7 ? undefined : { ...MESSAGE, seq }
    }))
    const expected = [...run.map(({ seq }) => seq).filter(seq => seq !== 7), 200]
    for (const reader of [log, await UpdateLog.open(store.kv, keys, () => 1)]) {
      reader.tellBy(tell)
      for (const from of [0, 1, 30, 64, 65, 66, 101, 102, 103]) {
        const read = await Array.fromAsync(reader.read(from))
        assert.deepEqual(read.flatMap(({ n, event: e }) => e.type === 'message' ? [[n, e.message.seq]] : []), expected.map(seq => [seq === 200 ? 102 : seq + 1, seq]).filter(([n = 0]) => n > from))
        assert.deepEqual(read.flatMap(({ event: e }) => e.type === 'request' ? e.id : []), ['first', 'last'].slice(from === 0 ? 0 : 1, from === 103 ? 1 : 2))
      }
      assert.deepEqual((await Array.fromAsync(reader.read(0, { isWanted: json => json.includes('last') }))).map(({ n }) => n), [103])
    }
    assert.ok(Math.max(...asked) <= 32)
  })

  it('tells news of a message as they were to who reads along, and from the disk as the message is by then; nothing of it once it was taken back', async () => {
    const chat = new Uint8Array(34)
    const id = (n: number): Uint8Array => new Uint8Array(16).fill(n)
    const [text, file] = [{ ...MESSAGE, text: 'an avocet' }, { ...MESSAGE, text: 'a picture', media: [FILE] }]
    await log.write([], [newsOf(chat, 1, id(1), { type: 'message', message: text }), newsOf(chat, 2, id(2), { type: 'message', message: file }), newsOf(chat, 1, id(1), { type: 'messageChanged', message: { ...text, text: 'a dunlin' }, change: 'edited' })])
    const tell: TellSaid = async some => await Promise.resolve(some.map(({ seq }) => ({ ...MESSAGE, text: `${seq} as it is`, media: [] })))
    const told = async (of: UpdateLog, isWanted?: (json: string) => boolean): Promise<unknown[]> => (await Array.fromAsync(of.read(0, isWanted === undefined ? {} : { isWanted }))).flatMap(({ n, event: e }) => e.type === 'message' ? [[n, e.message.text]] : e.type === 'messageChanged' ? [[n, e.message.text, e.change]] : [])
    log.tellBy(tell)
    assert.deepEqual(await told(log), [[1, 'an avocet'], [2, 'a picture'], [3, 'a dunlin', 'edited']])
    for (const [, value] of disk.map.slice({})) for (const word of ['avocet', 'dunlin', 'picture']) assert.ok(!Buffer.from(value).includes(word))
    const later = [[1, '1 as it is'], [2, '2 as it is'], [3, '1 as it is', 'edited']]
    const after = await UpdateLog.open(store.kv, keys, () => 1)
    after.tellBy(tell)
    assert.deepEqual(await told(after), later)
    // Who fetches files looks for those alone.
    assert.deepEqual(await told(after, () => false), [[2, '2 as it is']])
    await log.write([], [{ type: 'messageDeleted', chat: 'c', id: 'm', seq: 1, by: 'a' }])
    assert.deepEqual(await told(log), later)
  })

  it('leaves nothing of a page that a failed write may have left, when less is written over it', async () => {
    const many = Array.from({ length: 200 }, (_, i) => event(`lost ${i}`))
    await log.write([], [event('1')])
    failing()
    await failOnce(log.write([], many))
    await log.write([], [event('2'), event('3')])
    assert.deepEqual(await ids(await UpdateLog.open(store.kv, keys, () => 1)), ['1', '2', '3'])
    failing()
    await failOnce(log.write([], [event('4'), event('5')]))
    await log.write([], many.map((_, i) => event(String(i + 4))))
    assert.equal((await ids(await UpdateLog.open(store.kv, keys, () => 1))).length, 203)
  })

  it('tells nothing twice after a restart when a write that failed was on the disk after all', async () => {
    await log.write([], [event('1')])
    failing()
    await failOnce(log.write([], [event('2'), event('3'), event('4')]))
    // The same again, in smaller steps.
    await log.write([], [event('2')])
    assert.deepEqual(await ids(log), ['1', '2'])
    const after = await UpdateLog.open(store.kv, keys, () => 1)
    assert.deepEqual(await ids(after), ['1', '2'])
    await after.write([], [event('3')])
    assert.deepEqual(await ids(after), ['1', '2', '3'])
  })

  it('gives no number twice when a write without updates fails beside others', async () => {
    failing()
    await failOnce(Promise.all([log.write([], [event('lost')]), log.write([], [])]).then(() => undefined))
    await Promise.all([log.write([], [event('1')]), log.write([], []), log.write([], [event('2')])])
    assert.deepEqual(await ids(log), ['1', '2'])
  })
})
