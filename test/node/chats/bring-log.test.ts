/** A new home that does not get on with the log that is brought to it. */
import assert from 'node:assert/strict'
import { bringLog } from '../../../src/node/chats/bring-log.js'
import type { Chat } from '../../../src/node/chats/chat.js'
import type { RelayLink } from '../../../src/node/gateway/index.js'
import { encodeGenesis, type TermAction } from '../../../src/protocol/wire/index.js'
import { Chain, key } from '../../protocol/wire/kit.js'

describe('bringing a log to a new home', () => {
  it('ends when the home says for ever that it holds more than there is', async () => {
    const chain = Chain.of(3)
    const chat = {
      log: chain.log, genesis: chain.genesis, record: { genesis: encodeGenesis(chain.genesis) },
      raw: { page: async (after: number, to: number) => chain.entries.slice(after, to) }
    } as unknown as Chat
    let calls = 0
    const link = { adoptLog: async () => { if (++calls > 50) throw new Error('asked for ever'); return { seq: 99, head: null } } } as unknown as RelayLink
    const action: TermAction = { op: 'term', log: chain.log, term: 2, home: key(30).key, addrs: [], seq: 3, hash: chain.hash, by: 'takeover' }
    await assert.rejects(bringLog(chat, link, action, new Uint8Array(), new AbortController().signal), { code: 'ERR_UNAVAILABLE' })
  })
})
