/**
 * The chunks of a backup: each opens only behind the ones before it, under its own backup's head. So none can be left
 * out, moved, doubled, or taken from another backup of the same home. BACKUP.md gives the format.
 */
import { BadInputError, CorruptError, DecryptError, encodeCbor, LIMITS, TooLargeError, type Digest } from '../../wire/index.js'
import { CRYPTO_LABELS } from '../labels.js'
import { systemRandom, type RandomBytes } from '../random.js'
import { SEAL_OVERHEAD, xopen, xseal } from '../xchacha.js'
import { decodeBackupContent, encodeBackupContent, type BackupContent } from './content.js'

const TAG_BYTES = 16
/** Bytes before each sealed chunk: its length. */
export const CHUNK_HEAD_BYTES = 4

/** Where in a backup a chunk stands: `tag` is that of the chunk before, empty for the first. */
export interface ChunkPlace { readonly head: Digest, readonly index: number, readonly tag: Uint8Array }

/** The place of a backup's first chunk. */
export function firstChunk (head: Digest): ChunkPlace { return { head, index: 0, tag: new Uint8Array() } }

function aadOf ({ head, index, tag }: ChunkPlace): Uint8Array { return encodeCbor([CRYPTO_LABELS.backupChunk, head, index, tag]) }

function after ({ head, index }: ChunkPlace, sealed: Uint8Array): ChunkPlace { return { head, index: index + 1, tag: sealed.slice(-TAG_BYTES) } }

/** A chunk as it stands in the file, and the place of the next one. @throws TooLargeError */
export function sealBackupChunk (key: Uint8Array, place: ChunkPlace, content: BackupContent, random: RandomBytes = systemRandom): { bytes: Uint8Array, next: ChunkPlace } {
  const plain = encodeBackupContent(content)
  const length = plain.length + SEAL_OVERHEAD
  if (length > LIMITS.backupSealedBytes) throw new TooLargeError(`a chunk of a backup would take ${length} bytes, over the limit of ${LIMITS.backupSealedBytes}`)
  const head = new Uint8Array(CHUNK_HEAD_BYTES)
  new DataView(head.buffer).setUint32(0, length)
  const bytes = xseal(key, plain, aadOf(place), head, random)
  plain.fill(0)
  return { bytes, next: after(place, bytes) }
}

/** How long a sealed chunk is, from the four bytes before it. @throws CorruptError for more than a chunk may be */
export function chunkLength (head: Uint8Array): number {
  if (head.length < CHUNK_HEAD_BYTES) throw new CorruptError('the backup is cut off')
  const length = new DataView(head.buffer, head.byteOffset).getUint32(0)
  if (length <= SEAL_OVERHEAD || length > LIMITS.backupSealedBytes) throw new CorruptError('the backup was damaged: a chunk has no length that a chunk can have')
  return length
}

/** What a sealed chunk (without its length) says, and the place of the next one. @throws CorruptError when it is not the chunk of this place */
export function openBackupChunk (key: Uint8Array, place: ChunkPlace, sealed: Uint8Array): { content: BackupContent, next: ChunkPlace } {
  try {
    return { content: decodeBackupContent(xopen(key, sealed, aadOf(place), 'the chunk')), next: after(place, sealed) }
  } catch (cause) {
    if (cause instanceof DecryptError || cause instanceof BadInputError || cause instanceof TooLargeError) throw new CorruptError(`the backup was damaged: chunk ${place.index + 1} is not what was written`, { cause })
    throw cause
  }
}
