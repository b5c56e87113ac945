/**
 * G_pq: a cloud chat's 32 random bytes, sealed to each newcomer under X-Wing beside the Welcome.
 * Who records today's traffic and breaks X25519 later still lacks it.
 */
import { BadInputError, DecryptError, encodeCbor, sha256, UnsupportedError, type Digest } from '../wire/index.js'
import { xwingBox, type HpkeKeyPair } from './hpke.js'
import { CRYPTO_LABELS } from './labels.js'
import { systemRandom, type RandomBytes } from './random.js'

const GPQ_BYTES = 32
const VERSION = 1
/** An X-Wing public key's length. */
export const XWING_PUBLIC_BYTES = xwingBox.publicBytes
/** An X-Wing private key's length (a seed). */
export const XWING_PRIVATE_BYTES = xwingBox.privateBytes
/** The length of {@link sealPq}'s result. @internal */
export const SEALED_PQ_BYTES = 1 + xwingBox.overhead + GPQ_BYTES

/** A fresh G_pq. */
export function newPqSecret (random: RandomBytes = systemRandom): Uint8Array { return random(GPQ_BYTES) }

/** What the group context carries: SHA-256(G_pq). */
export function pqSecretHash (gpq: Uint8Array): Digest {
  if (gpq.length !== GPQ_BYTES) throw new BadInputError(`G_pq must be ${GPQ_BYTES} bytes, got ${gpq.length}`)
  return sha256(gpq)
}

/** A fresh X-Wing key pair from 32 bytes of `random`. */
export async function newXwingKey (random: RandomBytes = systemRandom): Promise<HpkeKeyPair> { return await xwingBox.keyPair(random(32)) }

function infoOf (context: Uint8Array): Uint8Array { return encodeCbor([CRYPTO_LABELS.sealedPq, context]) }

/**
 * Seals G_pq to a newcomer's X-Wing key: version byte 1 ‖ enc (1120) ‖ ciphertext.
 * `context` binds the sealing to its use: the chat's id.
 *
 * @throws BadInputError on wrong lengths
 */
export async function sealPq (recipient: Uint8Array, gpq: Uint8Array, context: Uint8Array): Promise<Uint8Array> {
  if (gpq.length !== GPQ_BYTES) throw new BadInputError(`G_pq must be ${GPQ_BYTES} bytes, got ${gpq.length}`)
  const sealed = await xwingBox.seal(recipient, gpq, infoOf(context))
  const out = new Uint8Array(1 + sealed.length)
  out[0] = VERSION
  out.set(sealed, 1)
  return out
}

/**
 * G_pq from {@link sealPq}. Compare its hash with the group context's: `join` does.
 *
 * @throws DecryptError when it does not open; UnsupportedError for a later format
 */
export async function openPq (privateKey: Uint8Array, sealed: Uint8Array, context: Uint8Array): Promise<Uint8Array> {
  if (sealed.length > 0 && sealed[0] !== VERSION) throw new UnsupportedError(`the sealed G_pq has format ${sealed[0] ?? 0}; this version of Petrel reads format 1: update it`)
  if (sealed.length !== SEALED_PQ_BYTES) throw new DecryptError(`a sealed G_pq has ${SEALED_PQ_BYTES} bytes, got ${sealed.length}`)
  return await xwingBox.open(privateKey, sealed.subarray(1), infoOf(context))
}
