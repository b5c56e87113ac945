/**
 * A blob's tree. Its bytes are cut into leaves, all full but the last; above them stand index nodes with up to
 * blobFanOut links, each full but the last of its row. So the size alone says how many leaves and nodes there are and
 * how deep they stand, and a tree of another form does not hold. WIRE.md, Blobs.
 */
import { CID } from 'multiformats/cid'
import { decodeCbor, encodeCbor } from './cbor.js'
import { CODEC, cidCodec, cidOf, cidShape, requireBlock, type Cid } from './cid.js'
import { BadInputError, ProofError, TooLargeError } from './errors.js'
import { LIMITS } from './limits.js'
import { decodePlainIndex, encodePlainIndex } from './plain-index.js'
import * as shape from './shape.js'

/** An index node: the bytes of all leaves below it, and the blocks right below it in order. */
export interface IndexNode { v: 1, size: number, links: Cid[], unknown?: Record<string, unknown> }

/** A block with its name. */
export interface Block { readonly cid: Cid, readonly bytes: Uint8Array }

/** A place in a blob's tree: a leaf (depth 0) or an index node, with what it must hold. */
export interface BlobPart {
  readonly cid: Cid
  /** Bytes of all leaves at and below it. Of a leaf: its own bytes. */
  readonly size: number
  /** Rows of blocks below it: 0 for a leaf. */
  readonly depth: number
  /** The number of its first leaf in the blob, from 0. */
  readonly first: number
}

/** Bytes of the leaves below one full index node right above leaves. */
const ROW_BYTES = LIMITS.blobBytes * LIMITS.blobFanOut

/** How many leaves a blob of `size` bytes has, and how many rows of index nodes above them (0 to 2). @throws BadInputError, TooLargeError for a size that no blob has */
export function treeForm (size: number): { leaves: number, depth: number } {
  if (!Number.isSafeInteger(size) || size < 1) throw new BadInputError(`a blob's size is a whole number from 1, not ${size}`)
  if (size > LIMITS.blobTreeBytes) throw new TooLargeError(`a blob has at most ${LIMITS.blobTreeBytes} bytes, not ${size}`, { details: { bytes: size, limit: LIMITS.blobTreeBytes } })
  return { leaves: Math.ceil(size / LIMITS.blobBytes), depth: size <= LIMITS.blobBytes ? 0 : size <= ROW_BYTES ? 1 : 2 }
}

const link: shape.Shape<Cid> = (value, path) => {
  const cid = CID.asCID(value)
  if (cid === null) throw new BadInputError(`${path}: expected a link`)
  return cidShape(cid.bytes, path)
}
const nodeShape = shape.struct({ v: shape.literal(1), size: shape.uint(LIMITS.blobTreeBytes, 1), links: shape.array(link, LIMITS.blobFanOut, 1) })

/** Bytes below each link of a node but the last, which may have fewer. */
function linkBytes (codec: number): number { return codec === CODEC.raw ? LIMITS.blobBytes : ROW_BYTES }

/** That the size and the kind of its links fit their number. A node above index nodes stands only where one row does not reach. */
function requireForm ({ size, links }: IndexNode): void {
  const [first] = links
  const codec = first === undefined ? CODEC.raw : cidCodec(first)
  if (links.some(cid => cidCodec(cid) !== codec)) throw new BadInputError('an index node links to leaves or to index nodes, never to both')
  if (links.length !== Math.ceil(size / linkBytes(codec)) || (codec === CODEC.dagCbor && links.length < 2)) {
    throw new BadInputError(`an index node of ${size} bytes does not have ${links.length} links of this kind`)
  }
}

/** An index node as dag-cbor. @throws BadInputError when size and links do not fit each other */
export function encodeIndex (node: IndexNode): Uint8Array {
  requireForm(node)
  const { links, ...rest } = node
  if (node.unknown === undefined && Number.isSafeInteger(node.size)) return encodePlainIndex(node)
  return encodeCbor({ ...shape.open(rest), links: links.map(cid => CID.decode(cid)) })
}

/** An index node from its bytes; that it is the one its CID names is for {@link openIndex}. @throws BadInputError, TooLargeError */
export function decodeIndex (bytes: Uint8Array): IndexNode {
  const plain = bytes.length > LIMITS.indexBytes ? undefined : decodePlainIndex(bytes)
  const node: IndexNode = plain === undefined ? nodeShape(decodeCbor(bytes, LIMITS.indexBytes), 'index node') : { v: 1, ...plain }
  requireForm(node)
  return node
}

/** The root of a blob of `size` bytes. @throws BadInputError when the CID is of a leaf where an index node must be, or the other way round */
export function blobRoot (cid: Cid, size: number): BlobPart {
  const { depth } = treeForm(size)
  if (cidCodec(cid) !== (depth === 0 ? CODEC.raw : CODEC.dagCbor)) throw new BadInputError(`the root of ${size} bytes is ${depth === 0 ? 'a leaf' : 'an index node'}, and this CID names the other`)
  return { cid, size, depth, first: 0 }
}

/**
 * The parts right below an index node, in order, once its bytes have been checked: they are those its CID names, and
 * have the size and the form that stand above.
 *
 * @throws ProofError when the bytes are not the node's, or the node is not what stands above it
 * @throws BadInputError, TooLargeError for what is no index node
 */
export function openIndex (part: BlobPart, bytes: Uint8Array): BlobPart[] {
  if (part.depth === 0) throw new BadInputError('a leaf is no index node')
  requireBlock(part.cid, bytes)
  const { size, links } = decodeIndex(bytes)
  const above = part.depth === 1 ? CODEC.raw : CODEC.dagCbor
  if (size !== part.size || links.some(cid => cidCodec(cid) !== above)) throw new ProofError('an index node has another size or depth than what stands above it says')
  const full = linkBytes(above)
  return links.map((cid, i): BlobPart => ({
    cid,
    size: Math.min(full, size - i * full),
    depth: part.depth - 1,
    first: part.first + i * (full / LIMITS.blobBytes)
  }))
}

/** Checks a leaf's bytes: their number, then their hash. @throws ProofError when they are not the leaf's */
export function requireLeaf (part: BlobPart, bytes: Uint8Array): void {
  if (part.depth !== 0) throw new BadInputError('an index node is no leaf')
  if (bytes.length !== part.size) throw new ProofError(`a leaf of ${part.size} bytes came with ${bytes.length}`)
  requireBlock(part.cid, bytes)
}

/**
 * Builds a blob's tree as its leaves come, one after another. Holds one row of CIDs for each depth: 36 KiB and less
 * than 1 KiB for the largest blob, whatever its size.
 */
export class TreeBuilder {
  #size = 0
  #last: Cid | undefined
  #row: Cid[] = []
  #rowBytes = 0
  #lastBytes: number = LIMITS.blobBytes
  readonly #nodes: Cid[] = []

  /** Bytes of all leaves so far. */
  get size (): number { return this.#size }

  /**
   * Takes the next leaf. Returns the index nodes that are whole with it: none, or one.
   *
   * @throws BadInputError after a leaf that was not full, or for an empty one
   * @throws TooLargeError for a leaf or a tree over the limit
   */
  add (leaf: Cid, bytes: number): Block[] {
    if (cidCodec(leaf) !== CODEC.raw) throw new BadInputError('a leaf\'s CID has the codec raw')
    if (this.#lastBytes !== LIMITS.blobBytes) throw new BadInputError('only a blob\'s last leaf may be shorter than a full one')
    if (bytes > LIMITS.blobBytes) throw new TooLargeError(`a leaf has at most ${LIMITS.blobBytes} bytes, not ${bytes}`)
    treeForm(bytes)
    treeForm(this.#size + bytes)
    this.#last = leaf
    this.#lastBytes = bytes
    this.#size += bytes
    this.#row.push(leaf)
    this.#rowBytes += bytes
    return this.#row.length === LIMITS.blobFanOut ? [this.#closeRow()] : []
  }

  /** Ends the tree: the root, the bytes of all leaves, and the index nodes that were not given out yet. @throws BadInputError without a leaf */
  finish (): { root: Cid, size: number, nodes: Block[] } {
    if (this.#last === undefined) throw new BadInputError('a blob has at least one leaf')
    if (this.#size <= LIMITS.blobBytes) return { root: this.#last, size: this.#size, nodes: [] }
    const nodes = this.#row.length === 0 ? [] : [this.#closeRow()]
    const [only] = this.#nodes
    if (only !== undefined && this.#nodes.length === 1) return { root: only, size: this.#size, nodes }
    const root = indexBlock(this.#size, this.#nodes)
    return { root: root.cid, size: this.#size, nodes: [...nodes, root] }
  }

  #closeRow (): Block {
    const block = indexBlock(this.#rowBytes, this.#row)
    this.#nodes.push(block.cid)
    this.#row = []
    this.#rowBytes = 0
    return block
  }
}

function indexBlock (size: number, links: Cid[]): Block {
  const bytes = encodeIndex({ v: 1, size, links })
  return { cid: cidOf(CODEC.dagCbor, bytes), bytes }
}
