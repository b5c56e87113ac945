/** The store's blocks, as the services use them: what the operator took down is not there, and what is damaged goes. */
import { cidCodec, CODEC, CorruptError, ForbiddenError, cidText, type Block, type Cid } from '../../protocol/wire/index.js'
import type { Abortable, BlobStore, KeyValueStore, ReadOptions } from '../../store/index.js'
import type { Logger } from '../logger.js'
import type { Down } from './down.js'
import { blobKey, linkOfReference, under } from './keys.js'

/** What it works with. */
export interface BlocksParts {
  readonly blobs: BlobStore
  readonly kv: KeyValueStore
  readonly down: Down
  readonly log: Logger
}

/** See the file's head. */
export class Blocks {
  readonly #parts: BlocksParts

  constructor (parts: BlocksParts) { this.#parts = parts }

  /** @throws as BlobStore.put; ForbiddenError for one that is taken down */
  async put (blocks: readonly Block[], options: Abortable = {}): Promise<void> {
    for (const { cid } of blocks) this.requireUp(cid)
    await this.#parts.blobs.put(blocks, options)
  }

  /** The block, or undefined when it is not here. @throws ForbiddenError when it is taken down */
  async read (cid: Cid, options: ReadOptions = {}): Promise<Uint8Array | undefined> {
    this.requireUp(cid)
    return await this.readAny(cid, options)
  }

  /** The same of one that may be taken down: for whoever tidies up. */
  async readAny (cid: Cid, options: ReadOptions = {}): Promise<Uint8Array | undefined> {
    try {
      return await this.#parts.blobs.get(cid, options)
    } catch (error) {
      if (!(error instanceof CorruptError)) throw error
      this.#parts.log('error', 'blob.damaged', { cid: cidText(cid) })
      await this.forget(cid)
      return undefined
    }
  }

  /** Sizes of those that are here. */
  async sizes (cids: readonly Cid[]): Promise<Array<number | undefined>> {
    const sizes = await this.#parts.blobs.sizes(cids)
    return sizes.map((size, i) => cids[i] !== undefined && this.#parts.down.isDown(cids[i]) ? undefined : size)
  }

  /** @throws ForbiddenError when the block is taken down */
  requireUp (cid: Cid): void {
    if (this.#parts.down.isDown(cid)) throw takenDown()
  }

  /** @throws ForbiddenError when the blob is taken down */
  requireRootUp (root: Cid): void {
    if (this.#parts.down.isRootDown(root)) throw takenDown()
  }

  /**
   * Deletes a block of which the bytes are no use, though there may be reasons to keep it: it can be fetched again. What
   * an index node linked to is noted, for nothing else says it any more.
   */
  async forget (cid: Cid): Promise<void> {
    const { blobs, kv } = this.#parts
    if (cidCodec(cid) === CODEC.dagCbor) {
      const links: Uint8Array[] = []
      for await (const [key] of kv.iterate(under(blobKey('reference')))) {
        const link = linkOfReference(key)
        if (link !== undefined && Buffer.compare(link.parent, cid) === 0) links.push(link.child)
      }
      if (links.length > 0) await kv.batch([{ type: 'put', key: blobKey('lost', cid), value: new Uint8Array(Buffer.concat(links)) }])
    }
    await blobs.delete([cid])
  }
}

function takenDown (): ForbiddenError { return new ForbiddenError('the operator of this relay took that file down') }
