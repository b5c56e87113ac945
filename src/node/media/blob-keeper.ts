/** The node's own store of blocks, as those who add files use it: all that it keeps is kept by its blob service. */
import { InternalError, NotFoundError } from '../../protocol/wire/index.js'
import type { BlobService } from '../../relay/index.js'
import { nameBytes } from '../records/index.js'
import type { Keeper } from './keeper.js'

/** A keeper over a node's blob service. `name`: the service's for who keeps files that were added here, which is nobody's account. */
export function blobKeeper (service: BlobService, name = 'sent'): Keeper {
  const owner = nameBytes(name)
  return {
    begin: async (upload, bytes) => { await service.begin(owner, upload, bytes) },
    put: async (upload, blocks, options) => { await service.put(owner, upload, blocks, options) },
    finish: async (upload, root, size) => {
      const { missing } = await service.finish(owner, upload, root, size)
      if (missing.length > 0) throw new InternalError(`the own store lacks ${missing.length} blocks that it had just taken`)
    },
    drop: async upload => { await service.cancel(owner, upload) },
    release: async root => { await service.release(owner, root) },
    hold: async (root, size) => {
      // A lease of what is not here would have it fetched.
      if ((await service.hasBlocks([root]))[0] !== true) return false
      const { state } = await service.lease(owner, root, size)
      if (state !== 'held') await service.release(owner, root)
      return state === 'held'
    },
    get: async (cid, options) => {
      const bytes = await service.read(cid, options)
      if (bytes === undefined) throw new NotFoundError('the block is not here')
      return bytes
    }
  }
}
