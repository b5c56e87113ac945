/** The cipher of the node's records at rest. */
import { BadInputError } from '../wire/index.js'
import { systemRandom, type RandomBytes } from './random.js'
import { SealRuns } from './xchacha-runs.js'
import { KEY_BYTES } from './xchacha.js'

/** Seals records; the store takes one as a parameter. */
export interface Cipher {
  /** Names the algorithm; a store written under one name is not opened under another. */
  readonly name: string
  /** Sealed bytes that open only with the same `aad`, which names the record. */
  seal: (plaintext: Uint8Array, aad: Uint8Array) => Uint8Array
  /** @throws DecryptError when the bytes were not sealed under this key and aad */
  open: (sealed: Uint8Array, aad: Uint8Array) => Uint8Array
}

/**
 * XChaCha20-Poly1305 with a nonce of its own per record: nonce (24) ‖ ciphertext ‖ tag (16). A store
 * rewrites records for years under one key, so the nonce must be long enough never to repeat: one is drawn
 * at random, and counted up for the records after it.
 *
 * @param key - 32 bytes; copied, so the caller may wipe its own
 * @throws BadInputError on another length
 */
export function recordCipher (key: Uint8Array, random: RandomBytes = systemRandom): Cipher {
  if (key.length !== KEY_BYTES) throw new BadInputError(`a record key must be ${KEY_BYTES} bytes, got ${key.length}`)
  const runs = new SealRuns(key.slice(), random)
  return {
    name: 'xchacha20-poly1305',
    seal: (plaintext, aad) => runs.seal(plaintext, aad),
    open: (sealed, aad) => runs.open(sealed, aad, 'the record')
  }
}
