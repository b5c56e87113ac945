import assert from 'node:assert/strict'
import type { Chat } from '../../../src/node/chats/chat.js'
import { PastOpener } from '../../../src/node/chats/past/opener.js'
import { pastOp, type Past } from '../../../src/node/chats/past/past-record.js'
import { RankedTurns } from '../../../src/node/chats/ranked-turns.js'
import { RecordKeys } from '../../../src/node/records/index.js'
import type { LogId } from '../../../src/protocol/wire/index.js'

describe('who opens what is below', () => {
  it('does not hold what it read of its place before it was to begin anew', async () => {
    const log = new Uint8Array(36).fill(1) as LogId
    const deps = { keys: new RecordKeys(new Uint8Array(32)), turns: new RankedTurns(1), kv: { get: async (): Promise<Uint8Array | undefined> => await Promise.resolve(undefined) } }
    const chat = { deps, log, record: { joined: { seq: 9 } }, cursor: { seq: 0 } } as unknown as Chat
    const { promise: slow, resolve: answer } = Promise.withResolvers<Uint8Array | undefined>()
    deps.kv.get = async () => await slow
    const opener = new PastOpener(chat)
    const asked = opener.mayHaveMore()
    const past: Past = { next: 5, state: 'open', epoch: 1, history: new Uint8Array(32), members: [] }
    const op = pastOp(chat, past)
    deps.kv.get = async () => await Promise.resolve(op.type === 'put' ? op.value : undefined)
    opener.restart()
    answer(undefined)
    assert.equal(await asked, true)
    assert.equal(await opener.mayHaveMore(), true)
  })
})
