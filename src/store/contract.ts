/**
 * What every store driver gives, so that an engine can take another's place without a service noticing. One contract
 * suite (test/store/contract) runs against every driver. DESIGN section 8.
 *
 * Bytes handed in must not be changed afterwards; bytes handed out are the caller's to read, not to change.
 */
import type { Digest, PetrelError } from '../protocol/wire/index.js'
import type { Abortable } from './abort.js'
import type { AppendItem, AppendResult, AppendSink, LogEntry, LogHead } from './append-contract.js'
import type { BlobStore } from './blob-contract.js'

export type { Abortable } from './abort.js'
export type { AppendItem, AppendResult, AppendSink, BuiltEntry, LogEntry, LogHead } from './append-contract.js'
export type { BlobStore, BlobUsage, DeleteOptions, ReadOptions } from './blob-contract.js'

/** Cancels something that was scheduled or subscribed. Calling it twice does nothing. */
export type Cancel = () => void

/** The time a store lives by. A parameter, so that a simulation owns it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now: () => number
  /** Calls `run` once after `ms`; does not keep the process alive. */
  after: (ms: number, run: () => void) => Cancel
}

/**
 * Encryption at rest. `aad` is the record's full key, so that a record moved
 * under another key does not open. Keys themselves are stored in the clear:
 * callers use random ids or HMACs as keys, never a name, a title or an address.
 */
export interface Cipher {
  /** Stored beside the data (not secret), so that opening with another cipher is refused. */
  readonly name: string
  /** The sealed bytes, nonce and tag included. */
  seal: (plaintext: Uint8Array, aad: Uint8Array) => Uint8Array
  /** @throws DecryptError when the bytes do not open under this key and aad */
  open: (sealed: Uint8Array, aad: Uint8Array) => Uint8Array
}

/**
 * `open` reads and writes; `read-only` means the disk refused a write: reads go on, writes are
 * refused with ReadOnlyError, and the store opens again by itself when a probe succeeds; `closed` is final.
 */
export type StoreState = 'open' | 'read-only' | 'closed'

/** One change in a batch. */
export type KeyValueOp =
  | { readonly type: 'put', readonly key: Uint8Array, readonly value: Uint8Array }
  | { readonly type: 'del', readonly key: Uint8Array }

/** A range of keys in byte order, and how much of it. All keys when empty. */
export interface KeyRange {
  gt?: Uint8Array
  gte?: Uint8Array
  lt?: Uint8Array
  lte?: Uint8Array
  /** From the last key to the first. */
  reverse?: boolean
  /** At most this many. */
  limit?: number
}

/** A durable, ordered map from bytes to bytes. Every value is checked when it is read. */
export interface KeyValueStore {
  /**
   * The value last made durable, or undefined.
   * @throws CorruptError naming the key in hex when the record is not what was written
   * @throws UnavailableError when the store is closed or the disk does not answer
   */
  get: (key: Uint8Array) => Promise<Uint8Array | undefined>
  /** Like `get` for several keys, in their order, in one pass. */
  getMany: (keys: readonly Uint8Array[]) => Promise<Array<Uint8Array | undefined>>
  /**
   * All of the changes or none, resolved once they are on the disk (group commit with whatever
   * else is being written). Batches take effect in the order of the calls; when one fails, those
   * behind it fail too. `soft` does not wait for the disk: it may be lost at a crash, never in part.
   * An empty batch resolves when everything before it has.
   * @throws ReadOnlyError when the disk refuses; `details.unknown` is true when the batch may be there after all
   * @throws TooLargeError over LIMITS.storeBatchBytes, storeValueBytes or storeKeyBytes
   * @throws UnavailableError when the store is closed
   */
  batch: (ops: readonly KeyValueOp[], options?: Abortable & { soft?: boolean }) => Promise<void>
  /**
   * The range as it was at the first step: later writes do not show. Ends early with UnavailableError when
   * the store is closed or must reopen; start again from the last key.
   */
  iterate: (range?: KeyRange, options?: Abortable) => AsyncIterable<[key: Uint8Array, value: Uint8Array]>
}

/** Entries in order without a gap, and the head at the time of reading. */
export interface LogPage { readonly entries: LogEntry[], readonly head: LogHead }

/** A log's id and head. */
export interface ListedLog { readonly log: Uint8Array, readonly head: LogHead }

/** What a log's service may change without an entry. */
export interface HeadChange { readonly meta?: Uint8Array, readonly term?: number }

/** Append-only numbered logs. Numbers are gap-free and never restart. */
export interface LogStore {
  /**
   * Makes a log. `at` starts it at a number and hash other than (0, hash0): a log moved here, or a mirror from a checkpoint.
   * @throws ExistsError when it is there, unless it is untouched and was made with the same values: then nothing happens
   * @throws CorruptError when its head is gone but entries are there
   */
  create: (log: Uint8Array, start: { meta: Uint8Array, hash: Digest, seq?: number, term?: number, lastCommit?: number }, options?: Abortable) => Promise<LogHead>
  /**
   * Appends each item on its own (nothing is atomic across items), in order per log, and resolves when all results are
   * durable. Everything one fsync made durable resolves in the same tick, so that one signature can cover it.
   * A rejection means "unknown, retry with the same ids".
   * @throws ReadOnlyError, UnavailableError, AbortedError; RateLimitError over LIMITS.storeQueuedItems
   */
  append: (items: readonly AppendItem[], options?: Abortable) => Promise<AppendResult[]>
  /** Like `append`, told by a call in place of a promise: for who appends thousands a second. @throws what `append` rejects with before anything was taken */
  appendFor: (items: readonly AppendItem[], sink: AppendSink) => void
  /**
   * Entries after number `after`, at most `limit` and `maxBytes` (leaf and payload; but at least one). Sees every append
   * that was acknowledged before the call. `after` below the first kept number starts there: check `head.first`.
   * @throws NotFoundError, CorruptError (a gap, a broken link, a bad record)
   */
  read: (log: Uint8Array, after: number, limit: number, maxBytes: number, options?: Abortable) => Promise<LogPage>
  /** What `read` would give, if all of it is in memory, as what was just appended is; undefined when it is not. */
  readNow: (log: Uint8Array, after: number, limit: number, maxBytes: number) => LogPage | undefined
  /** The durable head, if it is in memory. */
  headNow: (log: Uint8Array) => LogHead | undefined
  /** The durable head. @throws NotFoundError, CorruptError */
  head: (log: Uint8Array, options?: Abortable) => Promise<LogHead>
  /** The entry with this id, or undefined; null when it was trimmed. @throws NotFoundError, CorruptError */
  find: (log: Uint8Array, id: Uint8Array, options?: Abortable) => Promise<LogEntry | null | undefined>
  /**
   * Replaces an entry's payload by its SHA-256. `allow` sees the entry under the log's turn and throws to refuse; it may return
   * a change of the head for the same write. Erasing again returns the erased entry.
   * @throws NotFoundError when the log or the number is not there
   */
  erase: (log: Uint8Array, seq: number, allow: (entry: LogEntry, head: LogHead) => HeadChange | undefined, options?: Abortable) => Promise<LogEntry>
  /**
   * Drops entries up to and including `through`; ids stay. `allow` as for erase. Returns the new head.
   * @throws NotFoundError; BadInputError beyond the head
   */
  trim: (log: Uint8Array, through: number, allow?: (head: LogHead) => HeadChange | undefined, options?: Abortable) => Promise<LogHead>
  /** Changes meta or term under the log's turn; a throw of `change` refuses, undefined changes nothing. @throws NotFoundError */
  updateMeta: (log: Uint8Array, change: (head: LogHead) => HeadChange | undefined, options?: Abortable) => Promise<LogHead>
  /**
   * Takes what was erased, trimmed or removed of a log off the disk, once the reads that began before have ended: until
   * then the old bytes may still lie in the files. Costs rewriting those that hold the log, which need not be there any more.
   * @throws UnavailableError when the store is closed or had to reopen, or such a read takes too long: the bytes may be there still
   */
  scrub: (log: Uint8Array, options?: Abortable) => Promise<void>
  /** Removes a log with its entries and ids. True when it was there, or something of it that a disk which refused had left. */
  remove: (log: Uint8Array, options?: Abortable) => Promise<boolean>
  /** Every log and its durable head, in no promised order. */
  list: (options?: Abortable) => AsyncIterable<ListedLog>
}

/** A record, with the revision to hand to `ifRev`. */
export interface StoredRecord {
  readonly value: Uint8Array
  /** Grows with every write of this store; never given twice, even after a delete. */
  readonly rev: number
  /** When it ends, in milliseconds of the store's clock; absent: never. */
  readonly expires?: number
}

/** Small records by key with compare-and-set and expiry: sessions, manifests, cursors. */
export interface RecordStore {
  /** The record, or undefined when it is absent or expired. @throws CorruptError */
  get: (key: Uint8Array, options?: Abortable) => Promise<StoredRecord | undefined>
  /**
   * Writes and returns the new revision. `ifRev`: only when the record has this revision (0: is absent). `ttl` in
   * milliseconds from now; without it the record does not expire. `soft`: may be lost at a crash, not fsynced.
   * @throws ConflictError with `details.rev` when `ifRev` does not hold; nothing was written
   */
  put: (key: Uint8Array, value: Uint8Array, options?: Abortable & { ifRev?: number, ttl?: number, soft?: boolean }) => Promise<number>
  /** True when it was there. @throws ConflictError when `ifRev` does not hold */
  delete: (key: Uint8Array, options?: Abortable & { ifRev?: number, soft?: boolean }) => Promise<boolean>
  /** Unexpired records whose key starts with `prefix`, in key order, from after key `after` on. */
  list: (prefix: Uint8Array, options?: Abortable & { after?: Uint8Array, limit?: number }) => AsyncIterable<[key: Uint8Array, record: StoredRecord]>
  /** Takes the bytes of records that were deleted or replaced off the disk, of those whose key starts with `prefix`. */
  scrub: (prefix: Uint8Array, options?: Abortable) => Promise<void>
  /** Removes what has expired from the disk, at most `limit`, and returns how many. The store also does this by itself. */
  sweep: (limit?: number) => Promise<number>
}

/** "This log has entries up to `seq` now." */
export interface Hint { readonly log: Uint8Array, readonly seq: number }

/** At most once, unordered: a lost hint costs latency, never a message. */
export interface EventBus {
  publish: (hints: readonly Hint[]) => void
  /** Hints of one log. The handler must not throw and must return at once. */
  subscribe: (log: Uint8Array, handler: (hint: Hint) => void) => Cancel
  /** Hints of every log, for a dispatcher that serves many followers. */
  subscribeAll: (handler: (hint: Hint) => void) => Cancel
}

/** Facts about a store that never change while it is open. */
export interface StoreInfo {
  readonly format: number
  /** When it was made, in milliseconds. */
  readonly created: number
  /** When it was copied from another (a backup, or restored from one); absent for the original. What was written after is not in it. */
  readonly copied?: number
}

/** One open store: all parts share one writer, one fsync and one lifetime. */
export interface Store {
  readonly kv: KeyValueStore
  /** Takes the bytes of what was deleted or replaced in `kv` off the disk, between two keys that no record has. */
  scrub: (from: Uint8Array, to: Uint8Array, options?: Abortable) => Promise<void>
  readonly logs: LogStore
  readonly records: RecordStore
  readonly blobs: BlobStore
  /** Carries a hint after each durable append. */
  readonly bus: EventBus
  readonly info: StoreInfo
  readonly state: StoreState
  /** Why the store is read-only; undefined while it is not. */
  readonly reason: PetrelError | undefined
  /** Calls `handler` on each change of state, synchronously. */
  onState: (handler: (state: StoreState, reason?: PetrelError) => void) => Cancel
  /** Writes what was accepted, then closes. Later calls throw UnavailableError. */
  close: () => Promise<void>
}
