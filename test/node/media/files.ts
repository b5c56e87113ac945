/** Files for tests: bytes that a seed decides, as somebody reads them from a disk. */
import { createHash } from 'node:crypto'

/** `size` bytes that are the same for the same seed. */
export function someBytes (size: number, seed = 1): Uint8Array {
  const out = new Uint8Array(size)
  let a = seed
  for (let i = 0; i < size; i += 4) {
    a = (Math.imul(a, 1664525) + 1013904223) | 0
    out[i] = a >>> 24
    out[i + 1] = a >>> 16
    out[i + 2] = a >>> 8
    out[i + 3] = a
  }
  return out
}

/** Bytes as a stream of pieces of one length. */
export async function * inPieces (bytes: Uint8Array, length = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) {
    await Promise.resolve()
    yield bytes.subarray(at, at + length)
  }
}

/** A SHA-256 in hexadecimal digits. */
export function hexOf (bytes: Uint8Array): string { return createHash('sha256').update(bytes).digest('hex') }
