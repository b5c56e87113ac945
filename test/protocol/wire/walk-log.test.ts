/** How a reader walks from term to term: only the owner's order, at its own place, moves a log. */
import assert from 'node:assert/strict'
import {
  attest, encodeGenesis, ENTRY_KIND, handOver, judgeHead, signOwnerAction, startPlace, termWins, walkRun, type LogPlace, type Signer, type TermAction
} from '../../../src/protocol/wire/index.js'
import { Chain, fill, key, refuses, utf8 } from './kit.js'

const [second, third] = [key(30), key(31)]

/** The order that moves a chain's log, after its last entry. */
const order = (chain: Chain, change: Partial<TermAction> = {}): TermAction =>
  ({ op: 'term', log: chain.log, term: 2, home: second.key, addrs: [], seq: chain.seq, hash: chain.hash, by: 'agreement', ...change })

function move (chain: Chain, change: Partial<TermAction> = {}, by: Signer = chain.owner): void {
  chain.append(signOwnerAction(order(chain, change), by), { kind: ENTRY_KIND.control })
}

const start = (chain: Chain): LogPlace => startPlace(encodeGenesis(chain.genesis))
const walk = (chain: Chain): LogPlace => walkRun(chain.log, start(chain), chain.entries).to
const head = (chain: Chain, by: Signer, term: number, seq = chain.seq, hash = chain.hashes[seq] ?? fill(32)): Uint8Array =>
  attest([{ type: 'head', log: chain.log, term, seq, hash, time: 5 }], by)[0]!

describe('a reader\'s walk through the terms of a log', () => {
  it('goes to the home that the owner\'s order names, at the entry that holds it', () => {
    const chain = Chain.of(3)
    move(chain)
    chain.append(utf8('after'))
    const { entries, to } = walkRun(chain.log, start(chain), chain.entries)
    assert.deepEqual(entries.map(e => [e.leaf.seq, e.place.term, e.opened === null]), [[1, 1, true], [2, 1, true], [3, 1, true], [4, 2, false], [5, 2, true]])
    assert.deepEqual([to.term, to.home, to.seq, to.hash], [2, second.key, 5, chain.hash])
    move(chain, { term: 3, home: third.key })
    assert.deepEqual(walk(chain).home, third.key)
    move(chain, { term: 7 })
    assert.deepEqual([walk(chain).term, walk(chain).home], [7, second.key], 'terms that no home began are left out')
    move(chain, { term: 7, home: third.key })
    assert.deepEqual(walk(chain).home, second.key)
  })

  it('takes no order of another key, for another log, term or place', () => {
    const stays = (change: Partial<TermAction>, by?: Signer): void => {
      const chain = Chain.of(2)
      move(chain, change, by)
      assert.deepEqual([walk(chain).term, walk(chain).home], [1, chain.home.key])
    }
    stays({}, key(77))
    stays({ log: new Chain().log.with(5, 1) })
    stays({ seq: 1 })
    stays({ hash: fill(32) })
    const chain = Chain.of(1)
    chain.append(fill(9), { kind: ENTRY_KIND.control })
    chain.append(signOwnerAction(order(chain), chain.owner))
    assert.equal(walk(chain).term, 1, 'what is no order, or no control entry, moves nothing')
  })

  it('follows the owner key through commits and voids', () => {
    const chain = Chain.of(1)
    const heir = key(40)
    const caps = { append: key(41).key, read: key(42).key }
    chain.append(utf8('commit'), { kind: ENTRY_KIND.commit, base: 0, caps: handOver(chain.log, { ...caps, owner: heir.key }, chain.owner) })
    chain.append(signOwnerAction({ op: 'void', log: chain.log, seq: 2, caps: { ...caps, owner: chain.owner.key } }, heir), { kind: ENTRY_KIND.control })
    const afterCommit = walkRun(chain.log, start(chain), chain.entries.slice(0, 2)).to
    assert.deepEqual(afterCommit.owner, heir.key)
    assert.deepEqual(walk(chain).owner, chain.owner.key)
    move(chain, {}, heir)
    assert.equal(walk(chain).term, 1)
    move(chain)
    assert.equal(walk(chain).term, 2)
  })

  it('takes another owner key from nobody but the one in force', () => {
    const caps = { append: key(41).key, read: key(42).key, owner: key(40).key }
    const other = handOver(new Chain().log.with(5, 1), caps, key(2))
    const forged = [caps, handOver(fill(34), caps, key(2)), handOver(new Chain().log, caps, key(40)), other, { ...handOver(new Chain().log, caps, key(2)), owner: key(43).key }, { ...handOver(new Chain().log, caps, key(2)), append: key(43).key }]
    for (const next of forged) {
      const chain = Chain.of(1)
      chain.append(utf8('commit'), { kind: ENTRY_KIND.commit, base: 0, caps: next })
      refuses(() => walk(chain), 'ERR_PROOF', /has not signed that/)
    }
    const chain = Chain.of(1)
    chain.append(utf8('commit'), { kind: ENTRY_KIND.commit, base: 0, caps: { ...caps, owner: chain.owner.key } })
    assert.deepEqual(walk(chain).owner, chain.owner.key, 'the same one may be named')
    chain.append(utf8('commit'), { kind: ENTRY_KIND.commit, base: 2, caps: handOver(chain.log, caps, chain.owner) })
    chain.append(utf8('commit'), { kind: ENTRY_KIND.commit, base: 3, caps: handOver(chain.log, { ...caps, owner: key(44).key }, chain.owner) })
    refuses(() => walk(chain), 'ERR_PROOF', /has not signed that/)
  })

  it('judges heads by the home and term of its place', () => {
    const chain = Chain.of(3)
    const before = walk(chain)
    const standing = (bytes: Uint8Array, at: LogPlace): string => judgeHead(bytes, chain.log, at).standing
    assert.equal(standing(head(chain, chain.home, 1), before), 'current')
    assert.equal(standing(head(chain, chain.home, 1, 9), before), 'behind')
    assert.equal(standing(head(chain, chain.home, 1, 2), before), 'shorter')
    assert.equal(standing(head(chain, second, 2, 9), before), 'behind', 'what lies between decides')
    assert.equal(standing(head(chain, second, 2, 2), before), 'below')
    assert.equal(standing(head(chain, second, 2), before), 'behind', 'the next home signs in its own term what it has from the one before')
    assert.equal(standing(head(chain, second, 2, 3, fill(32)), before), 'below', 'another chain at this number')
    refuses(() => standing(head(chain, second, 1), before), 'ERR_PROOF', /another key/)
    refuses(() => standing(head(chain, chain.home, 1, 3, fill(32)), before), 'ERR_PROOF', /forked/)
    refuses(() => judgeHead(head(chain, chain.home, 1), chain.log.with(9, 0), before), 'ERR_PROOF', /another log/)
    move(chain)
    const after = walk(chain)
    assert.equal(standing(head(chain, chain.home, 1), after), 'ended', 'the last word of the home before')
    assert.equal(standing(head(chain, second, 2), after), 'current')
    assert.equal(standing(head(chain, chain.home, 1, 9), after), 'stale', 'a home that does not know of the move is no liar')
    refuses(() => standing(head(chain, chain.home, 2), after), 'ERR_PROOF', /another key/)
  })

  it('decides between two orders for one term as everybody does', () => {
    const chain = Chain.of(3)
    const a = order(chain)
    assert.equal(termWins({ ...a, term: 3, seq: 0 }, a), true)
    assert.equal(termWins({ ...a, seq: 4 }, a), true)
    const b = { ...a, home: third.key }
    assert.notEqual(termWins(a, b), termWins(b, a))
    assert.equal(termWins(a, a), false)
  })
})
