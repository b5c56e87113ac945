/**
 * X-Wing (draft-connolly-cfrg-xwing-kem) on raw keys, where Node has ML-KEM: the same as the library's, without its keys of
 * WebCrypto. A private key is its 32-byte seed.
 */
import { createHash } from 'node:crypto'
import type { Kem, RawPair } from './hpke-base.js'
import { decapsulate768, encapsulate768, ML_KEM_BYTES, public768 } from './native-ml-kem.js'
import { freshX25519, nativeX25519, x25519Public } from './native-x25519.js'

const LABEL = Buffer.from('\\.//^\\', 'latin1')
const SEED_BYTES = 32
const POINT_BYTES = 32

/** See the file's head. */
export const xwingKem: Kem = {
  id: 0x647a,
  publicBytes: ML_KEM_BYTES.public + POINT_BYTES,
  privateBytes: SEED_BYTES,
  derive: ikm => pairOf(shake(ikm, SEED_BYTES)),
  pairOf,
  encap: publicKey => {
    const [lattice, point] = split(publicKey, ML_KEM_BYTES.public)
    const [ciphertext, secret] = encapsulate768(lattice)
    const { point: own, agree } = freshX25519()
    return { enc: new Uint8Array(Buffer.concat([ciphertext, own])), secret: combined(secret, agree(point), own, point) }
  },
  decap: (seed, enc) => {
    const [ciphertext, point] = split(enc, ML_KEM_BYTES.ciphertext)
    const [lattice, secret] = expanded(seed)
    return combined(decapsulate768(lattice, ciphertext), nativeX25519(secret, point), point, x25519Public(secret))
  }
}

function pairOf (seed: Uint8Array): RawPair {
  const [lattice, secret] = expanded(seed)
  return { public: new Uint8Array(Buffer.concat([public768(lattice), x25519Public(secret)])), private: seed }
}

/** The seed of ML-KEM and the secret of X25519. */
function expanded (seed: Uint8Array): [Uint8Array, Uint8Array] {
  if (seed.length !== SEED_BYTES) throw new Error('an X-Wing private key has 32 bytes')
  return split(shake(seed, ML_KEM_BYTES.seed + POINT_BYTES), ML_KEM_BYTES.seed)
}

function shake (bytes: Uint8Array, outputLength: number): Uint8Array { return new Uint8Array(createHash('shake256', { outputLength }).update(bytes).digest()) }

function split (bytes: Uint8Array, at: number): [Uint8Array, Uint8Array] {
  if (bytes.length !== at + POINT_BYTES) throw new Error('not of the length that X-Wing has')
  return [bytes.subarray(0, at), bytes.subarray(at)]
}

function combined (latticeSecret: Uint8Array, agreed: Uint8Array, enc: Uint8Array, point: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha3-256').update(latticeSecret).update(agreed).update(enc).update(point).update(LABEL).digest())
}
