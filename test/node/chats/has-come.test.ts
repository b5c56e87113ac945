import assert from 'node:assert/strict'
import type { Chat } from '../../../src/node/chats/chat.js'
import { startCursor } from '../../../src/node/chats/cursor.js'
import { hasCome } from '../../../src/node/chats/has-come.js'
import { fill, key } from '../../protocol/wire/kit.js'

describe('in a large group, where no marks are kept, somebody who was added', () => {
  const [account, device] = [key(1).key, key(2).key]
  const side = (at: number | undefined): Chat => {
    const cursor = startCursor(fill(32))
    const runs = at === undefined ? cursor.runs : cursor.runs.with({ device, devSeq: 7, entry: fill(32), at })
    return { record: { direct: false }, cursor: { ...cursor, runs }, hasReceipts: false, manifests: [{ manifest: { account, devices: [{ key: device }] } }] } as unknown as Chat
  }

  it('has come once something of it stands above the place where it was added, and not by what it wrote when it was a member before', () => {
    assert.deepEqual([undefined, 19, 20, 21].map(at => hasCome(side(at), account, 20)), [false, false, false, true])
  })
})
