/**
 * What both ciphers of files share. STREAM (Hoang, Reyhanitabar, Rogaway, Vizar: Online Authenticated-Encryption and its
 * Nonce-Reuse Misuse-Resistance, 2015) over ChaCha20-Poly1305 (RFC 8439): each chunk is sealed under the file's key with
 * its number and whether it is the last as the nonce. So each opens alone, and none can be cut off, moved, doubled or
 * taken from another file. CRYPTO.md, Files.
 */
import { BadInputError, DecryptError, LIMITS } from '../../wire/index.js'
import { CHUNK_TAG_BYTES } from './layout.js'

/** Seals and opens chunks as they are. A key seals one file: another plaintext under it would give both away. */
export interface ChunkCipher {
  /**
   * A padded chunk's ciphertext and tag. `into`: memory that may be used for them, of their length; a cipher may take its own.
   *
   * @throws BadInputError for a key, a number or a length that no file has
   */
  seal: (key: Uint8Array, index: number, last: boolean, plaintext: Uint8Array, into?: Uint8Array) => Uint8Array
  /** A chunk's padded plaintext. @throws DecryptError when it is not this chunk of this file; BadInputError for a key or a number that no file has */
  open: (key: Uint8Array, index: number, last: boolean, sealed: Uint8Array) => Uint8Array
}

const KEY_BYTES = 32
const NONCE_BYTES = 12
const MOST_CHUNKS = LIMITS.mediaFileBytes / LIMITS.chunkBytes

/** The counter (88 bits, big-endian) and the last-flag (0 or 1) of one chunk. */
function nonceOf (index: number, last: boolean): Uint8Array {
  const nonce = new Uint8Array(NONCE_BYTES)
  new DataView(nonce.buffer).setUint32(NONCE_BYTES - 5, index)
  nonce[NONCE_BYTES - 1] = last ? 1 : 0
  return nonce
}

function requirePlace (key: Uint8Array, index: number): void {
  if (key.length !== KEY_BYTES) throw new BadInputError(`a file's key has ${KEY_BYTES} bytes, not ${key.length}`)
  if (!Number.isSafeInteger(index) || index < 0 || index >= MOST_CHUNKS) throw new BadInputError(`a file has chunks 0 to ${MOST_CHUNKS - 1}, not ${index}`)
}

/** Whether a chunk with this number may have this length: full but for the last, and only an empty file's is empty. */
function fits (index: number, last: boolean, length: number): boolean {
  if (!last) return length === LIMITS.chunkBytes
  return length <= LIMITS.chunkBytes && length >= (index === 0 ? 0 : 1)
}

/** The nonce to seal a chunk with. @throws BadInputError for what no file holds */
export function nonceToSeal (key: Uint8Array, index: number, last: boolean, length: number): Uint8Array {
  requirePlace(key, index)
  if (!fits(index, last, length)) throw new BadInputError(`chunk ${index} of a file cannot have ${length} bytes${last ? '' : ': it is not the last'}`)
  return nonceOf(index, last)
}

/** The nonce to open a chunk with. @throws DecryptError for a length that the chunk cannot have */
export function nonceToOpen (key: Uint8Array, index: number, last: boolean, sealedLength: number): Uint8Array {
  requirePlace(key, index)
  if (!fits(index, last, sealedLength - CHUNK_TAG_BYTES)) throw new DecryptError(`chunk ${index} of a file cannot have ${sealedLength} bytes${last ? '' : ': it is not the last'}`)
  return nonceOf(index, last)
}

/** What a chunk says that does not open. No cause: what a library says of it helps nobody. */
export function notThisChunk (index: number): DecryptError {
  return new DecryptError(`chunk ${index} of the file does not open: another file's, another place, or altered`)
}
