/**
 * XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03): a 24-byte nonce can be random for ever.
 * Short texts go through @noble/ciphers, which costs less per call; long ones through node:crypto
 * under the HChaCha20 subkey, which costs less per byte (measured: even at about 3 KiB, seven
 * times less at 64 KiB). Both give the same bytes; the tests hold them to it.
 */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'
import { hchacha, xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { DecryptError } from '../wire/index.js'
import { systemRandom, type RandomBytes } from './random.js'

/** A key's length. */
export const KEY_BYTES = 32
/** A nonce's length. */
export const NONCE_BYTES = 24
/** A Poly1305 tag's length. */
const TAG_BYTES = 16
/** What {@link xseal} adds to a plaintext. */
export const SEAL_OVERHEAD = NONCE_BYTES + TAG_BYTES

/** Plaintexts of at least this many bytes go through node:crypto. @internal */
export const BULK_BYTES = 3 * 1024

/** "expand 32-byte k": ChaCha's constant, as little-endian words. */
const SIGMA = Uint32Array.of(0x61707865, 0x3320646e, 0x79622d32, 0x6b206574)

/** Little-endian words of some bytes. */
function words (bytes: Uint8Array, length: number): Uint32Array {
  const out = new Uint32Array(length)
  for (let i = 0, at = 0; i < length; i++, at += 4) out[i] = (bytes[at] ?? 0) | (bytes[at + 1] ?? 0) << 8 | (bytes[at + 2] ?? 0) << 16 | (bytes[at + 3] ?? 0) << 24
  return out
}

/** The subkey under which XChaCha20 with a nonce (24 bytes, of which the first 16 count) is ChaCha20 (sections 2.2 and 2.3 of the draft). */
export function subkey (key: Uint8Array, nonce: Uint8Array): KeyObject {
  const out = new Uint32Array(8)
  hchacha(SIGMA, words(key, 8), words(nonce, 4), out)
  const derived = new Uint8Array(32)
  const view = new DataView(derived.buffer)
  out.forEach((word, i) => { view.setUint32(i * 4, word, true) })
  out.fill(0)
  const sub = createSecretKey(derived)
  derived.fill(0)
  return sub
}

// A cipher copies it: one is enough, and it need not be made anew.
const short = new Uint8Array(12)

/** The 12-byte nonce under the subkey: four zero bytes, and the last eight of the long one. It holds until the next is asked for. */
function shortNonce (nonce: Uint8Array): Uint8Array {
  for (let i = 0; i < 8; i++) short[4 + i] = nonce[16 + i] ?? 0
  return short
}

function sealBulk (key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array, out: Uint8Array): void {
  sealUnder(subkey(key, nonce), nonce, plaintext, aad, out)
}

/** Seals under a subkey, into `out`. `nonce`: the long one. */
export function sealUnder (sub: KeyObject, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array, out: Uint8Array): void {
  const cipher = createCipheriv('chacha20-poly1305', sub, shortNonce(nonce), { authTagLength: TAG_BYTES })
  cipher.setAAD(aad, { plaintextLength: plaintext.length })
  out.set(cipher.update(plaintext))
  cipher.final()
  out.set(cipher.getAuthTag(), plaintext.length)
}

function openBulk (key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array {
  return openUnder(subkey(key, nonce), nonce, sealed, aad)
}

/** Opens ciphertext ‖ tag under a subkey. `nonce`: the long one, or what begins with it. @throws whatever node:crypto does */
export function openUnder (sub: KeyObject, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array {
  const length = sealed.length - TAG_BYTES
  const decipher = createDecipheriv('chacha20-poly1305', sub, shortNonce(nonce), { authTagLength: TAG_BYTES })
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
