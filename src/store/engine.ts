/**
 * What a driver brings: an ordered map of bytes with one atomic, synced write at
 * a time. Checking, encryption, group commit and the logs stand above it, once.
 */
import type { Changes } from './changes.js'
import type { KeyRange } from './contract.js'

/** A key and its value. */
export type Pair = [key: Uint8Array, value: Uint8Array]

/** A walk over a range as it was when the walk began. */
export interface Scan {
  /** The next pairs, about `bytes` of them but at least one; none at the end. @throws UnavailableError when the engine had to reopen */
  next: (bytes: number) => Promise<Pair[]>
  /** Frees the snapshot. Safe to call twice. */
  close: () => Promise<void>
}

/** An ordered map on a disk, or in memory. Errors are PetrelErrors. */
export interface Engine {
  /** The values, undefined where there is none. @throws UnavailableError when the disk does not answer; CorruptError */
  get: (keys: readonly Uint8Array[]) => Promise<Array<Uint8Array | undefined>>
  /**
   * All changes or none; on the disk when it resolves, if `sync`. It has them said before it returns, and is never called
   * again before it has settled.
   *
   * @throws ReadOnlyError or CorruptError: nothing more is written until `heal` resolved
   */
  write: (changes: Changes, sync: boolean) => Promise<void>
  /** Starts a walk. */
  scan: (range: KeyRange) => Scan
  /** Writes out what is in memory and rewrites the files that hold keys of this range; writes go on meanwhile. @throws UnavailableError when the engine had to reopen */
  compact: (from: Uint8Array, to: Uint8Array) => Promise<void>
  /** Resolves when every read has ended that had begun by now: such a read may hold what was written over since. */
  settled: () => Promise<void>
  /** Lets go of files that were rewritten and that no read holds any more. @throws UnavailableError when the engine had to reopen */
  release: () => Promise<void>
  /** After a failed write: tries whether writing works again. @throws when it does not yet */
  heal: () => Promise<void>
  /** Releases everything. */
  close: () => Promise<void>
}
