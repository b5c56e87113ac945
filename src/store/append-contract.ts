/** Where a log stands, what is appended to it, and what becomes of that. */
import type { Digest, PetrelError } from '../protocol/wire/index.js'

/** Where a log stands. */
export interface LogHead {
  /** The last entry's number; 0 (or the number given at create) when there is none yet. */
  readonly seq: number
  /** The chain's hash at `seq`, 32 bytes. */
  readonly hash: Digest
  /** The number of the last commit; 0 when there is none. */
  readonly lastCommit: number
  /** The home's tenure, from 0. The service changes it by updateMeta or a builder. */
  readonly term: number
  /** Opaque bytes of the service, changed in the same write as the entry: capability keys, quota counters. */
  readonly meta: Uint8Array
  /** The first number still kept: 1 (or the number given at create, plus 1) until a trim. */
  readonly first: number
  /** Bytes of leaves and payloads kept now. */
  readonly bytes: number
}

/** An entry as it is kept. */
export interface LogEntry {
  readonly seq: number
  /** The id it was appended with. */
  readonly id: Uint8Array
  /** The log's term when it was appended. */
  readonly term: number
  /** What the builder was told as `now`, in milliseconds. */
  readonly time: number
  readonly isCommit: boolean
  readonly leaf: Uint8Array
  /** The entry's bytes; once erased, their SHA-256. */
  readonly payload: Uint8Array
  readonly erased: boolean
  readonly prevHash: Digest
  readonly hash: Digest
}

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
  /**
   * All results are known and go to the disk now, unless that refuses them: what can be made of them meanwhile may be, but
   * nobody may learn of it before `appended`.
   */
  writing?: (results: readonly AppendResult[]) => void
  /** All results are durable. Everything one fsync made durable is told in one tick. */
  appended: (results: AppendResult[]) => void
  /** The outcome is unknown: it may be tried again with the same ids. */
  failed: (error: PetrelError) => void
}
