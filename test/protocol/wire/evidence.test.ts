import assert from 'node:assert/strict'
import { attest, decodeEvidence, encodeGenesis, evidenceOf, LIMITS, verifyEvidence, type Statement } from '../../../src/protocol/wire/index.js'
import { Chain, fill, flipped, refuses } from './kit.js'

const T = 1_700_000_000_000

describe('evidence against a home', () => {
  const chain = Chain.of(5)
  const genesis = encodeGenesis(chain.genesis)
  const says = (statement: Statement): Uint8Array => attest([statement], chain.home)[0]!
  const head = (seq: number, hash = chain.hashes[seq]!, time = T): Uint8Array => says({ type: 'head', log: chain.log, term: 1, seq, hash, time })
  const past = (from: number): { hash: Uint8Array, leaves: Uint8Array[] } => ({ hash: chain.hashes[from]!, leaves: chain.entries.slice(from).map(e => e.leaf) })

  it('is made of two statements in whatever order they came', () => {
    for (const evidence of [evidenceOf(genesis, head(3), head(3, fill(32))), evidenceOf(genesis, head(3, fill(32)), head(3))]) {
      const proof = verifyEvidence(evidence!)
      assert.equal(proof.kind, 'fork')
      assert.equal(proof.seq, 3)
    }
    for (const [a, b] of [[head(2, undefined, T + LIMITS.proofMarginMs), head(4)], [head(4), head(2, undefined, T + LIMITS.proofMarginMs)]] as const) {
      assert.deepEqual(facts(evidenceOf(genesis, a, b)!), { kind: 'back', seq: 2, endedAt: T + LIMITS.proofMarginMs, had: 4, hadAt: T })
    }
  })

  it('is made of a statement about a number and the chain that leads past it to a later one', () => {
    const evidence = evidenceOf(genesis, head(2, fill(32)), head(5), past(1))!
    const proof = verifyEvidence(evidence)
    assert.ok(proof.kind === 'fork')
    assert.equal(proof.seq, 2)
    assert.deepEqual(proof.hashes, [fill(32), chain.hashes[2]])
  })

  it('is there when the home signed an end and had the next entry long before', () => {
    const ended = 1_000_000 + LIMITS.proofMarginMs + 10
    const evidence = evidenceOf(genesis, head(2, undefined, ended), head(5, undefined, ended + 1), past(2))!
    assert.deepEqual(facts(evidence), { kind: 'back', seq: 2, endedAt: ended, had: 3, hadAt: 1_000_002 })
  })

  it('is not there when nothing is contradicted, nor within the margin that an honest home may need', () => {
    assert.equal(evidenceOf(genesis, head(3), head(3, undefined, T + 1)), null)
    assert.equal(evidenceOf(genesis, head(3, undefined, 1_000_010), head(5), past(3)), null)
    assert.equal(evidenceOf(genesis, head(2, undefined, T + LIMITS.proofMarginMs - 1), head(4)), null)
  })

  it('is not there when it would need more leaves than a file holds', () => {
    const long = Chain.of(LIMITS.evidenceLeaves + 1)
    const end = attest([{ type: 'head', log: long.log, term: 1, seq: long.seq, hash: long.hash, time: T }], long.home)[0]!
    const other = attest([{ type: 'head', log: long.log, term: 1, seq: 1, hash: fill(32), time: T }], long.home)[0]!
    assert.notEqual(evidenceOf(genesis, other, end, { hash: long.hashes[1]!, leaves: long.entries.slice(1).map(e => e.leaf) }), null)
    assert.equal(evidenceOf(genesis, other, end, { hash: long.hashes[0]!, leaves: long.entries.map(e => e.leaf) }), null)
  })

  it('proves nothing with any byte changed', () => {
    const evidence = evidenceOf(genesis, head(3, fill(32)), head(5), past(3))!
    for (let at = 0; at < evidence.length; at += 5) assert.throws(() => verifyEvidence(flipped(evidence, at)), `byte ${at}`)
    refuses(() => verifyEvidence(evidence.subarray(0, -1)), 'ERR_BAD_INPUT')
    assert.equal(decodeEvidence(evidence).kind, 'fork')
  })
})

function facts (evidence: Uint8Array): object {
  const { one: _one, other: _other, log: _log, home: _home, term: _term, ...rest } = verifyEvidence(evidence)
  return rest
}
