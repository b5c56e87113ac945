/**
 * Reads the dag-cbor that nearly all values are: null, true and false, integers up to 2^53 - 1, texts, byte strings, arrays
 * and maps with short ASCII keys. In one pass that takes nothing but the canonical form, so that what comes of it need not
 * be written again to be compared. What else there is, and what does not hold, is the library's to judge.
 */
import { LIMITS } from './limits.js'
import { NAME_BYTES, NOT_PLAIN } from './plain-cbor.js'

const WORD = 0x1_0000_0000
// The last keys of each kind (their length, first and last letter): the same few come again and again, and are made texts once.
const names = new Array<string>(1024).fill('')
// 2^32 times this is 2^53.
const SAFE_HIGH = 0x20_0000

// A longer text is read faster by the platform.
const SHORT_BYTES = 24
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads one value. What it throws says that it is not plain, or not canonical. */
class Reader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor (bytes: Uint8Array) { this.#bytes = bytes }

  whole (): unknown {
    const value = this.#value(1)
    if (this.#at !== this.#bytes.length) throw NOT_PLAIN
    return value
  }

  #next (): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw NOT_PLAIN
    return byte
  }

  #value (depth: number): unknown {
    const first = this.#next()
    switch (first >> 5) {
      case 0: return this.#argument(first)
      case 1: return this.#negative(first)
      case 2: return this.#bytes.slice(this.#skip(first), this.#at)
      case 3: return this.#text(first)
      case 4: return this.#array(first, depth)
      case 5: return this.#map(first, depth)
      case 7:
        if (first === 0xf6) return null
        if (first === 0xf4) return false
        if (first === 0xf5) return true
    }
    throw NOT_PLAIN
  }

  /** The argument of an item's first byte, in the fewest bytes that hold it. RFC 8949 section 3. */
  #argument (first: number): number {
    const info = first & 0x1f
    if (info < 24) return info
    if (info === 24) return atLeast(24, this.#next())
    if (info === 25) return atLeast(0x100, this.#next() << 8 | this.#next())
    if (info === 26) return atLeast(0x1_0000, this.#word())
    if (info !== 27) throw NOT_PLAIN
    const high = this.#word()
    if (high === 0 || high >= SAFE_HIGH) throw NOT_PLAIN
    return high * WORD + this.#word()
  }

  #word (): number { return (this.#next() << 24 | this.#next() << 16 | this.#next() << 8 | this.#next()) >>> 0 }

  #negative (first: number): number {
    const n = this.#argument(first)
    if (n === Number.MAX_SAFE_INTEGER) throw NOT_PLAIN
    return -1 - n
  }

  /** Goes behind a string; @returns where it begins */
  #skip (first: number): number {
    const length = this.#argument(first)
    const from = this.#at
    if (length > this.#bytes.length - from) throw NOT_PLAIN
    this.#at = from + length
    return from
  }

  #text (first: number): string {
    const from = this.#skip(first)
    return (this.#at - from < SHORT_BYTES ? asciiText(this.#bytes, from, this.#at) : undefined) ?? utf8.decode(this.#bytes.subarray(from, this.#at))
  }

  #array (first: number, depth: number): unknown[] {
    const length = this.#items(first, depth)
    const out: unknown[] = []
    for (let i = 0; i < length; i++) out.push(this.#value(depth + 1))
    return out
  }

  #map (first: number, depth: number): Record<string, unknown> {
    const length = this.#items(first, depth)
    const out: Record<string, unknown> = {}
    let before = ''
    for (let i = 0; i < length; i++) {
      const name = this.#name()
      // In their order, and none twice.
      if (i > 0 && (name.length === before.length ? name <= before : name.length < before.length)) throw NOT_PLAIN
      out[name] = this.#value(depth + 1)
      before = name
    }
    return out
  }

  /** How many an array or map has; each takes a byte at least. */
  #items (first: number, depth: number): number {
    const length = this.#argument(first)
    if (depth > LIMITS.cborDepth || length > this.#bytes.length - this.#at) throw NOT_PLAIN
    return length
  }

  #name (): string {
    const first = this.#next()
    if (first >> 5 !== 3) throw NOT_PLAIN
    const from = this.#skip(first)
    const bytes = this.#bytes
    const length = this.#at - from
    if (length > NAME_BYTES) throw NOT_PLAIN
    const slot = (length * 181 + (bytes[from] ?? 0) * 31 + (bytes[this.#at - 1] ?? 0)) & 1023
    const known = names[slot] ?? ''
    if (known.length === length && isName(known, bytes, from)) return known
    const name = asciiText(bytes, from, this.#at)
    // `__proto__` would be no key, and an object with a key `/` may be written as a link.
    if (name === undefined || name === '__proto__' || name === '/') throw NOT_PLAIN
    names[slot] = name
    return name
  }
}

function atLeast (least: number, n: number): number {
  if (n < least) throw NOT_PLAIN
  return n
}

/** The text of a part, or undefined when it is not ASCII. */
function asciiText (bytes: Uint8Array, from: number, to: number): string | undefined {
  let text = ''
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0
    if (byte > 0x7f) return undefined
    text += String.fromCharCode(byte)
  }
  return text
}

function isName (name: string, bytes: Uint8Array, from: number): boolean {
  for (let i = 0; i < name.length; i++) if (name.charCodeAt(i) !== bytes[from + i]) return false
  return true
}

/** The value of canonical bytes, or undefined when they are not plain, or not canonical. */
export function readPlain (bytes: Uint8Array): unknown {
  try {
    return new Reader(bytes).whole()
  } catch {
    return undefined
  }
}
