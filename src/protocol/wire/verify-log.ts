/** A reader's check of what a home sends: numbers, hashes and the signed end. Pure. DESIGN section 3. */
import { verifyAttested, type Attested } from './attest.js'
import { ProofError } from './errors.js'
import { sameBytes, type Digest, type KeyBytes, type LogId } from './ids.js'
import { chainNext, decodeLeaf, entryHash, type Leaf, type StoredEntry } from './log.js'

/** How far a reader has verified a log. */
export interface LogPosition { seq: number, hash: Digest }

/** A verified entry: its leaf, the chain's hash there, and the payload (null once erased). */
export interface VerifiedEntry { leaf: Leaf, hash: Digest, payload: Uint8Array | null }

/**
 * Verifies consecutive entries after `from`.
 *
 * @returns the entries and the position after the last one
 * @throws ProofError when a number is missing or doubled, or a payload does not match its leaf
 * @throws BadInputError when a leaf is malformed
 */
export function verifyRun (from: LogPosition, entries: readonly StoredEntry[]): { entries: VerifiedEntry[], to: LogPosition } {
  let { seq, hash } = from
  const verified: VerifiedEntry[] = []
  for (const entry of entries) {
    const leaf = decodeLeaf(entry.leaf)
    if (leaf.seq !== seq + 1) throw new ProofError(`the relay sent entry ${leaf.seq} where ${seq + 1} belongs`, { details: { expected: seq + 1, got: leaf.seq } })
    if (entry.payload !== null && !sameBytes(entryHash(entry.payload), leaf.entry)) throw new ProofError(`entry ${leaf.seq} is not what its leaf says`, { details: { seq: leaf.seq } })
    hash = chainNext(hash, entry.leaf)
    seq = leaf.seq
    verified.push({ leaf, hash, payload: entry.payload })
  }
  return { entries: verified, to: { seq, hash } }
}

/**
 * Checks an attested statement against the log, its home and, where it speaks of a position the reader
 * has verified, the reader's own chain.
 *
 * @throws ProofError when it is another log's or home's, does not hold, or contradicts the chain
 */
export function verifyHead (bytes: Uint8Array, expected: { log: LogId, home: KeyBytes, term: number, at?: LogPosition }): Attested {
  const attested = verifyAttested(bytes)
  const { statement, home } = attested
  if (!sameBytes(statement.log, expected.log)) throw new ProofError('the relay answered with another log\'s head')
  if (!sameBytes(home, expected.home)) throw new ProofError('the head is signed by another key than the log\'s home')
  if (statement.term !== expected.term) throw new ProofError(`the head is of term ${statement.term}, the log is in term ${expected.term}`)
  if (expected.at !== undefined && statement.seq === expected.at.seq && !sameBytes(statement.hash, expected.at.hash)) {
    throw new ProofError(`the relay's chain at entry ${statement.seq} is not the one that was verified here: the log was forked or rewritten`, { details: { seq: statement.seq } })
  }
  return attested
}
