/** What the node's own store of blocks is to those who add files to it. */
import type { Block, Cid } from '../../protocol/wire/index.js'

/** Ends a call early. */
export interface Ending { readonly signal?: AbortSignal }

/** Ends a reading early, and gives memory for the block. */
export interface Reading extends Ending { readonly memory?: (length: number) => Uint8Array }

/** Keeps blocks on this node's disk for as long as an upload that is open, or a lease, reaches them. */
export interface Keeper {
  /** Begins to take blocks under an id, or goes on. `bytes`: of all leaves. @throws ReadOnlyError, TooLargeError, QuotaError */
  begin: (upload: Uint8Array, bytes: number, options?: Ending) => Promise<void>
  /** Durable when it resolves. @throws ReadOnlyError when the disk refuses */
  put: (upload: Uint8Array, blocks: readonly Block[], options?: Ending) => Promise<void>
  /** Ends an upload: the tree of `root` stays. @throws NotFoundError when a block of it is missing */
  finish: (upload: Uint8Array, root: Cid, size: number, options?: Ending) => Promise<void>
  /** Drops what came under an id, unless something else needs it. */
  drop: (upload: Uint8Array) => Promise<void>
  /** Drops the tree of a root, unless something else needs it. */
  release: (root: Cid) => Promise<void>
  /** Keeps the tree of a root if all of it is here, and says whether it is. */
  hold: (root: Cid, size: number) => Promise<boolean>
  /** A block, in memory that is given for it if so told. @throws NotFoundError when it is not here, CorruptError */
  get: (cid: Cid, options?: Reading) => Promise<Uint8Array>
}
