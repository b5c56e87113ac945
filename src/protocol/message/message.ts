/** What a message is made of, before it is signed. DESIGN section 4. */
import type { Digest, EntryId, KeyBytes, LogId } from '../wire/index.js'

/** The highest place of the log its author had verified: others compare it with what they see. */
export interface Seen {
  term: number
  seq: number
  hash: Digest
  /** Of a term after the first: its home. Two owners may have given orders for one term, and both homes gone on. */
  home?: KeyBytes
}

/** A message before it is signed, padded and sealed. */
export interface Message {
  v: 1
  chat: LogId
  epoch: number
  id: EntryId
  account: KeyBytes
  /** This device's message number in this log, from 1. */
  devSeq: number
  /** The entry hash of this device's message before this one in this log; null for its first. */
  prevOwn: Digest | null
  seen: Seen
  /** The author's clock, ms; shown, clamped to the receipt's time. */
  ts: number
  /** An encoded body. */
  body: Uint8Array
  unknown?: Record<string, unknown>
}
