/** SHA-256 with a domain label, so that bytes hashed for one purpose never serve another. */
import { createHash, hash } from 'node:crypto'
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

// Shorter parts are put side by side and hashed in one call, which takes a third of the time: nearly all are a few keys and hashes.
const scratch = new Uint8Array(4096)

/** SHA-256 of the parts in order, 32 bytes. */
export function sha256 (...parts: Uint8Array[]): Digest {
  const digest = atOnce(parts) ?? inParts(parts)
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.length)
}

function atOnce (parts: readonly Uint8Array[]): Uint8Array | undefined {
  const [first] = parts
  if (first !== undefined && parts.length === 1) return hash('sha256', first, 'buffer')
  let at = 0
  for (const part of parts) {
    if (at + part.length > scratch.length) return undefined
    scratch.set(part, at)
    at += part.length
  }
  const digest = hash('sha256', scratch.subarray(0, at), 'buffer')
  // There may be keys among it.
  scratch.fill(0, 0, at)
  return digest
}

function inParts (parts: readonly Uint8Array[]): Uint8Array {
  const hashing = createHash('sha256')
  for (const part of parts) hashing.update(part)
  return hashing.digest()
}

/** SHA-256(label ‖ 0x00 ‖ parts), 32 bytes. */
export function labelledHash (label: string, ...parts: Uint8Array[]): Digest {
  return sha256(labelBytes(label), ...parts)
}
