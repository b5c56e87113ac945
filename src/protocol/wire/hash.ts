/** SHA-256 with a domain label, so that bytes hashed for one purpose never serve another. */
import { createHash } from 'node:crypto'
import type { Digest } from './ids.js'

const encoder = new TextEncoder()
const cache = new Map<string, Uint8Array>()

/** A label's bytes: its UTF-8 and one zero byte, which no label contains, so that no label is another's prefix. */
export function labelBytes (label: string): Uint8Array {
  let bytes = cache.get(label)
  if (bytes === undefined) {
    bytes = encoder.encode(`${label}\0`)
    cache.set(label, bytes)
  }
  return bytes
}

/** SHA-256 of the parts in order, 32 bytes. */
export function sha256 (...parts: Uint8Array[]): Digest {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  const digest = hash.digest()
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.length)
}

/** SHA-256(label ‖ 0x00 ‖ parts), 32 bytes. */
export function labelledHash (label: string, ...parts: Uint8Array[]): Digest {
  return sha256(labelBytes(label), ...parts)
}
