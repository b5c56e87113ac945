/** In which order what waits leaves: by the numbers that its device gave, whatever the disk tells of first. */
import assert from 'node:assert/strict'
import type { OutboxItem } from '../../../src/node/chats/outbox-item.js'
import { Outbox } from '../../../src/node/chats/outbox.js'
import { encodeBody } from '../../../src/protocol/message/index.js'

const item = (n: number): OutboxItem => ({
  order: n, id: new Uint8Array(16).fill(n), body: encodeBody({ kind: 'text', text: `${n}` }), createdAt: n, mark: false, earlier: [], error: null,
  sealing: { devSeq: n, entry: new Uint8Array(32).fill(n), epoch: 0, payload: new Uint8Array(100) }
})

describe('what waits in an outbox', () => {
  it('leaves with nothing before it missing: what is on the disk already waits for what got its number earlier', () => {
    const items = [1, 2, 3].map(item)
    const outbox = new Outbox(items)
    const ids = items.map(({ id }) => id)
    const onDisk = new Set([1, 3])
    const leaving = (): number[] => outbox.batch(ids, 10, ({ order }) => onDisk.has(order)).map(({ order }) => order)
    assert.deepEqual(leaving(), [1])
    outbox.receipted(items[0]!, { term: 1, seq: 1 })
    assert.deepEqual(leaving(), [])
    onDisk.add(2)
    assert.deepEqual(leaving(), [2, 3])
  })

  it('holds nothing once it could not be written', () => {
    const items = [1, 2].map(item)
    const outbox = new Outbox(items)
    outbox.undo(items[0]!)
    assert.deepEqual(outbox.batch(items.map(({ id }) => id), 10, ({ order }) => order === 2).map(({ order }) => order), [2])
  })
})
