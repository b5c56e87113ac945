/**
 * Canonical dag-cbor item by item, for values of which there are thousands a second and which nearly always have one form:
 * no map, array or text is made for them on the way. What is of another form, or does not hold, is left to the general
 * decoder, which says what is wrong with it.
 */
import { encodeCbor } from './cbor.js'

const WORD = 0x1_0000_0000
// 2^32 times this is 2^53.
const SAFE_HIGH = 0x20_0000
const NULL = 0xf6
const BYTES = 0x40
const TEXT = 0x60
const ARRAY = 0x80
const NONE = new Uint8Array()
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

// The last of each kind (by its length and its last byte): an account, a device and a chat come again with every message, and what was seen mostly.
const known = new Array<Uint8Array>(256).fill(NONE)

/** The bytes of items that stand behind each other, keys and heads, as a form has them. */
export function itemBytes (...parts: ReadonlyArray<string | number>): Uint8Array {
  return Uint8Array.from(parts.flatMap(part => typeof part === 'number' ? [part] : [...encodeCbor(part)]))
}

/** Reads a value's items, one after the other. Once one is other than expected nothing that was read counts: see {@link PlainItems.isWhole}. */
export class PlainItems {
  readonly #bytes: Uint8Array
  #at = 0
  #isPlain = true

  /** @param bytes - what views are given of */
  constructor (bytes: Uint8Array) { this.#bytes = Buffer.isBuffer(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) : bytes }

  /** Whether all was as expected, and nothing is left. */
  get isWhole (): boolean { return this.#isPlain && this.#at === this.#bytes.length }

  /** Passes these bytes: {@link itemBytes}. */
  pass (expected: Uint8Array): void {
    const bytes = this.#bytes
    const at = this.#at
    for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) this.#isPlain = false
    this.#at = at + expected.length
  }

  /** Passes null, if it comes next. */
  isNull (): boolean {
    if (this.#bytes[this.#at] !== NULL) return false
    this.#at++
    return true
  }

  /** An integer from 0 to 2^53 - 1. */
  uint (): number { return this.#argument(0) }

  /** The head of an array. @returns how many items follow that are its */
  array (): number { return this.#argument(ARRAY) }

  /** A byte string of this length, or of any, as a copy; or `likely` itself, if it is the same. */
  copy (length?: number, likely?: Uint8Array): Uint8Array {
    const from = this.#string(length)
    if (!this.#isPlain) return NONE
    return likely?.length === this.#at - from && this.#isAt(from, likely) ? likely : this.#bytes.slice(from, this.#at)
  }

  /** Passes a byte string of this length. @returns where it begins */
  skip (length: number): number { return this.#string(length) }

  /** The same, for one that comes again and again: bytes that were given out before, if they are the same. */
  again (length: number): Uint8Array {
    const from = this.#string(length)
    if (!this.#isPlain) return NONE
    const slot = (length & 3) << 6 | (this.#bytes[this.#at - 1] ?? 0) & 63
    const last = known[slot] ?? NONE
    if (last.length === length && this.#isAt(from, last)) return last
    return known[slot] = this.#bytes.slice(from, this.#at)
  }

  /** A byte string of any length, or of this one, as a view: who keeps it keeps all that it lies in. */
  view (length?: number): Uint8Array {
    const from = this.#string(length)
    return this.#isPlain ? this.#bytes.subarray(from, this.#at) : NONE
  }

  /** A text, of well-formed UTF-8. */
  text (): string {
    const from = this.#string(undefined, TEXT)
    if (!this.#isPlain) return ''
    try {
      return utf8.decode(this.#bytes.subarray(from, this.#at))
    } catch {
      this.#isPlain = false
      return ''
    }
  }

  #isAt (from: number, expected: Uint8Array): boolean {
    for (let i = 0; i < expected.length; i++) if (this.#bytes[from + i] !== expected[i]) return false
    return true
  }

  /** Passes a string. @returns where it begins */
  #string (expected: number | undefined, major = BYTES): number {
    const length = this.#argument(major)
    const from = this.#at
    if (length > this.#bytes.length - from || (expected !== undefined && length !== expected)) this.#isPlain = false
    this.#at = from + length
    return from
  }

  /** The argument of a head of this major type, in the fewest bytes that hold it. RFC 8949 section 3. */
  #argument (major: number): number {
    const info = this.#byte() ^ major
    if (info < 24) return info
    if (info === 24) return this.#atLeast(24, this.#byte())
    if (info === 25) return this.#atLeast(0x100, this.#byte() << 8 | this.#byte())
    if (info === 26) return this.#atLeast(0x1_0000, this.#word())
    const high = info === 27 ? this.#word() : SAFE_HIGH
    if (high === 0 || high >= SAFE_HIGH) this.#isPlain = false
    return high * WORD + this.#word()
  }

  #atLeast (least: number, n: number): number {
    if (n < least) this.#isPlain = false
    return n
  }

  #word (): number { return (this.#byte() << 24 | this.#byte() << 16 | this.#byte() << 8 | this.#byte()) >>> 0 }

  #byte (): number {
    const byte = this.#bytes[this.#at++]
    if (byte !== undefined) return byte
    this.#isPlain = false
    return 0
  }
}
