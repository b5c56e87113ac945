import assert from 'node:assert/strict'
import type { Chat } from '../../../src/node/chats/chat.js'
import { standingOf } from '../../../src/node/chats/standing.js'
import { attest, encodeGenesis, startPlace, type LogPlace } from '../../../src/protocol/wire/index.js'
import { Chain, fill, key, refuses } from '../../protocol/wire/kit.js'

describe('what a relay says of a log that was taken over', () => {
  const chain = Chain.of(6)
  const start = startPlace(encodeGenesis(chain.genesis))
  const at = (seq: number): LogPlace => ({ ...start, seq, hash: chain.hashes[seq]! })
  const word = (type: 'head' | 'receipt', seq: number): Uint8Array => attest([{ type, log: chain.log, term: 1, seq, hash: chain.hashes[seq]!, time: 5, ...type === 'receipt' ? { prev: chain.hashes[seq - 1]!, entry: fill(32) } : {} } as Parameters<typeof attest>[0][0]], chain.home)[0]!
  /** A reader at a number, whose log lives in term 2 at a home that keeps five of its entries. */
  const reader = (seq: number): Chat => ({ log: chain.log, home: { term: 2, peer: key(30).key }, cursor: { seq }, path: { isMirror: false }, record: { joined: null, home: { by: 'takeover', seq: 5 } } }) as unknown as Chat

  it('is not taken for its end when it is the receipt of the last entry that a replaced key may read', () => {
    assert.equal(standingOf(reader(0), at(0), word('receipt', 4)), 'behind')
    assert.equal(standingOf(reader(0), at(4), word('receipt', 4)), 'behind')
    assert.equal(standingOf(reader(4), at(4), word('receipt', 4)), 'behind')
  })

  it('is worth nothing when it is the end of the term before, or of what was not kept', () => {
    refuses(() => standingOf(reader(0), at(4), word('head', 4)), 'ERR_UNAVAILABLE', /another home/)
    refuses(() => standingOf(reader(0), at(6), word('receipt', 6)), 'ERR_UNAVAILABLE', /another home/)
    refuses(() => standingOf(reader(5), at(5), word('receipt', 4)), 'ERR_UNAVAILABLE', /./)
  })
})
