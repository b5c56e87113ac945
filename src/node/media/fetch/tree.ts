/**
 * The blocks of one file by number, as far as its tree is known: leaf n is item n, the root of several leaves is item -1,
 * and the index nodes right below it are items -2, -3 and so on. Pure.
 */
import { blobRoot, CID_LENGTH, LIMITS, openIndex, ProofError, treeForm, type BlobPart, type Cid } from '../../../protocol/wire/index.js'

const ROOT = -1

/** See the file's head. Of a file of 4 GiB it takes 0.6 MB: a row of leaves is kept as its CIDs, one after another. */
export class FileTree {
  readonly leaves: number
  readonly #root: BlobPart
  readonly #size: number
  /** Index nodes right below the root, of a file with two rows of them. */
  #nodes: readonly BlobPart[] | undefined
  readonly #rows = new Map<number, Uint8Array>()

  /** @param size - of the sealed file @throws BadInputError, TooLargeError when no blob has this root and size */
  constructor (root: Cid, size: number) {
    this.#root = blobRoot(root, size)
    this.#size = size
    this.leaves = treeForm(size).leaves
  }

  /** The item to have first on the way to a leaf: the leaf itself once its place is known, else an index node above it. */
  next (leaf: number): number {
    if (this.part(leaf) !== undefined) return leaf
    return this.#root.depth === 2 && this.#nodes !== undefined ? -2 - rowOf(leaf) : ROOT
  }

  /** What an item is, or undefined while the tree is not known that far. */
  part (item: number): BlobPart | undefined {
    if (item === ROOT) return this.#root.depth === 0 ? undefined : this.#root
    if (item < 0) return this.#nodes?.[-2 - item]
    if (this.#root.depth === 0) return item === 0 ? this.#root : undefined
    const at = (item - rowOf(item) * LIMITS.blobFanOut) * CID_LENGTH
    const cid = this.#rows.get(rowOf(item))?.subarray(at, at + CID_LENGTH)
    if (cid?.length !== CID_LENGTH) return undefined
    return { cid, size: Math.min(LIMITS.blobBytes, this.#size - item * LIMITS.blobBytes), depth: 0, first: item }
  }

  /** Takes an index node's bytes. @throws as {@link requirePart} */
  learn (item: number, bytes: Uint8Array): void {
    const part = this.part(item)
    if (part === undefined) return
    const below = opened(part, bytes)
    if (part.depth === 2) {
      this.#nodes = below
      return
    }
    const cids = new Uint8Array(below.length * CID_LENGTH)
    for (const [i, { cid }] of below.entries()) cids.set(cid, i * CID_LENGTH)
    this.#rows.set(rowOf(part.first), cids)
  }
}

/**
 * Checks that bytes, which are those of the part's CID, are such a part of a file.
 *
 * @throws ProofError when they are not: then whoever made the file lies, and nobody has a better one
 */
export function requirePart (part: BlobPart, bytes: Uint8Array): void {
  if (part.depth > 0) opened(part, bytes)
  else if (bytes.length !== part.size) throw new ProofError('the file\'s tree does not hold: a block has another length than it must have')
}

function opened (part: BlobPart, bytes: Uint8Array): BlobPart[] {
  try {
    return openIndex(part, bytes)
  } catch (cause) {
    throw new ProofError('the file\'s tree does not hold: whoever sent the message is broken or lies', { cause })
  }
}

function rowOf (leaf: number): number { return Math.floor(leaf / LIMITS.blobFanOut) }
