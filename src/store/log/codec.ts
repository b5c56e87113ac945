/**
 * The store's own records of a log as bytes, in the fixed layouts of FORMAT.md. Not dag-cbor: these are written and
 * read with every entry, and a fixed layout costs a tenth. What services put in leaf, payload and meta is theirs.
 */
import { CorruptError, DIGEST_LENGTH, type Digest } from '../../protocol/wire/index.js'
import type { LogEntry, LogHead } from '../contract.js'
import { CHECK_BYTES } from '../core/index.js'
import { get32, getUint, put32, putUint, uintAt } from '../uint.js'
import { OWN_MEMORY, type Memory } from './slab.js'

const HEAD_FIXED = 5 * 8 + DIGEST_LENGTH
const ENTRY_FIXED = 2 + 3 * 8 + 2 * DIGEST_LENGTH + 1 + 4
const FLAG = { commit: 1, erased: 2 } as const

function broken (what: string): CorruptError { return new CorruptError(`a log's ${what} record does not decode: restore from a backup or run doctor`) }

function viewOf (bytes: Uint8Array): DataView { return new DataView(bytes.buffer, bytes.byteOffset, bytes.length) }

function checkedUint (value: number, what: string): number {
  if (!Number.isSafeInteger(value)) throw broken(what)
  return value
}

/** A head's record, with room before it for the store's check. */
export function encodeHead (head: LogHead, memory = OWN_MEMORY): Uint8Array {
  const out = memory.take(HEAD_FIXED + head.meta.length, CHECK_BYTES)
  putUint(out, 0, head.seq)
  putUint(out, 8, head.lastCommit)
  putUint(out, 16, head.term)
  putUint(out, 24, head.first)
  putUint(out, 32, head.bytes)
  out.set(head.hash, 40)
  out.set(head.meta, HEAD_FIXED)
  return out
}

/** The head in a record. @throws CorruptError */
export function decodeHead (bytes: Uint8Array): LogHead {
  if (bytes.length < HEAD_FIXED) throw broken('head')
  const view = viewOf(bytes)
  return {
    seq: checkedUint(uintAt(view, 0), 'head'),
    lastCommit: checkedUint(uintAt(view, 8), 'head'),
    term: checkedUint(uintAt(view, 16), 'head'),
    first: checkedUint(uintAt(view, 24), 'head'),
    bytes: checkedUint(uintAt(view, 32), 'head'),
    hash: bytes.slice(40, HEAD_FIXED),
    meta: bytes.slice(HEAD_FIXED)
  }
}

/**
 * An entry's record; the number stands in its key and again here, so that a record under another key is noticed. Before it
 * in its memory is room for the store's check.
 */
export function encodeEntry (entry: LogEntry, memory = OWN_MEMORY): Uint8Array {
  const out = memory.take(ENTRY_FIXED + entry.id.length + entry.leaf.length + entry.payload.length, CHECK_BYTES)
  out[0] = 1
  out[1] = (entry.isCommit ? FLAG.commit : 0) | (entry.erased ? FLAG.erased : 0)
  putUint(out, 2, entry.seq)
  putUint(out, 10, entry.term)
  putUint(out, 18, entry.time)
  out.set(entry.prevHash, 26)
  out.set(entry.hash, 58)
  out[90] = entry.id.length
  put32(out, 91, entry.leaf.length)
  out.set(entry.id, ENTRY_FIXED)
  out.set(entry.leaf, ENTRY_FIXED + entry.id.length)
  out.set(entry.payload, ENTRY_FIXED + entry.id.length + entry.leaf.length)
  return out
}

/** The entry in a record. @throws CorruptError */
export function decodeEntry (bytes: Uint8Array): LogEntry {
  if (bytes.length < ENTRY_FIXED || bytes[0] !== 1) throw broken('entry')
  const flags = bytes[1] ?? 0
  const [leaf, payload] = [leafAt(bytes), payloadAt(bytes)]
  if (payload > bytes.length) throw broken('entry')
  return {
    seq: checkedUint(getUint(bytes, 2), 'entry'),
    term: checkedUint(getUint(bytes, 10), 'entry'),
    time: checkedUint(getUint(bytes, 18), 'entry'),
    isCommit: (flags & FLAG.commit) !== 0,
    erased: (flags & FLAG.erased) !== 0,
    prevHash: bytes.subarray(26, 58),
    hash: bytes.subarray(58, 90),
    id: bytes.subarray(ENTRY_FIXED, leaf),
    leaf: bytes.subarray(leaf, payload),
    payload: bytes.subarray(payload)
  }
}

/**
 * An entry of which its record alone is held, and what lies in that is looked at when it is asked for: while it waits for the
 * disk, what it came in need not be kept, and what nobody asks for is never made.
 */
export class RecordedEntry implements LogEntry {
  readonly seq: number
  readonly #record: Uint8Array
  #prevHash: Digest | undefined
  #hash: Digest | undefined
  #leaf: Uint8Array | undefined
  #payload: Uint8Array | undefined

  /** Of a record that {@link encodeEntry} made; with its hashes where they are known. */
  constructor (record: Uint8Array, prevHash?: Digest, hash?: Digest) {
    this.seq = getUint(record, 2)
    this.#record = record
    this.#prevHash = prevHash
    this.#hash = hash
  }

  get term (): number { return getUint(this.#record, 10) }
  get time (): number { return getUint(this.#record, 18) }
  get isCommit (): boolean { return ((this.#record[1] ?? 0) & FLAG.commit) !== 0 }
  get erased (): boolean { return ((this.#record[1] ?? 0) & FLAG.erased) !== 0 }
  get id (): Uint8Array { return idOfEntry(this.#record) }
  get prevHash (): Digest { return this.#prevHash ??= this.#record.subarray(26, 58) }
  get hash (): Digest { return this.#hash ??= this.#record.subarray(58, 90) }
  get leaf (): Uint8Array { return this.#leaf ??= this.#record.subarray(leafAt(this.#record), payloadAt(this.#record)) }
  get payload (): Uint8Array { return this.#payload ??= this.#record.subarray(payloadAt(this.#record)) }
}

function leafAt (record: Uint8Array): number { return ENTRY_FIXED + (record[90] ?? 0) }

function payloadAt (record: Uint8Array): number { return leafAt(record) + get32(record, 91) }

/** The id in an entry's record. */
export function idOfEntry (record: Uint8Array): Uint8Array { return record.subarray(ENTRY_FIXED, leafAt(record)) }

/** A number as 8 bytes, big-endian, with room before them as before an entry. */
export function encodeSeq (seq: number, memory: Memory): Uint8Array {
  const out = memory.take(8, CHECK_BYTES)
  putUint(out, 0, seq)
  return out
}

/** The number in 8 bytes. @throws CorruptError */
export function decodeSeq (bytes: Uint8Array): number {
  if (bytes.length !== 8) throw broken('id')
  return checkedUint(getUint(bytes, 0), 'id')
}
