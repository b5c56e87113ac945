/** Cuts the bytes of a connection into messages of noise: two bytes of length, then so many. Pure. */
import type { Uint8ArrayList } from 'uint8arraylist'
import { ROOM_BYTES } from './noise-crypto.js'

/** An incremental reader. A message that lies whole in what came is a view of it; others are copied once. @internal */
export class MessageCutter {
  /** Of a message that has not all come, with its length before it. */
  #pieces: Uint8Array[] = []
  #bytes = 0

  /** The messages that are whole now, without their lengths, in order. Empty ones are left out, as the library does. */
  cut (data: Uint8Array | Uint8ArrayList): Uint8Array[] {
    const whole: Uint8Array[] = []
    if (data instanceof Uint8Array) this.#take(data, whole)
    else for (const chunk of data) this.#take(chunk, whole)
    return whole
  }

  #take (chunk: Uint8Array, whole: Uint8Array[]): void {
    let at = this.#bytes === 0 ? 0 : this.#end(chunk, whole)
    for (let next = endOf(chunk, at); next <= chunk.length; next = endOf(chunk, at)) {
      if (next > at + ROOM_BYTES) whole.push(chunk.subarray(at + ROOM_BYTES, next))
      at = next
    }
    if (at === chunk.length) return
    this.#pieces.push(chunk.subarray(at))
    this.#bytes += chunk.length - at
  }

  /** Goes on with a message that has begun. @returns how many bytes of the chunk belong to it, all of them while it has not ended */
  #end (chunk: Uint8Array, whole: Uint8Array[]): number {
    if (chunk.length === 0) return 0
    const [first = chunk, second = chunk] = this.#pieces
    // One byte of the length may have come alone.
    const length = first.length < ROOM_BYTES ? (first[0] ?? 0) << 8 | (second[0] ?? 0) : lengthAt(first, 0)
    const missing = ROOM_BYTES + length - this.#bytes
    if (missing > chunk.length) {
      this.#pieces.push(chunk)
      this.#bytes += chunk.length
      return chunk.length
    }
    const message = Buffer.concat([...this.#pieces, chunk.subarray(0, missing)], ROOM_BYTES + length)
    if (length > 0) whole.push(message.subarray(ROOM_BYTES))
    this.#pieces = []
    this.#bytes = 0
    return missing
  }
}

function lengthAt (bytes: Uint8Array, at: number): number { return (bytes[at] ?? 0) << 8 | (bytes[at + 1] ?? 0) }

/** Where the message that begins there ends; beyond the chunk when it has not all come. */
function endOf (chunk: Uint8Array, at: number): number {
  return at + ROOM_BYTES > chunk.length ? Infinity : at + ROOM_BYTES + lengthAt(chunk, at)
}
