import assert from 'node:assert/strict'
import { appendResults } from '../../../src/node/gateway/append.js'
import { attest, chainNext, encodeLeaf, leafFor, pb, ProofError, type Append, type Receipt } from '../../../src/protocol/wire/index.js'
import { Chain, fill } from '../../protocol/wire/kit.js'

const T = 1_700_000_000_000
const chain = Chain.of(0)
const items: Append[] = [1, 2, 3].map(n => ({ id: fill(16, n), kind: 0, payload: fill(40, n) }))

/** What an honest home answers to the items, from number 7 on, with changes. */
function reply ({ run = {}, end = {}, of = items, prev = fill(32, 9) }: { run?: Partial<pb.AppendRun>, end?: Partial<Receipt>, of?: readonly Append[], prev?: Uint8Array } = {}): Uint8Array {
  let [hash, before, entry]: [Uint8Array, Uint8Array, Uint8Array] = [prev, prev, fill(32)]
  for (const [i, item] of of.entries()) {
    const leaf = leafFor(item, 7 + i, T + i)
    ;[before, hash, entry] = [hash, chainNext(hash, encodeLeaf(leaf)), leaf.entry]
  }
  const [receipt] = attest([{ type: 'receipt', log: chain.log, term: 2, seq: 9, prev: before, hash, entry, time: T + 2, ...end }], chain.home)
  return pb.AppendReply.encode({ outcomes: [], run: { receipt: receipt!, prev, earlier: [2, 1], ...run } })
}
const isRefused = (bytes: Uint8Array): boolean => appendResults(chain.log, items, bytes).every(result => result instanceof ProofError)

describe('one receipt for all of a call', () => {
  it('gives each item its place in the log', () => {
    const results = appendResults(chain.log, items, reply())
    assert.deepEqual(results.map(result => 'receipt' in result && [result.receipt.statement.seq, result.receipt.statement.time, result.duplicate]), [[7, T, false], [8, T + 1, false], [9, T + 2, false]])
  })

  it('is refused when the chain from what was sent does not lead to it', () => {
    assert.ok(!isRefused(reply()))
    const changed = items.map((item, i) => i === 0 ? { ...item, payload: fill(40, 77) } : item)
    for (const [what, bytes] of Object.entries({
      'another payload': reply({ of: changed }),
      'another order': reply({ of: [...items].reverse() }),
      'another past': reply({ run: { prev: fill(32, 8) } }),
      'a past that no evidence has room for': reply({ prev: fill(64, 9) }),
      'another time': reply({ run: { earlier: [2, 0] } }),
      'another number': reply({ end: { seq: 10 } }),
      'another log': reply({ end: { log: fill(34, 5) } }),
      'another hash': reply({ end: { hash: fill(32, 6) } }),
      'fewer entries': reply({ run: { earlier: [1] } }),
      'a number below the first': reply({ end: { seq: 2 } }),
      'nonsense for a receipt': reply({ run: { receipt: fill(90) } })
    })) assert.ok(isRefused(bytes), what)
  })

  it('is refused when it comes with more answers than there were items', () => {
    assert.throws(() => appendResults(chain.log, items, reply({ run: { earlier: Array<number>(9).fill(0) } })))
  })
})
