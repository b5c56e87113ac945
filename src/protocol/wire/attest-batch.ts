/**
 * The signing half of attest.ts. A busy home attests thousands of statements a second, so they are written by hand and their
 * tree lies in one piece of memory: an object for each hash and array would cost more than hashing and signing.
 */
import { rootBytes, type Statement } from './attest.js'
import { BriefMemory } from './brief-memory.js'
import { headBytes, putHead } from './cbor-head.js'
import { BadInputError } from './errors.js'
import { LabelledHashes } from './hash.js'
import { DIGEST_LENGTH, type Digest } from './ids.js'
import { LABELS } from './labels.js'
import { LIMITS } from './limits.js'
import type { Signer } from './signature.js'

/** dag-cbor heads. RFC 8949 section 3. */
const MAJOR = { uint: 0x00, bytes: 0x40, text: 0x60, array: 0x80 } as const
const STATEMENT_BYTES = 512

/** Writes dag-cbor into memory that is large enough. */
class CborWriter {
  out: Uint8Array
  at: number

  constructor (out: Uint8Array, at = 0) {
    this.out = out
    this.at = at
  }

  head (major: number, n: number): void { this.at = putHead(this.out, this.at, major, n) }

  bytes (bytes: Uint8Array): void {
    this.head(MAJOR.bytes, bytes.length)
    this.out.set(bytes, this.at)
    this.at += bytes.length
  }

  text (ascii: string): void {
    this.head(MAJOR.text, ascii.length)
    for (let i = 0; i < ascii.length; i++) this.out[this.at++] = ascii.charCodeAt(i)
  }

  /** A digest that lies in other memory. */
  digest (of: Uint8Array, from: number): void {
    this.head(MAJOR.bytes, DIGEST_LENGTH)
    copy(of, from, this.out, this.at, DIGEST_LENGTH)
    this.at += DIGEST_LENGTH
  }
}

/** By hand: a view for so few bytes takes longer. */
function copy (of: Uint8Array, from: number, to: Uint8Array, at: number, length: number): void {
  for (let i = 0; i < length; i++) to[at + i] = of[from + i] ?? 0
}

function writeStatement (writer: CborWriter, s: Statement): void {
  writer.head(MAJOR.array, s.type === 'receipt' ? 9 : 7)
  writer.head(MAJOR.uint, 1)
  writer.text(s.type)
  writer.bytes(s.log)
  writer.head(MAJOR.uint, s.term)
  writer.head(MAJOR.uint, s.seq)
  if (s.type === 'receipt') writer.bytes(s.prev)
  writer.bytes(s.hash)
  if (s.type === 'receipt') writer.bytes(s.entry)
  writer.head(MAJOR.uint, s.time)
}

const leaves = new LabelledHashes(LABELS.receipt, STATEMENT_BYTES)
const nodes = new LabelledHashes(LABELS.receiptNode, 2 * DIGEST_LENGTH)
const statementWriter = new CborWriter(leaves.room)
const memory = new BriefMemory()

/** How many siblings a leaf's path has. */
function pathLength (index: number, size: number): number {
  let length = 0
  for (let width = size, at = index; width > 1; width = (width + 1) >> 1, at >>= 1) if ((at ^ 1) < width) length++
  return length
}

/** What stands behind a statement. */
function restBytes (index: number, size: number, path: number, home: Signer): number {
  const signature = 64
  return headBytes(index) + headBytes(size) + headBytes(path) + path * (headBytes(DIGEST_LENGTH) + DIGEST_LENGTH) +
    headBytes(home.key.length) + home.key.length + headBytes(signature) + signature
}

/** Hashes a statement into its leaf of the tree, and writes it into memory that has room for the rest. */
function begin (statement: Statement, index: number, size: number, tree: Uint8Array, home: Signer): Uint8Array {
  statementWriter.at = leaves.from
  writeStatement(statementWriter, statement)
  const { at } = statementWriter
  leaves.hash(at, tree, index * DIGEST_LENGTH)
  const length = at - leaves.from
  const out = memory.take(1 + headBytes(length) + length + restBytes(index, size, pathLength(index, size), home))
  const writer = new CborWriter(out)
  writer.head(MAJOR.array, 6)
  writer.head(MAJOR.bytes, length)
  copy(leaves.room, leaves.from, out, writer.at, length)
  return out
}

/** Fills the tree above its leaves: each level behind the one below, an odd last node carried up unchanged. @returns where the root begins */
function grow (tree: Uint8Array, size: number): number {
  let from = 0
  for (let width = size; width > 1; width = (width + 1) >> 1) {
    const above = from + width * DIGEST_LENGTH
    for (let i = 0; i < width; i += 2) {
      const at = from + i * DIGEST_LENGTH
      const to = above + (i >> 1) * DIGEST_LENGTH
      if (i + 1 === width) copy(tree, at, tree, to, DIGEST_LENGTH)
      else {
        copy(tree, at, nodes.room, nodes.from, 2 * DIGEST_LENGTH)
        nodes.hash(nodes.from + 2 * DIGEST_LENGTH, tree, to)
      }
    }
    from = above
  }
  return from
}

/** Writes what stands behind a statement. */
function end (out: Uint8Array, index: number, size: number, signed: { readonly tree: Uint8Array, readonly home: Signer, readonly signature: Uint8Array }): void {
  const { tree, home, signature } = signed
  const path = pathLength(index, size)
  const writer = new CborWriter(out, out.length - restBytes(index, size, path, home))
  writer.head(MAJOR.uint, index)
  writer.head(MAJOR.uint, size)
  writer.head(MAJOR.array, path)
  let from = 0
  for (let width = size, at = index; width > 1; width = (width + 1) >> 1, at >>= 1) {
    if ((at ^ 1) < width) writer.digest(tree, from + (at ^ 1) * DIGEST_LENGTH)
    from += width * DIGEST_LENGTH
  }
  writer.bytes(home.key)
  writer.bytes(signature)
}

/** Digests of a whole tree: its leaves, and each level above. */
function treeDigests (size: number): number {
  let digests = size
  for (let width = size; width > 1;) digests += width = (width + 1) >> 1
  return digests
}

/** A batch that waits for its signature. */
interface Unsigned {
  /** What is signed. */
  readonly root: Uint8Array
  /** Once. */
  readonly finish: (signature: Uint8Array) => Uint8Array[]
}

function prepare (statements: readonly Statement[], home: Signer): Unsigned {
  const size = statements.length
  if (size === 0 || size > 2 ** LIMITS.receiptPath) throw new BadInputError(`a batch of ${size} statements cannot be attested`)
  const tree = new Uint8Array(treeDigests(size) * DIGEST_LENGTH)
  const all = statements.map((statement, index) => begin(statement, index, size, tree, home))
  const rootAt = grow(tree, size)
  const root: Digest = tree.slice(rootAt, rootAt + DIGEST_LENGTH)
  const finish = (signature: Uint8Array): Uint8Array[] => {
    const signed = { tree, home, signature }
    let index = 0
    for (const out of all) end(out, index++, size, signed)
    return all
  }
  return { root: rootBytes(root, size), finish }
}

/**
 * Attests a batch with one signature.
 *
 * @param statements at least one, at most 2^{@link LIMITS.receiptPath}
 * @returns the attested bytes of each, in order: brief ones, of which one that is kept keeps 8 KiB
 * @throws BadInputError for an empty or too large batch
 */
export function attest (statements: readonly Statement[], home: Signer): Uint8Array[] {
  const { root, finish } = prepare(statements, home)
  return finish(home.sign(LABELS.receiptBatch, root))
}

/**
 * Like {@link attest}, signed beside the event loop if the home can do that, else at once.
 *
 * @param onAttested told the bytes, or why there are none: one of the two, once, now or in a later tick. It must not throw
 * @throws BadInputError for an empty or too large batch
 */
export function attestOnPool (statements: readonly Statement[], home: Signer, onAttested: (error: Error | null, attested: Uint8Array[]) => void): void {
  const { root, finish } = prepare(statements, home)
  if (home.signOnPool === undefined) onAttested(null, finish(home.sign(LABELS.receiptBatch, root)))
  else home.signOnPool(LABELS.receiptBatch, root, (error, signature) => { onAttested(error, error === null ? finish(signature) : []) })
}
