/** The node's own store of blocks, as those who add files use it: all that it keeps is kept by its blob service. */
import { InternalError, NotFoundError } from '../../protocol/wire/index.js'
import type { BlobService } from '../../relay/index.js'
import { nameBytes } from '../records/index.js'
import type { Keeper } from './keeper.js'

// The service's name for who keeps files that were added here: nobody's account.
const SENT = nameBytes('sent')

/** A keeper over a node's blob service. */
export function blobKeeper (service: BlobService): Keeper {
  return {
    begin: async (upload, bytes) => { await service.begin(SENT, upload, bytes) },
    put: async (upload, blocks, options) => { await service.put(SENT, upload, blocks, options) },
    finish: async (upload, root, size) => {
      const { missing } = await service.finish(SENT, upload, root, size)
      if (missing.length > 0) throw new InternalError(`the own store lacks ${missing.length} blocks that it had just taken`)
    },
    drop: async upload => { await service.cancel(SENT, upload) },
    release: async root => { await service.release(SENT, root) },
    hold: async (root, size) => {
      // A lease of what is not here would have it fetched.
      if ((await service.hasBlocks([root]))[0] !== true) return false
      const { state } = await service.lease(SENT, root, size)
      if (state !== 'held') await service.release(SENT, root)
      return state === 'held'
    },
    get: async (cid, options) => {
      const bytes = await service.read(cid, options)
      if (bytes === undefined) throw new NotFoundError('the block is not here')
      return bytes
    }
  }
}
