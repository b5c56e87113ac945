/** The blocks of a file that is whole in the node's own store, in the order in which others may have them. */
import { blobRoot, CorruptError, NotFoundError, openIndex, type BlobPart, type Block, type Cid } from '../../protocol/wire/index.js'
import type { Ending, Keeper, Reading } from './keeper.js'

/** A block of a file is not in the own store any more, or the disk has spoilt it: the file must be added again. */
export class LostError extends NotFoundError {}

/**
 * Pages of a blob's blocks: each index node's links, then itself; so whoever takes them in order has everything below a
 * node before the node. Memory holds one index node for each depth.
 *
 * @param size - bytes of all leaves
 * @throws LostError
 */
export async function * pagesOf (keeper: Keeper, root: Cid, size: number, options?: Ending): AsyncGenerator<BlobPart[]> {
  yield * below(keeper, blobRoot(root, size), options)
  yield [blobRoot(root, size)]
}

async function * below (keeper: Keeper, part: BlobPart, options?: Ending): AsyncGenerator<BlobPart[]> {
  if (part.depth === 0) return
  const parts = openIndex(part, await here(keeper, part.cid, options))
  if (part.depth > 1) for (const one of parts) yield * below(keeper, one, options)
  yield parts
}

/** A block with its bytes. @throws LostError */
export async function blockOf (keeper: Keeper, { cid }: BlobPart, options?: Reading): Promise<Block> { return { cid, bytes: await here(keeper, cid, options) } }

async function here (keeper: Keeper, cid: Cid, options?: Reading): Promise<Uint8Array> {
  try {
    return await keeper.get(cid, options)
  } catch (cause) {
    if (cause instanceof NotFoundError || cause instanceof CorruptError) throw new LostError('a part of the file is not here any more: add the file again', { cause })
    throw cause
  }
}
