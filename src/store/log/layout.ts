/** Where a log's records lie. The layout stands in FORMAT.md. */
import { CorruptError, sha256 } from '../../protocol/wire/index.js'
import type { KeyRange } from '../contract.js'
import { putUint, uintAt } from '../uint.js'
import { OWN_MEMORY } from './slab.js'

/** Slots of the key space: a log's slot never changes, so that logs can be moved between shards by slot. */
export const SLOTS = 1024

/** The kinds of records a log has: the byte behind the slot. */
export const KIND = { head: 1, entry: 2, id: 3 } as const

/** A log's slot: the first 8 bytes of SHA-256(log), big-endian, mod 1024. */
function slotOf (log: Uint8Array): number {
  const digest = sha256(log)
  // Of a big-endian number mod 1024 only the last ten bits count.
  return (((digest[6] ?? 0) << 8) | (digest[7] ?? 0)) % SLOTS
}

function prefixOf (log: Uint8Array, kind: number): Uint8Array {
  const slot = slotOf(log)
  const out = new Uint8Array(4 + log.length)
  out.set([slot >> 8, slot & 0xff, kind, log.length])
  out.set(log, 4)
  return out
}

/** The range of the heads of one slot. */
export function headsOf (slot: number): KeyRange {
  return {
    gte: Uint8Array.of(slot >> 8, slot & 0xff, KIND.head),
    lt: Uint8Array.of(slot >> 8, slot & 0xff, KIND.head + 1)
  }
}

/** Kind and log of a log record's key. @throws CorruptError when it is none */
export function partsOfKey (key: Uint8Array): { kind: number, log: Uint8Array } {
  const length = key[3] ?? 0
  if (length === 0 || key.length < 4 + length) throw new CorruptError('a key in a log\'s slot does not decode')
  return { kind: key[2] ?? 0, log: key.slice(4, 4 + length) }
}

/** The keys of one log. */
export class LogKeys {
  readonly head: Uint8Array
  readonly #entries: Uint8Array
  readonly #ids: Uint8Array

  constructor (log: Uint8Array) {
    this.head = prefixOf(log, KIND.head)
    this.#entries = prefixOf(log, KIND.entry)
    this.#ids = prefixOf(log, KIND.id)
  }

  /** The entry with this number. */
  entry (seq: number, memory = OWN_MEMORY): Uint8Array {
    const out = memory.take(this.#entries.length + 8)
    out.set(this.#entries)
    putUint(out, this.#entries.length, seq)
    return out
  }

  /** Entries from number `from` to `to`, both included. */
  entries (from: number, to: number): KeyRange { return { gte: this.entry(from), lte: this.entry(to) } }

  /** The number in an entry's key. */
  seqOf (key: Uint8Array): number {
    return uintAt(new DataView(key.buffer, key.byteOffset), this.#entries.length)
  }

  /** The reference from an id to its entry's number. */
  id (id: Uint8Array, memory = OWN_MEMORY): Uint8Array {
    const out = memory.take(this.#ids.length + id.length)
    out.set(this.#ids)
    out.set(id, this.#ids.length)
    return out
  }

  /** The id in a reference's key. */
  idOf (key: Uint8Array): Uint8Array { return key.subarray(this.#ids.length) }

  /** All of the log's ids: ids are at most 64 bytes, so no id lies above this. */
  get ids (): KeyRange {
    const above = new Uint8Array(this.#ids.length + 65).fill(0xff)
    above.set(this.#ids)
    return { gte: this.#ids, lt: above }
  }
}
