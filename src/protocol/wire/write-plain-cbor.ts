/**
 * Writes the dag-cbor that nearly all values are: null, true and false, integers up to 2^53 - 1, texts, byte strings, arrays
 * and maps with short ASCII keys. In one pass, which takes a part of the library's time: a message is a dozen such values.
 * What else there is (links, fractions, larger integers), and what has no form at all, is the library's.
 */
import { BriefMemory } from './brief-memory.js'
import { putHead } from './cbor-head.js'
import { LIMITS } from './limits.js'
import { NAME_BYTES, NOT_PLAIN } from './plain-cbor.js'

// A larger value is few, long strings: the library copies them as fast.
const SCRATCH_BYTES = 64 * 1024
// A longer text is written faster by the platform.
const SHORT_UNITS = 24
// Ids and keys are shorter; a longer string is copied faster by the platform.
const SHORT_BYTES = 48
const encoder = new TextEncoder()

/** Writes into a scratch that is used again. */
class Writer {
  readonly #out = new Uint8Array(SCRATCH_BYTES)
  #at = 0
  #isBusy = false

  readonly #brief = new BriefMemory()

  /** @throws NotPlain, whatever a getter throws */
  write (value: unknown, isBrief: boolean): Uint8Array {
    // A getter of the value may encode another one.
    if (this.#isBusy) throw NOT_PLAIN
    this.#isBusy = true
    this.#at = 0
    try {
      this.#value(value, 1)
      if (!isBrief) return this.#out.slice(0, this.#at)
      const copy = this.#brief.take(this.#at)
      copy.set(this.#out.subarray(0, this.#at))
      return copy
    } finally {
      // There may be keys among it.
      this.#out.fill(0, 0, this.#at)
      this.#isBusy = false
    }
  }

  #value (value: unknown, depth: number): void {
    if (typeof value === 'number') this.#integer(value)
    else if (typeof value === 'string') this.#text(value)
    else if (value === null) this.#byte(0xf6)
    else if (typeof value === 'boolean') this.#byte(value ? 0xf5 : 0xf4)
    else if (typeof value !== 'object' || depth > LIMITS.cborDepth) throw NOT_PLAIN
    else if (value instanceof Uint8Array) this.#bytes(value)
    else if (Array.isArray(value)) this.#array(value, depth)
    else if (Object.getPrototypeOf(value) === Object.prototype) this.#map(value as Record<string, unknown>, depth)
    else throw NOT_PLAIN
  }

  #room (bytes: number): void { if (this.#at + bytes > SCRATCH_BYTES) throw NOT_PLAIN }

  #byte (byte: number): void {
    this.#room(1)
    this.#out[this.#at++] = byte
  }

  #integer (n: number): void {
    if (!Number.isSafeInteger(n)) throw NOT_PLAIN
    if (n >= 0) this.#head(0, n)
    else this.#head(0x20, -1 - n)
  }

  #head (major: number, n: number): void {
    this.#room(9)
    this.#at = putHead(this.#out, this.#at, major, n)
  }

  #bytes (bytes: Uint8Array): void {
    const { length } = bytes
    this.#head(0x40, length)
    this.#room(length)
    const out = this.#out
    const at = this.#at
    this.#at += length
    if (length > SHORT_BYTES) out.set(bytes, at)
    else for (let i = 0; i < length; i++) out[at + i] = bytes[i] ?? 0
  }

  #text (text: string): void {
    const { length } = text
    if (length < SHORT_UNITS && this.#ascii(text)) return
    if (!text.isWellFormed()) throw NOT_PLAIN
    // Three bytes a unit at most.
    this.#room(9 + 3 * length)
    const size = Buffer.byteLength(text)
    this.#head(0x60, size)
    encoder.encodeInto(text, this.#out.subarray(this.#at, this.#at + size))
    this.#at += size
  }

  /** @returns whether it was ASCII; else nothing is written */
  #ascii (text: string): boolean {
    const { length } = text
    this.#room(9 + length)
    const from = this.#at
    this.#head(0x60, length)
    const out = this.#out
    let at = this.#at
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i)
      if (unit > 0x7f) { this.#at = from; return false }
      out[at++] = unit
    }
    this.#at = at
    return true
  }

  #array (items: readonly unknown[], depth: number): void {
    const { length } = items
    this.#head(0x80, length)
    for (let i = 0; i < length; i++) this.#value(items[i], depth + 1)
  }

  #map (map: Record<string, unknown>, depth: number): void {
    const keys = Object.keys(map)
    sortKeys(keys)
    this.#head(0xa0, keys.length)
    for (const key of keys) {
      // The library takes an object with such a key for a link, if it has some others.
      if (key === '/' || key.length > NAME_BYTES || !this.#ascii(key)) throw NOT_PLAIN
      this.#value(map[key], depth + 1)
    }
  }
}

/** The shorter first, then by their units: of ASCII keys the order of dag-cbor. Few, and mostly in order. */
function sortKeys (keys: string[]): void {
  for (let i = 1; i < keys.length; i++) {
    if (isBelow(keys[i - 1] ?? '', keys[i] ?? '')) continue
    keys.sort((a, b) => isBelow(a, b) ? -1 : 1)
    return
  }
}

function isBelow (a: string, b: string): boolean { return a.length === b.length ? a < b : a.length < b.length }

const writer = new Writer()

/** A value's canonical bytes, or undefined when it is not plain. `isBrief`: in memory that others share, for what is not kept. */
export function writePlain (value: unknown, isBrief = false): Uint8Array | undefined {
  try {
    return writer.write(value, isBrief)
  } catch {
    return undefined
  }
}
