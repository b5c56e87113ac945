/** Cuts a byte stream into length-delimited frames: unsigned varint, then that many bytes. Pure. */
import { BadInputError, TooLargeError } from '../../protocol/wire/index.js'

/** First buffer of a frame that comes in pieces. It grows as bytes arrive, so a claimed length takes no memory. */
const FIRST_BUFFER = 1024
/** What it grows by: a block of 256 KiB that comes in pieces of 64 KiB is copied once. */
const GROWTH = 4
/** Frames from this size on are put together in memory that is lent. */
const LENT_FROM = 64 * 1024
const EMPTY = new Uint8Array(0)

/** Takes one frame's bytes; false stops the reader for good. */
export type TakeFrame = (frame: Uint8Array) => boolean

/** Lends memory for frames, each piece enough for the largest one. */
export interface FrameMemory { take (): Uint8Array }

/** An incremental frame decoder. A frame that lies whole in a chunk is a view of it; others are copied once. */
export class FrameReader {
  #maxBytes: number
  readonly #memory: FrameMemory | undefined
  #stopped = false
  // The length being read: value so far, bytes of it so far.
  #length = 0
  #lengthBytes = 0
  // The body being read, once its length is known.
  #inBody = false
  #buffer: Uint8Array = EMPTY
  #have = 0
  #frames = 0

  /**
   * @param maxBytes the largest frame taken
   * @param memory where large frames that come in pieces are put together, in place of memory of their own
   */
  constructor (maxBytes: number, memory?: FrameMemory) {
    this.#maxBytes = maxBytes
    this.#memory = memory
  }

  /** Another largest frame, from the next frame on. */
  setMaxBytes (maxBytes: number): void { this.#maxBytes = maxBytes }

  /** Frames taken so far: together with {@link partial} it tells one unfinished frame from the next. */
  get frames (): number { return this.#frames }

  /** Whether a frame has begun and not ended. */
  get partial (): boolean { return !this.#stopped && (this.#inBody || this.#lengthBytes > 0) }

  /** The unfinished frame's announced length, 0 while unknown. */
  get partialLength (): number { return this.#inBody ? this.#length : 0 }

  /** Ignores all further input and lets the buffer go. */
  stop (): void {
    this.#stopped = true
    this.#buffer = EMPTY
  }

  /**
   * Reads a chunk and hands each frame that ends in it to `take`. After an error the reader is stopped.
   *
   * @throws TooLargeError for a frame over the limit, from its length alone
   * @throws BadInputError for a length of zero or one that is not in its shortest form
   */
  read (chunk: Uint8Array, take: TakeFrame): void {
    let at = 0
    while (at < chunk.length && !this.#stopped) {
      if (!this.#inBody) {
        this.#readLengthByte(chunk[at] ?? 0)
        at++
      } else {
        at = this.#readBody(chunk, at, take)
      }
    }
  }

  #readLengthByte (byte: number): void {
    // Multiplied, not shifted: the value must not wrap before it is compared.
    this.#length += (byte & 0x7f) * 2 ** (7 * this.#lengthBytes)
    this.#lengthBytes++
    if (this.#length > this.#maxBytes || this.#lengthBytes > 7) {
      this.stop()
      throw new TooLargeError(`the peer announced a frame over the limit of ${this.#maxBytes} bytes`)
    }
    if (byte >= 0x80) return
    if (byte === 0) {
      this.stop()
      throw new BadInputError(this.#lengthBytes === 1 ? 'the peer sent an empty frame' : 'the peer sent a frame length that is not in its shortest form')
    }
    this.#inBody = true
  }

  #readBody (chunk: Uint8Array, at: number, take: TakeFrame): number {
    const end = at + this.#length - this.#have
    if (end > chunk.length) {
      this.#keep(chunk.subarray(at))
      return chunk.length
    }
    let frame = chunk.subarray(at, end)
    if (this.#have > 0) {
      this.#keep(frame)
      frame = this.#buffer.subarray(0, this.#length)
    }
    this.#inBody = false
    this.#length = 0
    this.#lengthBytes = 0
    this.#buffer = EMPTY
    this.#have = 0
    this.#frames++
    if (!take(frame)) this.stop()
    return end
  }

  #keep (part: Uint8Array): void {
    const need = this.#have + part.length
    if (need > this.#buffer.length) {
      const size = Math.min(this.#length, Math.max(FIRST_BUFFER, need * GROWTH))
      const grown = this.#memory !== undefined && size === this.#length && size >= LENT_FROM ? this.#memory.take() : new Uint8Array(size)
      grown.set(this.#buffer.subarray(0, this.#have))
      this.#buffer = grown
    }
    this.#buffer.set(part, this.#have)
    this.#have = need
  }
}
