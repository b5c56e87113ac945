/** What is appended to a log, and what becomes of it. */
import type { Digest, PetrelError } from '../protocol/wire/index.js'
import type { LogEntry, LogHead } from './contract.js'

/** What a builder gives back for the store to keep. */
export interface BuiltEntry {
  readonly leaf: Uint8Array
  readonly payload: Uint8Array
  /** The entry was erased elsewhere, before it came here: `payload` is its SHA-256. */
  readonly erased?: boolean
  /** The chain's new hash, 32 bytes. */
  readonly hash: Digest
  /** Whether `lastCommit` becomes this entry's number. */
  readonly isCommit: boolean
  /** The log's new meta; unchanged when absent. */
  readonly meta?: Uint8Array
  /** The log's new term; unchanged when absent. */
  readonly term?: number
}

/** One append. */
export interface AppendItem {
  readonly log: Uint8Array
  /** The entry's id for ever: 1 to 64 bytes. Looked up first: an id that is there already returns its first record. */
  readonly id: Uint8Array
  /** Accept only when the head is at this number, and at this hash when it is given. */
  readonly expectHead?: { readonly seq: number, readonly hash?: Digest }
  /** Accept only when the last commit has this number (0: none yet). */
  readonly baseCommit?: number
  /**
   * Items that share a lane are a pipeline: once one of them was refused, in conflict or of unknown outcome, every
   * later one, in this call or another, is refused with ConflictError. A fresh object starts afresh.
   */
  readonly lane?: object
  /**
   * Called under the log's turn, at most once, synchronously: nothing else changes the log between `head` and the
   * write. The entry gets number `head.seq + 1`. A throw refuses only this item. Must not keep side effects: the
   * write may still fail.
   */
  readonly build: (head: LogHead, now: number) => BuiltEntry
}

/** What became of one append. Of `appended`, the record is durable. */
export type AppendResult =
  | { readonly status: 'appended', readonly seq: number, readonly record: LogEntry }
  /** The id was there: its first record, or null when it has been trimmed since. Nothing was written. */
  | { readonly status: 'duplicate', readonly seq: number, readonly record: LogEntry | null }
  /** An expectation did not hold. Nothing was written. */
  | { readonly status: 'conflict', readonly head: LogHead }
  /** The builder, or a check of the store (NotFoundError: no such log), said no. Nothing was written. */
  | { readonly status: 'refused', readonly error: PetrelError }

/** Told what became of a call's items: one of the two, once. Neither must throw. */
export interface AppendSink {
  /** All results are durable. Everything one fsync made durable is told in one tick. */
  appended: (results: AppendResult[]) => void
  /** The outcome is unknown: it may be tried again with the same ids. */
  failed: (error: PetrelError) => void
}
