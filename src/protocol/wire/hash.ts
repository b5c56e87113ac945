/** SHA-256 with a domain label, so that bytes hashed for one purpose never serve another. */
import { createHash, hash } from 'node:crypto'
import { BriefMemory } from './brief-memory.js'
import { DIGEST_LENGTH, type Digest } from './ids.js'

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
  return atOnce(parts) ?? inParts(parts)
}

function atOnce (parts: readonly Uint8Array[]): Digest | undefined {
  const [first] = parts
  if (first !== undefined && parts.length === 1) return bytesOf(hash('sha256', first, 'binary'))
  let at = 0
  for (const part of parts) {
    if (at + part.length > scratch.length) return undefined
    scratch.set(part, at)
    at += part.length
  }
  const digest = hash('sha256', scratch.subarray(0, at), 'binary')
  // There may be keys among it.
  scratch.fill(0, 0, at)
  return bytesOf(digest)
}

/**
 * A digest by way of a text of a byte a unit: 0.4 µs in place of 1.3. The platform makes its Buffer in memory outside the
 * heap, which costs more than the hash; so few bytes as these stand in the heap when they are made here.
 */
function bytesOf (text: string): Digest {
  const digest = new Uint8Array(DIGEST_LENGTH)
  for (let i = 0; i < DIGEST_LENGTH; i++) digest[i] = text.charCodeAt(i)
  return digest
}

/** Hashes of many short values under one label, which are written where they are hashed: nothing is made for each but its digest's text. */
export class LabelledHashes {
  /** The label, and behind it room for a value: never a secret one. */
  readonly room: Uint8Array
  /** Where the value begins. */
  readonly from: number
  readonly #views: Uint8Array[] = []

  constructor (label: string, mostBytes: number) {
    const bytes = labelBytes(label)
    this.from = bytes.length
    this.room = new Uint8Array(this.from + mostBytes)
    this.room.set(bytes)
  }

  /** Puts the digest of the value that ends there in its room at a place of `out`. */
  hash (end: number, out: Uint8Array, at: number): void {
    const text = hash('sha256', this.#views[end] ??= this.room.subarray(0, end), 'binary')
    for (let i = 0; i < DIGEST_LENGTH; i++) out[at + i] = text.charCodeAt(i)
  }
}

function inParts (parts: readonly Uint8Array[]): Digest {
  const hashing = createHash('sha256')
  for (const part of parts) hashing.update(part)
  return bytesOf(hashing.digest('binary'))
}

const brief = new BriefMemory()

/** Like {@link sha256}, of one part, in memory that others share: one digest that is kept keeps 8 KiB. */
export function sha256Briefly (bytes: Uint8Array): Digest {
  const text = hash('sha256', bytes, 'binary')
  const digest = brief.take(DIGEST_LENGTH)
  for (let i = 0; i < DIGEST_LENGTH; i++) digest[i] = text.charCodeAt(i)
  return digest
}

/** SHA-256(label ‖ 0x00 ‖ parts), 32 bytes. */
export function labelledHash (label: string, ...parts: Uint8Array[]): Digest {
  return sha256(labelBytes(label), ...parts)
}
