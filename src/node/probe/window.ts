/** A window over a source: parsers that read a few bytes here and there cost few reads, and a bounded number of them. */
import type { ByteSource } from './types.js'
import { Damaged } from './damaged.js'

/** Bytes of one read: a sealed chunk opens as a whole, so less saves nothing. */
const STRIDE = 256 * 1024

/** Reads a source through one buffer. */
export class Window {
  readonly size: number
  readonly #source: ByteSource
  readonly #limit: number
  #start = 0
  #bytes: Uint8Array = new Uint8Array(0)
  #read = 0

  /** @param limit - bytes that may be read in all, the same byte again counted again */
  constructor (source: ByteSource, limit: number) {
    this.size = source.size
    this.#source = source
    this.#limit = limit
  }

  /** Exactly `length` bytes from `at`; a view that the next call may replace. @throws Damaged past the end or the limit */
  async bytes (at: number, length: number): Promise<Uint8Array> {
    if (!this.holds(at, length)) await this.#move(at, length)
    return this.#bytes.subarray(at - this.#start, at - this.#start + length)
  }

  /** What there is from `at`, at least one byte and at most a stride; empty at the end. */
  async some (at: number): Promise<Uint8Array> {
    if (at >= this.size) return new Uint8Array(0)
    if (!this.holds(at, 1)) await this.#move(at, 1)
    return this.#bytes.subarray(at - this.#start)
  }

  /** Whether the bytes are here without a read. */
  holds (at: number, length: number): boolean { return at >= this.#start && at + length <= this.#start + this.#bytes.length }

  async #move (at: number, length: number): Promise<void> {
    if (at < 0 || length < 0 || at + length > this.size) throw new Damaged('it ends too early')
    const end = Math.min(this.size, at + Math.max(length, STRIDE - at % STRIDE))
    this.#read += end - at
    if (this.#read > this.#limit) throw new Damaged('too much would have to be read')
    this.#bytes = await this.#source.read(at, end, {})
    this.#start = at
  }
}

/** A 16-bit number, most significant byte first. */
export function u16 (bytes: Uint8Array, at: number): number { return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0) }
/** A 32-bit number, most significant byte first. */
export function u32 (bytes: Uint8Array, at: number): number { return u16(bytes, at) * 0x10000 + u16(bytes, at + 2) }
/** A 16-bit number, least significant byte first. */
export function u16le (bytes: Uint8Array, at: number): number { return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) }
/** A 32-bit number, least significant byte first. */
export function u32le (bytes: Uint8Array, at: number): number { return u16le(bytes, at) + u16le(bytes, at + 2) * 0x10000 }
/** Bytes as characters of Latin-1: names of chunks and boxes. */
export function latin1 (bytes: Uint8Array, start = 0, end = bytes.length): string { return String.fromCharCode(...bytes.subarray(start, end)) }
/** A number in four bytes, most significant first. */
export function be32 (value: number): Uint8Array { return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value) }
/** A number in four bytes, least significant first. */
export function le32 (value: number): Uint8Array { return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24) }
