/** DHKEM(X25519, HKDF-SHA256) of RFC 9180 section 4.1, on raw keys. */
import { kemSuiteId, labeledExpand, labeledExtract, type Kem, type RawPair } from './hpke-base.js'
import { freshX25519, nativeX25519, x25519Public } from './native-x25519.js'

const ID = 0x0020
const SUITE = kemSuiteId(ID)
const EMPTY = new Uint8Array()
const HASH = 'sha256'

/** See the file's head. */
export const x25519Kem: Kem = {
  id: ID,
  publicBytes: 32,
  privateBytes: 32,
  derive: ikm => pairOf(labeledExpand(HASH, SUITE, labeledExtract(HASH, SUITE, EMPTY, 'dkp_prk', ikm), 'sk', EMPTY, 32)),
  pairOf,
  encap: publicKey => {
    const { point, agree } = freshX25519()
    return { enc: point, secret: secretOf(agree(publicKey), point, publicKey) }
  },
  decap: (privateKey, enc) => secretOf(nativeX25519(privateKey, enc), enc, x25519Public(privateKey))
}

function pairOf (secret: Uint8Array): RawPair { return { public: x25519Public(secret), private: secret } }

function secretOf (dh: Uint8Array, enc: Uint8Array, publicKey: Uint8Array): Uint8Array {
  return labeledExpand(HASH, SUITE, labeledExtract(HASH, SUITE, EMPTY, 'eae_prk', dh), 'shared_secret', Buffer.concat([enc, publicKey]), 32)
}
