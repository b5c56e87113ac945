/** Walks what is here of a blob's tree, and sees to it that its index nodes keep what they link to. */
import { blobRoot, cidCodec, cidText, CODEC, decodeIndex, openIndex, ProofError, type Block, type BlobPart, type Cid, type IndexNode } from '../../protocol/wire/index.js'
import { mapKey } from '../bytes-text.js'
import type { Blocks } from './blocks.js'
import { isTop } from './claims.js'
import type { References } from './references.js'

/** What is here of a blob. */
export interface TreeState {
  /** Bytes of leaves that are here. */
  readonly have: number
  /** The first blocks that are not here, index nodes before what they link to. */
  readonly missing: readonly Cid[]
  /** Whether nothing is missing. */
  readonly isWhole: boolean
  /** Map keys of all blocks of the tree that are known. */
  readonly names: ReadonlySet<string>
}

interface Walk { have: number, count: number, readonly missing: Cid[], readonly names: Set<string>, readonly limit: number }

/** See the file's head. */
export class Trees {
  readonly #blocks: Blocks
  readonly #references: References

  constructor (blocks: Blocks, references: References) {
    this.#blocks = blocks
    this.#references = references
  }

  /**
   * Looks at a blob whose root is kept by somebody. `limit`: how many missing blocks are named.
   *
   * @throws BadInputError, TooLargeError for a size or a root that no blob has; ProofError when a block that is here is not what the size says
   */
  async look (root: Cid, size: number, limit: number): Promise<TreeState> {
    const walk: Walk = { have: 0, count: 0, missing: [], names: new Set(), limit }
    const part = blobRoot(root, size)
    if (part.depth === 0) await this.#leaves([part], walk)
    else await this.#node(part, walk)
    return { have: walk.have, missing: walk.missing, isWhole: walk.count === 0, names: walk.names }
  }

  /**
   * Whether there is a reason to keep each of these blocks of a blob, which is leased. An index node is here before it is
   * written that it keeps what it links to: where a crash or a full disk came between, that is made up for.
   *
   * @throws ProofError when a block that is here is not what the blob's size says
   */
  async haveAll ({ root, size }: { readonly root: Cid, readonly size: number }, blocks: readonly Block[]): Promise<boolean> {
    const areKept = async (): Promise<boolean> => (await Promise.all(blocks.map(({ cid }) => this.#references.has(cid)))).every(Boolean)
    if (await areKept()) return true
    await this.look(root, size, 0)
    return await areKept()
  }

  /** The root and all blocks below it that are known here. */
  async below (root: Cid): Promise<Cid[]> {
    const all = new Map([[mapKey(root), root]])
    // A map goes on with what is added while it is walked.
    for (const cid of all.values()) {
      if (cidCodec(cid) !== CODEC.dagCbor) continue
      const bytes = await this.#blocks.readAny(cid)
      if (bytes !== undefined) for (const link of decodeIndex(bytes).links) all.set(mapKey(link), link)
    }
    return [...all.values()]
  }

  /** Of the root and the blocks below it, those that no lease reaches otherwise: what others have in common with it stays theirs. */
  async alone (root: Cid): Promise<Cid[]> {
    const all = await this.below(root)
    const alone = new Set(all.map(mapKey))
    // One after another, from above: what stands below a node that others have they have too.
    for (const cid of all) if (await this.#references.isLeasedBeside(cid, alone, root)) alone.delete(mapKey(cid))
    return all.filter(cid => alone.has(mapKey(cid)))
  }

  /** Writes that an index node that is here keeps what it links to. @throws ProofError when that stands above index nodes itself */
  async keep (cid: Cid, node: IndexNode): Promise<void> {
    if (isTop(node)) {
      await this.#references.belowNothing(cid)
      for (const below of node.links) {
        const bytes = await this.#blocks.readAny(below)
        if (bytes !== undefined && isTop(decodeIndex(bytes))) throw new ProofError('a tree has two rows of index nodes at most')
      }
    }
    await this.#references.addLinks(cid, node.links)
  }

  async #node (part: BlobPart, walk: Walk): Promise<void> {
    walk.names.add(mapKey(part.cid))
    const bytes = await this.#blocks.read(part.cid)
    if (bytes === undefined) { miss(part, walk); return }
    const parts = openIndex(part, bytes)
    await this.keep(part.cid, { v: 1, size: part.size, links: parts.map(({ cid }) => cid) })
    if (part.depth === 1) { await this.#leaves(parts, walk); return }
    for (const below of parts) await this.#node(below, walk)
  }

  async #leaves (parts: readonly BlobPart[], walk: Walk): Promise<void> {
    const sizes = await this.#blocks.sizes(parts.map(({ cid }) => cid))
    for (const [i, part] of parts.entries()) {
      walk.names.add(mapKey(part.cid))
      const size = sizes[i]
      if (size === undefined) miss(part, walk)
      else if (size !== part.size) throw new ProofError(`the leaf ${cidText(part.cid)} has ${size} bytes where its blob has ${part.size}`)
      else walk.have += size
    }
  }
}

function miss ({ cid }: BlobPart, walk: Walk): void {
  walk.count++
  if (walk.missing.length < walk.limit) walk.missing.push(cid)
}
