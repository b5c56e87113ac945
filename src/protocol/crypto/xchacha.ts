/**
 * XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03): a 24-byte nonce can be random for ever.
 * Short texts go through @noble/ciphers, which costs less per call; long ones through node:crypto
 * under the HChaCha20 subkey, which costs less per byte (measured: even at about 3 KiB, seven
 * times less at 64 KiB). Both give the same bytes; the tests hold them to it.
 */
import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'
import { hchacha, xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { DecryptError } from '../wire/index.js'
import { systemRandom, type RandomBytes } from './random.js'

/** A key's length. */
export const KEY_BYTES = 32
/** A nonce's length. */
const NONCE_BYTES = 24
/** A Poly1305 tag's length. */
const TAG_BYTES = 16
/** What {@link xseal} adds to a plaintext. */
export const SEAL_OVERHEAD = NONCE_BYTES + TAG_BYTES

/** Plaintexts of at least this many bytes go through node:crypto. @internal */
export const BULK_BYTES = 3 * 1024

/** "expand 32-byte k": ChaCha's constant, as little-endian words. */
const SIGMA = Uint32Array.of(0x61707865, 0x3320646e, 0x79622d32, 0x6b206574)

function words (bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(i * 4, true))
}

/** The subkey and the 12-byte nonce under which XChaCha20 is ChaCha20 (section 2.2 and 2.3 of the draft). */
function subkey (key: Uint8Array, nonce: Uint8Array): { key: Uint8Array, nonce: Uint8Array } {
  const out = new Uint32Array(8)
  hchacha(SIGMA, words(key), words(nonce.subarray(0, 16)), out)
  const derived = new Uint8Array(32)
  const view = new DataView(derived.buffer)
  out.forEach((word, i) => { view.setUint32(i * 4, word, true) })
  out.fill(0)
  const short = new Uint8Array(12)
  short.set(nonce.subarray(16), 4)
  return { key: derived, nonce: short }
}

function sealBulk (key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array, out: Uint8Array): void {
  const sub = subkey(key, nonce)
  const cipher = createCipheriv('chacha20-poly1305', createSecretKey(sub.key), sub.nonce, { authTagLength: TAG_BYTES })
  sub.key.fill(0)
  cipher.setAAD(aad, { plaintextLength: plaintext.length })
  out.set(cipher.update(plaintext))
  cipher.final()
  out.set(cipher.getAuthTag(), plaintext.length)
}

function openBulk (key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array {
  const sub = subkey(key, nonce)
  const length = sealed.length - TAG_BYTES
  const decipher = createDecipheriv('chacha20-poly1305', createSecretKey(sub.key), sub.nonce, { authTagLength: TAG_BYTES })
  sub.key.fill(0)
  decipher.setAAD(aad, { plaintextLength: length })
  decipher.setAuthTag(sealed.subarray(length))
  const plaintext = decipher.update(sealed.subarray(0, length))
  decipher.final()
  return new Uint8Array(plaintext.buffer, plaintext.byteOffset, plaintext.length)
}

/**
 * nonce ‖ ciphertext ‖ tag, after `prefix` (a format's version, say), in one allocation.
 * The key is 32 bytes; `random` gives the nonce.
 */
export function xseal (key: Uint8Array, plaintext: Uint8Array, aad: Uint8Array, prefix: Uint8Array, random: RandomBytes = systemRandom): Uint8Array {
  const nonce = random(NONCE_BYTES)
  const start = prefix.length + NONCE_BYTES
  const out = new Uint8Array(start + plaintext.length + TAG_BYTES)
  out.set(prefix)
  out.set(nonce, prefix.length)
  const body = out.subarray(start)
  if (plaintext.length >= BULK_BYTES) sealBulk(key, nonce, plaintext, aad, body)
  else xchacha20poly1305(key, nonce, aad).encrypt(plaintext, body)
  return out
}

/**
 * The plaintext of nonce ‖ ciphertext ‖ tag. `what` names the sealed thing in the error.
 *
 * @throws DecryptError when the key, the aad or the bytes are not those that were sealed
 */
export function xopen (key: Uint8Array, sealed: Uint8Array, aad: Uint8Array, what: string): Uint8Array {
  if (sealed.length < SEAL_OVERHEAD) throw new DecryptError(`${what} is too short to open`)
  const nonce = sealed.subarray(0, NONCE_BYTES)
  const body = sealed.subarray(NONCE_BYTES)
  try {
    if (body.length - TAG_BYTES >= BULK_BYTES) return openBulk(key, nonce, body, aad)
    return xchacha20poly1305(key, nonce, aad).decrypt(body)
  } catch {
    // No cause: nothing a library says of a failed opening helps, and it must not leak what it compared.
    throw new DecryptError(`${what} does not open: wrong key, wrong place, or altered`)
  }
}
