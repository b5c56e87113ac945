/** The key of one file, so that an account's same file is the same blob, and nobody else can tell. DESIGN section 6, KEYS.md. */
import { expand } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { BadInputError, DIGEST_LENGTH, labelBytes, type Digest } from '../../wire/index.js'
import { CRYPTO_LABELS } from '../labels.js'

const SECRET_BYTES = 32

/**
 * HKDF-Expand(media secret, label ‖ 0 ‖ SHA-256 of the plaintext, 32). Never from the plaintext alone: that would
 * confirm a file to whoever guesses it.
 *
 * The hash is a promise: sealing other bytes under this key than those with the hash would use nonces twice. What was
 * sealed before the whole plaintext was seen to have it must not leave the node.
 *
 * @param mediaSecret - the account's, 32 random bytes from its vault
 * @param plaintext - SHA-256 of the whole file
 * @throws BadInputError for other lengths
 */
export function fileKey (mediaSecret: Uint8Array, plaintext: Digest): Uint8Array {
  if (mediaSecret.length !== SECRET_BYTES) throw new BadInputError(`a media secret has ${SECRET_BYTES} bytes, not ${mediaSecret.length}`)
  if (plaintext.length !== DIGEST_LENGTH) throw new BadInputError(`a file's hash has ${DIGEST_LENGTH} bytes, not ${plaintext.length}`)
  const label = labelBytes(CRYPTO_LABELS.fileKey)
  const info = new Uint8Array(label.length + plaintext.length)
  info.set(label)
  info.set(plaintext, label.length)
  return expand(sha256, mediaSecret, info, SECRET_BYTES)
}
