/** Keeps blocks in a store that nobody else takes any from. */
import { blobRoot, NotFoundError, openIndex, type BlobPart, type Cid } from '../../protocol/wire/index.js'
import type { BlobStore } from '../../store/index.js'
import type { Keeper } from './keeper.js'

/** A keeper over a store of blocks alone. */
export function storeKeeper (blobs: BlobStore): Keeper {
  const held = new Map<string, number>()
  const name = (root: Cid): string => Buffer.from(root).toString('hex')
  const all = async function * (part: BlobPart): AsyncGenerator<BlobPart> {
    yield part
    const bytes = part.depth === 0 ? undefined : await blobs.get(part.cid)
    if (bytes !== undefined) for (const below of openIndex(part, bytes)) yield * all(below)
  }
  return {
    begin: async () => { await Promise.resolve() },
    put: async (_upload, blocks, options) => { await blobs.put(blocks, options) },
    finish: async (_upload, root, size) => {
      held.set(name(root), size)
      await Promise.resolve()
    },
    drop: async () => { await Promise.resolve() },
    release: async root => {
      const size = held.get(name(root))
      if (size === undefined) return
      const cids: Cid[] = []
      for await (const { cid } of all(blobRoot(root, size))) cids.push(cid)
      await blobs.delete(cids)
    },
    hold: async (root, size) => {
      held.set(name(root), size)
      for await (const { cid } of all(blobRoot(root, size))) if ((await blobs.has([cid]))[0] !== true) return false
      return true
    },
    get: async (cid, options) => {
      const bytes = await blobs.get(cid, options)
      if (bytes === undefined) throw new NotFoundError('the block is not here')
      return bytes
    }
  }
}
