/**
 * Attested statements: what a home signs about a log. One Ed25519 signature covers a whole
 * batch: the statements are leaves of a Merkle tree (RFC 6962 section 2.1 shape), the home
 * signs the root, and each statement travels with its path. So signing never limits the rate.
 */
import { decodeCbor, encodeCbor } from './cbor.js'
import { ProofError } from './errors.js'
import { labelledHash } from './hash.js'
import { DIGEST_LENGTH, LOG_ID_LENGTH, SIGNATURE_LENGTH, sameBytes, type Digest, type KeyBytes, type LogId } from './ids.js'
import { LABELS } from './labels.js'
import { LIMITS } from './limits.js'
import { keyShape } from './log.js'
import * as shape from './shape.js'
import { verifySignature } from './signature.js'

/** The home has this entry at this place: the answer to an append. */
export interface Receipt { type: 'receipt', log: LogId, term: number, seq: number, prev: Digest, hash: Digest, entry: Digest, time: number }
/** The log ends here at this time (ms, home's clock): the answer to a read. */
export interface Head { type: 'head', log: LogId, term: number, seq: number, hash: Digest, time: number }
/** What a home can attest. */
export type Statement = Receipt | Head

/** A statement with all that a third person needs to check it. */
export interface Attested<S extends Statement = Statement> {
  statement: S
  home: KeyBytes
  /** The attested bytes, as they travelled: keep these as evidence. */
  bytes: Uint8Array
}

const digest = shape.bytes(DIGEST_LENGTH)
const logId = shape.bytes(LOG_ID_LENGTH)
const receiptShape = shape.tuple(shape.literal(1), shape.literal('receipt'), logId, shape.uint(undefined, 1), shape.uint(undefined, 1), digest, digest, digest, shape.uint())
const headShape = shape.tuple(shape.literal(1), shape.literal('head'), logId, shape.uint(undefined, 1), shape.uint(), digest, shape.uint())
const attestedShape = shape.tuple(
  shape.bytes({ max: 1024 }), shape.uint(2 ** LIMITS.receiptPath - 1), shape.uint(2 ** LIMITS.receiptPath, 1),
  shape.array(digest, LIMITS.receiptPath), keyShape, shape.bytes(SIGNATURE_LENGTH)
)

function decodeStatement (bytes: Uint8Array): Statement {
  const value = decodeCbor(bytes, 1024)
  if (Array.isArray(value) && value[1] === 'head') {
    const [, type, log, term, seq, hash, time] = headShape(value, 'head')
    return { type, log, term, seq, hash, time }
  }
  const [, type, log, term, seq, prev, hash, entry, time] = receiptShape(value, 'receipt')
  return { type, log, term, seq, prev, hash, entry, time }
}

const leafHash = (statement: Uint8Array): Digest => labelledHash(LABELS.receipt, statement)
const nodeHash = (left: Digest, right: Digest): Digest => labelledHash(LABELS.receiptNode, left, right)

/** The root a leaf and its path lead to, or undefined when the path has the wrong length for the place. */
function rootFrom (leaf: Digest, index: number, size: number, path: Digest[]): Digest | undefined {
  let hash = leaf
  let used = 0
  for (let width = size; width > 1; width = (width + 1) >> 1) {
    const hasSibling = (index ^ 1) < width
    if (hasSibling) {
      const sibling = path[used++]
      if (sibling === undefined) return undefined
      hash = (index & 1) === 0 ? nodeHash(hash, sibling) : nodeHash(sibling, hash)
    }
    index >>= 1
  }
  return used === path.length ? hash : undefined
}

/** What is signed. */
export const rootBytes = (root: Digest, size: number): Uint8Array => encodeCbor([1, size, root])

// One signature covers a batch, and its statements arrive one by one: each root is verified once while it is recent.
const RECENT_ROOTS = 256
const verifiedRoots = new Set<string>()

function rootHolds (home: KeyBytes, root: Uint8Array, signature: Uint8Array): boolean {
  const name = Buffer.concat([home, root, signature]).toString('latin1')
  if (verifiedRoots.has(name)) return true
  if (!verifySignature(home, LABELS.receiptBatch, root, signature)) return false
  if (verifiedRoots.size >= RECENT_ROOTS) verifiedRoots.clear()
  verifiedRoots.add(name)
  return true
}

// What held last: an append's receipt comes once more with its entry. All of it is a copy, since the bytes are their owner's.
let newest: Attested | undefined

/**
 * Checks attested bytes and returns what they say. It does not say whether the signer is the
 * log's home: compare `home` with the one the log's genesis or term names.
 *
 * @throws BadInputError when the bytes are not an attested statement
 * @throws ProofError when the signature or the path does not hold
 */
export function verifyAttested (bytes: Uint8Array): Attested {
  if (newest !== undefined && sameBytes(newest.bytes, bytes)) return { ...newest, bytes }
  const own = Uint8Array.from(bytes)
  const [statement, index, size, path, home, signature] = attestedShape(decodeCbor(own, LIMITS.recordBytes), 'attested statement')
  const root = index < size ? rootFrom(leafHash(statement), index, size, path) : undefined
  if (root === undefined || !rootHolds(home, rootBytes(root, size), signature)) {
    throw new ProofError('the relay\'s signature over a log\'s state does not hold')
  }
  newest = { statement: decodeStatement(statement), home, bytes: own }
  return { ...newest, bytes }
}

/** Whether two attested statements prove that their home lied: two different chains for one number in one term. DESIGN section 3. */
export function isFork (a: Attested, b: Attested): boolean {
  return sameBytes(a.home, b.home) && sameBytes(a.statement.log, b.statement.log) && a.statement.term === b.statement.term &&
    a.statement.seq === b.statement.seq && !sameBytes(a.statement.hash, b.statement.hash)
}
