import assert from 'node:assert/strict'
import { RecordKeys } from '../../../src/node/records/index.js'
import { TakenBack, type BackItem } from '../../../src/node/chats/taken-back.js'

describe('what was taken back of a chat', () => {
  const item = (n: number): BackItem => ({ order: n, leaf: { id: new Uint8Array(16).fill(n) } }) as unknown as BackItem

  it('is waited for once the home has it, and not when the log has shown it before its receipt', () => {
    const back = new TakenBack(new RecordKeys(new Uint8Array(32)), new Uint8Array(34), [item(1), item(2)])
    back.receipted(item(1), { term: 1, seq: 1 })
    assert.deepEqual([back.isUnderWay, back.open().map(one => one.order)], [true, [2]])
    back.delete(item(1))
    assert.equal(back.isUnderWay, false)
    back.delete(item(2))
    back.receipted(item(2), { term: 1, seq: 2 })
    assert.deepEqual([back.isUnderWay, back.size], [false, 0])
  })
})
