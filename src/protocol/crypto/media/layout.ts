/** How a file's plaintext lies in chunks, and these in the blob: all by its size alone. CRYPTO.md, Files. */
import { BadInputError, LIMITS, TooLargeError } from '../../wire/index.js'
import { padmeLength } from '../padme.js'

/** A Poly1305 tag's length: what sealing adds to a chunk. */
export const CHUNK_TAG_BYTES = LIMITS.blobBytes - LIMITS.chunkBytes

/** A file's chunks. `sealedBytes` is the size of its blob. */
export interface MediaLayout { readonly size: number, readonly chunks: number, readonly sealedBytes: number }

/** One chunk of a file. */
export interface Chunk {
  readonly index: number
  /** Where its plaintext begins in the file, and how many bytes of the file it holds. */
  readonly start: number
  readonly length: number
  /** Bytes that are sealed: the file's, and in the last chunk zeros. Its leaf has CHUNK_TAG_BYTES more. */
  readonly padded: number
  readonly last: boolean
}

/**
 * From this size on (2^23) the Padmé length is a multiple of chunkBytes or more: the last chunk is a full one. It is
 * taken for larger ones without asking, since a file's size goes beyond 32 bits.
 */
const FULL_FROM = 32 * LIMITS.chunkBytes

/** Bytes of the last chunk once it is padded: up to the Padmé length of the whole file, and at most a full one. */
function lastPadded (size: number, start: number): number {
  return size >= FULL_FROM ? LIMITS.chunkBytes : Math.min(LIMITS.chunkBytes, padmeLength(size) - start)
}

/**
 * The chunks of a file of `size` bytes: full ones of chunkBytes, and the last with what is left and zeros. An empty file
 * has one, empty. The zeros hide the exact size from who sees the blob: files of many sizes have the same.
 *
 * @throws BadInputError for no size, TooLargeError over mediaFileBytes
 */
export function mediaLayout (size: number): MediaLayout {
  if (!Number.isSafeInteger(size) || size < 0) throw new BadInputError(`a file's size is a whole number from 0, not ${size}`)
  if (size > LIMITS.mediaFileBytes) {
    throw new TooLargeError(`a file has at most ${LIMITS.mediaFileBytes} bytes, this one has ${size}`, { details: { bytes: size, limit: LIMITS.mediaFileBytes } })
  }
  const chunks = Math.max(1, Math.ceil(size / LIMITS.chunkBytes))
  const start = (chunks - 1) * LIMITS.chunkBytes
  return { size, chunks, sealedBytes: start + lastPadded(size, start) + chunks * CHUNK_TAG_BYTES }
}

/** A file's chunk by its number. @throws BadInputError when the file has no such chunk */
export function chunkOf ({ size, chunks }: MediaLayout, index: number): Chunk {
  if (!Number.isSafeInteger(index) || index < 0 || index >= chunks) throw new BadInputError(`the file has chunks 0 to ${chunks - 1}, not ${index}`)
  const start = index * LIMITS.chunkBytes
  const last = index === chunks - 1
  return { index, start, length: Math.min(LIMITS.chunkBytes, size - start), padded: last ? lastPadded(size, start) : LIMITS.chunkBytes, last }
}

/**
 * The numbers of the first and the last chunk that a range of the plaintext touches. `end` is not part of it. An empty
 * range touches the chunk it stands in, so that what is asked for can be shown to be there.
 *
 * @throws BadInputError for a range that is not within the file
 */
export function chunksOf ({ size, chunks }: MediaLayout, start: number, end: number): { first: number, last: number } {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start || end > size) {
    throw new BadInputError(`the range ${start} to ${end} is not within a file of ${size} bytes`)
  }
  const at = (offset: number): number => Math.min(chunks - 1, Math.floor(offset / LIMITS.chunkBytes))
  return { first: at(start), last: at(Math.max(start, end - 1)) }
}
