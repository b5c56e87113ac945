/** What every driver gives for blocks. One contract suite runs against all of them. */
import type { Block, Cid } from '../protocol/wire/index.js'
import type { Abortable } from './abort.js'

/** How many blocks there are and what they take. */
export interface BlobUsage {
  readonly blocks: number
  /** Bytes of the blocks themselves. */
  readonly bytes: number
  /** Bytes they take on the disk, with what is deleted there and not given back yet. */
  readonly diskBytes: number
}

/** How a block is read. */
export interface ReadOptions extends Abortable {
  /** A part of it. */
  readonly start?: number
  readonly end?: number
  /** Gives memory for a block of that length, which a driver may use in place of new one: it is the caller's again with what comes, and lost when nothing does. */
  readonly memory?: ((length: number) => Uint8Array) | undefined
}

/** How blocks are deleted. */
export interface DeleteOptions extends Abortable {
  /**
   * Those of which the bytes must not lie on the disk any more when it resolves. Of others they lie there until the space is
   * used or given back. Copies that the disk itself or earlier moves have left behind are out of reach.
   */
  readonly overwrite?: (cid: Cid) => boolean
}

/**
 * Blocks by the hash of their bytes, each kept once. The store knows nothing of who needs a block: that is for the
 * service above it, the only one that deletes. Calls take effect in their order.
 */
export interface BlobStore {
  /**
   * Keeps blocks; resolved once all of them are on the disk (one sync for all that comes together). What is there already
   * costs a look-up. A rejection means "unknown": put them again.
   * @throws ProofError when bytes are not those the CID names, BadInputError for no CID, TooLargeError over LIMITS.blobBytes: then none is kept
   * @throws ReadOnlyError when the disk refuses; UnavailableError when the store is closed; AbortedError
   */
  put: (blocks: readonly Block[], options?: Abortable) => Promise<void>
  /**
   * The block, or a part of it, or undefined when it is not here. The whole of it is read and checked either way.
   * @throws CorruptError when the disk does not hold what was put: delete it and put it again
   * @throws BadInputError for a range beyond its end
   */
  get: (cid: Cid, options?: ReadOptions) => Promise<Uint8Array | undefined>
  /** Which of them are here, in their order. */
  has: (cids: readonly Cid[], options?: Abortable) => Promise<boolean[]>
  /** Their sizes in bytes, in their order; undefined where one is not here. */
  sizes: (cids: readonly Cid[], options?: Abortable) => Promise<Array<number | undefined>>
  /** Removes blocks, and returns how many were here. Their bytes leave the disk in a while, those of `overwrite` at once. @throws ReadOnlyError, UnavailableError */
  delete: (cids: readonly Cid[], options?: DeleteOptions) => Promise<number>
  /** Every block, from after CID `after` on, in the CIDs' order. */
  list: (options?: Abortable & { after?: Cid }) => AsyncIterable<{ readonly cid: Cid, readonly size: number }>
  readonly usage: BlobUsage
  /** Blocks that were found on the disk after a crash, of which the index knew nothing: perhaps nobody was told that they are kept. */
  readonly recovered: readonly Cid[]
}
