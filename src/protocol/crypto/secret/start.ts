/** Where the beginning of a secret chat waits for the one device that it is for. KEYS.md gives the computation. */
import { createHash } from 'node:crypto'
import { BadInputError, DIGEST_LENGTH, labelBytes, type Digest } from '../../wire/index.js'
import { CRYPTO_LABELS } from '../labels.js'

/**
 * The address of a key package's record (its SHA-256): whoever was given the package, and the relay that gave it, can
 * post there, and nobody else.
 *
 * @throws BadInputError when it is no hash
 */
export function secretStartAddress (keyPackage: Digest): Uint8Array {
  if (keyPackage.length !== DIGEST_LENGTH) throw new BadInputError(`a key package's hash has ${DIGEST_LENGTH} bytes`)
  return createHash('sha256').update(labelBytes(CRYPTO_LABELS.secretStart)).update(keyPackage).digest()
}
