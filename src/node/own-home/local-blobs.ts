/** Blocks of the own home, without any network: what the node's own service keeps. */
import type { Block, KeyBytes } from '../../protocol/wire/index.js'
import type { BlobService } from '../../relay/index.js'
import type { BlobClient } from '../../relay/net/index.js'

/** A stream of blocks to the node's own service, as its account. */
export function localBlobs (service: BlobService, account: KeyBytes, peer: KeyBytes): BlobClient {
  return {
    peer,
    isClosed: false,
    closed: new Promise(() => undefined),
    put: async (upload, blocks, { signal, onAcked } = {}) => {
      for await (const block of blocks) {
        await service.put(account, upload, [block], signal === undefined ? {} : { signal })
        onAcked?.(block.bytes)
      }
    },
    get: async function * (cids, { signal } = {}): AsyncGenerator<Block> {
      for (const cid of cids) {
        const bytes = await service.read(cid, signal === undefined ? {} : { signal })
        if (bytes !== undefined) yield { cid, bytes }
      }
    },
    close: async () => { await Promise.resolve() }
  }
}
