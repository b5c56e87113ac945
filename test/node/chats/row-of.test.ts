import assert from 'node:assert/strict'
import type { Chat } from '../../../src/node/chats/chat.js'
import type { Draft } from '../../../src/node/chats/draft.js'
import { DraftRows } from '../../../src/node/chats/draft-rows.js'
import type { Row, RowKind } from '../../../src/node/chats/row.js'
import { rowOf, staysWith } from '../../../src/node/chats/row-of.js'
import { Timeline } from '../../../src/node/chats/timeline.js'
import { RecordKeys } from '../../../src/node/records/index.js'
import type { KeyValueStore } from '../../../src/store/index.js'
import { openMemoryStore } from '../../../src/store/memory/index.js'
import { fill, key } from '../../protocol/wire/kit.js'

describe('an id under which a home lets two entries stand', () => {
  const id = fill(16)
  const row = (kind: RowKind): Row => ({ kind, id, hash: fill(32), time: 1, epoch: 1, from: key(1).key, device: null, at: 1, body: null, note: null })

  const put = async (kv: KeyValueStore, timeline: Timeline, seq: number, kind: RowKind): Promise<void> => {
    const change = timeline.change()
    change.put(seq, row(kind), !staysWith(await timeline.find(id), { seq, row: row(kind) }))
    const { ops, written } = await timeline.write(change)
    await written(kv.batch(ops))
  }

  it('is that of the first one that can be read, in whatever order and batches they are read', async () => {
    const entries: Array<[number, RowKind]> = [[2, 'held'], [5, 'message'], [7, 'held'], [9, 'message']]
    for (const order of [entries, entries.toReversed()]) {
      const { kv } = await openMemoryStore({})
      const timeline = new Timeline(kv, new RecordKeys(fill(32)), fill(34))
      for (const [seq, kind] of order) await put(kv, timeline, seq, kind)
      assert.equal((await timeline.find(id))?.seq, 5)
    }
    for (let split = 0; split <= entries.length; split++) {
      const { kv } = await openMemoryStore({})
      const timeline = new Timeline(kv, new RecordKeys(fill(32)), fill(34))
      for (const [seq, kind] of entries.slice(0, split)) await put(kv, timeline, seq, kind)
      const draft = { rows: new DraftRows(), found: new Map(), newIds: [] } as unknown as Draft
      for (const [seq, kind] of entries.slice(split)) draft.rows.set(seq, row(kind))
      const chat = { timeline } as unknown as Chat
      assert.deepEqual([(await rowOf(chat, draft, id))?.seq, (await rowOf(chat, draft, fill(16, 1)))?.seq], [5, undefined], `after ${split}`)
    }
  })
})
