/** What a home relay is to those who bring files to it. */
import type { Block, Cid, KeyBytes, PetrelError } from '../../protocol/wire/index.js'
import type { Ending } from './keeper.js'
import type { Holder } from '../../protocol/message/index.js'

/** A home relay of this account, and the calls about blocks. They throw as RelayLink's calls do. */
export interface MediaHome {
  readonly peer: KeyBytes
  /** Where others reach it. */
  readonly addrs: readonly string[]
  /** Whether a session is there. */
  readonly isConnected: boolean
  /** Why not. */
  readonly lastError: PetrelError | null
  /** Calls `listener` when a session comes. Returns the way to stop that. */
  onConnected: (listener: () => void) => () => void
  /** Begins an upload, or goes on with it. `bytes`: of all leaves. @throws QuotaError, TooLargeError, ForbiddenError, UnsupportedError … */
  beginUpload: (upload: Uint8Array, bytes: number, options?: Ending) => Promise<void>
  /** Which blocks are there, at most blobFanOut of them: those are kept for the upload. */
  hasBlocks: (upload: Uint8Array, cids: readonly Cid[], options?: Ending) => Promise<boolean[]>
  /** Hands over blocks; resolves when all are durable there. `onAcked` is given the bytes of each that is, which nobody there looks at any more. */
  putBlocks: (upload: Uint8Array, blocks: AsyncIterable<Block>, options: Ending & { onAcked?: (bytes: Uint8Array) => void }) => Promise<void>
  /** Ends an upload: the account holds the root there from now on. @returns blocks that are missing, and then it goes on */
  finishUpload: (upload: Uint8Array, root: Cid, size: number, options?: Ending) => Promise<Cid[]>
  /** Gives an upload up. */
  dropUpload: (upload: Uint8Array, options?: Ending) => Promise<void>
  /** Has the relay hold a root for the account, and fetch what it lacks from others that hold it. Whether it has all of it. */
  lease: (root: Cid, size: number, sources: readonly Holder[], options?: Ending) => Promise<boolean>
  /** Ends that. */
  release: (root: Cid, options?: Ending) => Promise<void>
}
