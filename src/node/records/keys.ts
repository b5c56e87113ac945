/**
 * The node's store keys. Keys lie in the clear beside encrypted values, so they hold no name, account or
 * chat id: each is a kind's letter and an HMAC under a key of its own, with numbers behind it where order counts.
 */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { bytesName, labelBytes } from '../../protocol/wire/index.js'

/** The letters. A letter once given is never given again. */
const KIND = {
  vault: 0x76, // v
  cursor: 0x70, // p
  row: 0x74, // t
  id: 0x69, // i
  outbox: 0x6f, // o
  update: 0x75, // u
  consumer: 0x63, // c
  idempotency: 0x64, // d
  request: 0x72, // r
  erasing: 0x65, // e
  witness: 0x77, // w
  waypoint: 0x79, // y
  proof: 0x7a, // z
  raw: 0x6c, // l
  snapshot: 0x73, // s
  back: 0x62, // b
  preview: 0x71, // q
  file: 0x66, // f
  source: 0x68, // h
  draft: 0x61, // a
  use: 0x6a, // j
  release: 0x78, // x
  cached: 0x67, // g
  mediaLine: 0x6b, // k
  about: 0x41, // A
  facts: 0x42, // B
  pinned: 0x50, // P
  search: 0x53, // S
  searchMark: 0x4d, // M
  scheduled: 0x6e, // n
  chatPart: 0x4b, // K
  past: 0x48, // H
  pastDelete: 0x44, // D
  run: 0x52, // R
  secret: 0x58, // X
  secretPast: 0x45, // E
  secretRow: 0x4c, // L
  secretRowKey: 0x51, // Q
  secretId: 0x49, // I
  secretFact: 0x47, // G
  secretOut: 0x55, // U
  secretDue: 0x4a, // J
  secretSeen: 0x4f, // O
  secretPackage: 0x57, // W
  vaultMark: 0x56, // V
  vaultLog: 0x59, // Y
  name: 0x4e, // N
  backup: 0x54, // T
  ownCommit: 0x43, // C
  double: 0x46, // F
  secretFile: 0x31, // 1
  secretDraft: 0x32, // 2
  secretUse: 0x33, // 3
  secretRelease: 0x34, // 4
  secretCached: 0x35, // 5
  secretKept: 0x36, // 6
  secretErased: 0x37, // 7
  rows: 0x6d, // m
  ids: 0x5a // Z
} as const

/** A kind of record. */
export type RecordKind = keyof typeof KIND

/** All that there is of secret chats: in no backup, and off the disk once it is erased. */
export const SECRET_KINDS: readonly RecordKind[] = (Object.keys(KIND) as RecordKind[]).filter(kind => kind.startsWith('secret'))

const TAG_BYTES = 16
const WORD = 0x1_0000_0000
// Tags of the names in use: every row of a chat has the chat's tag, and an id is looked for before it is written.
const MAX_CACHED_TAGS = 4096

/** Makes the store keys of one home. */
export class RecordKeys {
  readonly #secret: KeyObject
  readonly #tags = new Map<string, Uint8Array>()
  readonly #same = new Map<RecordKind, WeakMap<Uint8Array, Uint8Array>>()

  /** @param secret - 32 bytes, derived from the store key for this use alone */
  constructor (secret: Uint8Array) { this.#secret = createSecretKey(secret) }

  /** The key of a single record: letter ‖ HMAC(kind ‖ name), 17 bytes. */
  one (kind: RecordKind, ...name: Uint8Array[]): Uint8Array {
    const out = new Uint8Array(1 + TAG_BYTES)
    out[0] = KIND[kind]
    out.set(this.#sequenceTag(kind, name), 1)
    return out
  }

  /** The key of a numbered record in a named sequence: letter ‖ HMAC(kind ‖ name) ‖ u64, 25 bytes, in the numbers' order. */
  numbered (kind: RecordKind, n: number, ...name: Uint8Array[]): Uint8Array {
    const out = new Uint8Array(1 + TAG_BYTES + 8)
    out[0] = KIND[kind]
    out.set(this.#sequenceTag(kind, name), 1)
    putWord(out, 1 + TAG_BYTES, Math.floor(n / WORD))
    putWord(out, 1 + TAG_BYTES + 4, n % WORD)
    return out
  }

  /** The key of a record in an order of all of its kind: letter ‖ HMAC(kind) ‖ u64 ‖ HMAC(kind ‖ name), 41 bytes; several may have one number. {@link before} finds the first of them. */
  ordered (kind: RecordKind, n: number, ...name: Uint8Array[]): Uint8Array {
    const out = new Uint8Array(1 + TAG_BYTES + 8 + TAG_BYTES)
    out.set(this.numbered(kind, n))
    out.set(this.#tag(kind, name), 1 + TAG_BYTES + 8)
    return out
  }

  /** The bounds that hold every {@link ordered} record with a number below `n`. */
  before (kind: RecordKind, n: number): { gte: Uint8Array, lt: Uint8Array } { return { gte: this.numbered(kind, 0), lt: this.numbered(kind, n) } }

  /** The key of a record that belongs to another: letter ‖ HMAC(kind ‖ owner) ‖ HMAC(kind ‖ owner ‖ name), 33 bytes; {@link within} finds them all. */
  of (kind: RecordKind, owner: Uint8Array, name: Uint8Array): Uint8Array {
    const out = new Uint8Array(1 + 2 * TAG_BYTES)
    out[0] = KIND[kind]
    out.set(this.#sequenceTag(kind, [owner]), 1)
    out.set(this.#tag(kind, [owner, name]), 1 + TAG_BYTES)
    return out
  }

  /** The bounds that hold every record of a kind that belongs to `owner`. */
  within (kind: RecordKind, owner: Uint8Array): { gte: Uint8Array, lte: Uint8Array } {
    const ends = (fill: number): Uint8Array => {
      const out = new Uint8Array(1 + 2 * TAG_BYTES).fill(fill)
      out[0] = KIND[kind]
      out.set(this.#sequenceTag(kind, [owner]), 1)
      return out
    }
    return { gte: ends(0), lte: ends(0xff) }
  }

  /** A key of 32 bytes for one use beside the store keys: HMAC(kind ‖ name). */
  secretOf (kind: RecordKind, ...name: Uint8Array[]): KeyObject {
    return createSecretKey(createHmac('sha256', this.#secret).update(Buffer.concat([labelBytes(`${kind} key`), ...name])).digest())
  }

  /** The bounds that hold every record of a kind. */
  all (kind: RecordKind): { gte: Uint8Array, lt: Uint8Array } {
    return { gte: Uint8Array.of(KIND[kind]), lt: Uint8Array.of(KIND[kind] + 1) }
  }

  /** The tag of a name that comes again: soonest where it is the very same bytes in memory, as a chat's id mostly is. */
  #sequenceTag (kind: RecordKind, name: Uint8Array[]): Uint8Array {
    const [only] = name
    if (only === undefined || name.length > 1) return this.#cachedTag(kind, name)
    let same = this.#same.get(kind)
    if (same === undefined) this.#same.set(kind, same = new WeakMap())
    let tag = same.get(only)
    if (tag === undefined) same.set(only, tag = this.#cachedTag(kind, name))
    return tag
  }

  #cachedTag (kind: RecordKind, name: Uint8Array[]): Uint8Array {
    const text = kind + name.map(bytesName).join('')
    let tag = this.#tags.get(text)
    if (tag === undefined) {
      tag = this.#tag(kind, name)
      if (this.#tags.size >= MAX_CACHED_TAGS) this.#tags.clear()
      this.#tags.set(text, tag)
    }
    return tag
  }

  #tag (kind: RecordKind, name: Uint8Array[]): Uint8Array {
    // A key object and one update: several of these are made for each message, and bytes as a key cost four times as much.
    return createHmac('sha256', this.#secret).update(Buffer.concat([labelBytes(kind), ...name])).digest().subarray(0, TAG_BYTES)
  }
}

function putWord (out: Uint8Array, at: number, n: number): void {
  out[at] = n >>> 24
  out[at + 1] = n >>> 16
  out[at + 2] = n >>> 8
  out[at + 3] = n
}

/** The number at the end of a {@link RecordKeys.numbered} key. */
export function numberOf (key: Uint8Array): number {
  const view = new DataView(key.buffer, key.byteOffset, key.length)
  return view.getUint32(key.length - 8) * WORD + view.getUint32(key.length - 4)
}

/** UTF-8 bytes of a text, for use in a key's name. */
export function nameBytes (text: string): Uint8Array { return new TextEncoder().encode(text) }
