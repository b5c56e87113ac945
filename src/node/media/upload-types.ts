/** What bringing files to relays works with. */
import type { Holder } from '../../protocol/message/index.js'
import type { Cid, PetrelError } from '../../protocol/wire/index.js'
import type { Turns } from '../../store/index.js'
import type { NodeLog } from '../log.js'
import type { UpdateLog } from '../updates/index.js'
import type { FileTable } from './file-table.js'
import type { MediaHome } from './home.js'
import type { Keeper } from './keeper.js'
import type { Transfers } from './transfers.js'

/** What an uploader works with. */
export interface UploaderParts {
  readonly table: FileTable
  readonly keeper: Keeper
  readonly transfers: Transfers
  /** How an upload ended is told here. */
  readonly updates: Pick<UpdateLog, 'write'>
  /** The home relays of this account, the one to begin with first. */
  readonly homes: () => readonly MediaHome[]
  /** One piece of work on a file at a time. */
  readonly turns: Turns
  readonly log: NodeLog
  /** The first pause after a refusal, ms; it doubles up to `mostMs`. As in LIMITS unless told. */
  readonly timing?: Partial<UploadTiming> | undefined
  readonly shelf: Shelf
}

/** Where files of others, and those that are at a home, are kept while there is room. */
export interface Shelf {
  /** Takes in a file that is whole here. `size`: of the blob. */
  readonly adopt: (root: Cid, size: number) => Promise<void>
  /** Drops a file. */
  readonly forget: (root: Cid) => Promise<void>
}

/** Pauses of uploads, ms. */
export interface UploadTiming { readonly retryMs: number, readonly mostMs: number }

/** A file that a message waits for. */
export interface Wanted {
  readonly root: Cid
  /** Bytes of the blob. */
  readonly size: number
  /** Who else holds it, as far as is known: for a file that is not here. */
  readonly sources: readonly Holder[]
}

/** Who waits for a file to be at a home. */
export interface Waiter {
  /** It is, at these. */
  readonly ready: (holders: readonly Holder[]) => void
  /** It never will be. */
  readonly failed: (error: PetrelError) => void
}
