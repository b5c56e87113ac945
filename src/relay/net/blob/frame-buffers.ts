/**
 * Memory for frames with large blocks, used again. A block waits for the disk long enough for the engine to reckon it
 * among what is old, and old memory is only given back after a look at the whole heap: with memory of its own for each
 * block these looks took a quarter of a relay's time during an upload, and up to 30 MB.
 */
import { LIMITS } from '../../../protocol/wire/index.js'

/** Pieces kept for the next frames: as many as one stream's puts may be on their way. */
const MOST = Math.ceil(LIMITS.blobWindowBytes / LIMITS.blobFrameBytes)

class FrameBuffers {
  readonly #free: Uint8Array[] = []
  readonly #lent = new WeakMap<ArrayBufferLike, Uint8Array>()

  /** Memory for the largest frame, with anything in it. */
  take (): Uint8Array {
    const buffer = this.#free.pop() ?? Buffer.allocUnsafeSlow(LIMITS.blobFrameBytes)
    this.#lent.set(buffer.buffer, buffer)
    return buffer
  }

  /** Takes back the memory in which some bytes lie, if it is from here: nobody may look at them afterwards. */
  give (bytes: Uint8Array): void {
    const lent = this.#lent.get(bytes.buffer)
    if (lent === undefined) return
    this.#lent.delete(bytes.buffer)
    if (this.#free.length < MOST) this.#free.push(lent)
  }
}

/** See the file's head: of all streams of this process. What is never given back is the engine's to collect. */
export const frameBuffers = new FrameBuffers()

/** A block's bytes are looked at no more: their memory is used for another one, if it is from here. */
export function releaseBlock (bytes: Uint8Array): void { frameBuffers.give(bytes) }

/** Smaller blocks have memory of their own: a piece takes as much as a large one. */
const LEAST = 64 * 1024

/** Memory for a block of `length` bytes, with anything in it. {@link releaseBlock} gives it back. */
export function blockMemory (length: number): Uint8Array {
  if (length < LEAST || length > LIMITS.blobFrameBytes) return new Uint8Array(length)
  const { buffer, byteOffset } = frameBuffers.take()
  return new Uint8Array(buffer, byteOffset, length)
}
