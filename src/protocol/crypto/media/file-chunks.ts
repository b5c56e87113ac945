/** A file's chunks, sealed and opened: each by its place in the file, padded so that the blob does not tell the exact size. CRYPTO.md, Files. */
import { BadInputError, DecryptError } from '../../wire/index.js'
import type { ChunkCipher } from './chunk.js'
import { CHUNK_TAG_BYTES, chunkOf, type MediaLayout } from './layout.js'
import { nodeChunkCipher } from './node-cipher.js'

/**
 * Seals the chunk `index` of a file: the bytes from its start, chunkOf(layout, index).length of them. Returns a leaf of
 * the file's blob.
 *
 * @param into - memory for a leaf, which is used for one that fills it
 * @throws BadInputError for a chunk that the file has not, or that has another length
 */
export function sealChunk (key: Uint8Array, layout: MediaLayout, index: number, bytes: Uint8Array, cipher: ChunkCipher = nodeChunkCipher, into?: Uint8Array): Uint8Array {
  const { length, padded, last } = chunkOf(layout, index)
  if (bytes.length !== length) throw new BadInputError(`chunk ${index} of the file has ${length} bytes, not ${bytes.length}`)
  if (padded === length) return cipher.seal(key, index, last, bytes, into)
  const whole = new Uint8Array(padded)
  whole.set(bytes)
  return cipher.seal(key, index, last, whole, into)
}

/**
 * The bytes of the file in a leaf of its blob.
 *
 * @throws DecryptError when it is not this chunk of this file, has another length, or is padded by anything but zeros
 * @throws BadInputError for a chunk that the file has not
 */
export function openChunk (key: Uint8Array, layout: MediaLayout, index: number, sealed: Uint8Array, cipher: ChunkCipher = nodeChunkCipher): Uint8Array {
  const { length, padded, last } = chunkOf(layout, index)
  if (sealed.length !== padded + CHUNK_TAG_BYTES) throw new DecryptError(`chunk ${index} of the file is ${padded + CHUNK_TAG_BYTES} bytes when it is sealed, not ${sealed.length}`)
  const whole = cipher.open(key, index, last, sealed)
  for (let i = length; i < padded; i++) {
    if (whole[i] !== 0) throw new DecryptError('the file is padded by something other than zeros: it has another size than its message says')
  }
  return whole.subarray(0, length)
}
