/** HPKE (RFC 9180), base mode, single shot: the common part of inbox entries and of G_pq. */
import type { webcrypto } from 'node:crypto'
import { Aes128Gcm, Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core'
import { BadInputError, DecryptError } from '../wire/index.js'
import { makeXWing } from './xwing.js'

/** A raw HPKE key pair: the encodings of RFC 9180's SerializePublicKey and SerializePrivateKey. */
export interface HpkeKeyPair { readonly public: Uint8Array, readonly private: Uint8Array }

/** One HPKE suite: `enc` in front of the ciphertext, keys as bytes. */
export interface HpkeBox {
  readonly publicBytes: number
  readonly privateBytes: number
  /** What {@link HpkeBox.seal} adds: enc and tag. */
  readonly overhead: number
  /** A key pair by DeriveKeyPair from 32 random bytes, which are wiped. */
  keyPair: (ikm: Uint8Array) => Promise<HpkeKeyPair>
  /** enc ‖ ciphertext. @throws BadInputError when the public key is none */
  seal: (recipient: Uint8Array, plaintext: Uint8Array, info: Uint8Array) => Promise<Uint8Array>
  /** @throws DecryptError when it does not open; BadInputError when the private key is none */
  open: (recipient: Uint8Array, sealed: Uint8Array, info: Uint8Array) => Promise<Uint8Array>
}

const TAG_BYTES = 16

function box (suite: CipherSuite): HpkeBox {
  const kem = suite.kem
  const importKey = async (bytes: Uint8Array, isPublic: boolean, what: string): Promise<webcrypto.CryptoKey> => {
    const want = isPublic ? kem.publicKeySize : kem.privateKeySize
    if (bytes.length !== want) throw new BadInputError(`${what} must be ${want} bytes, got ${bytes.length}`)
    try {
      // The library's types name the browser's CryptoKey; under Node it is this one.
      return await ((isPublic ? kem.deserializePublicKey(bytes) : kem.deserializePrivateKey(bytes)) as Promise<webcrypto.CryptoKey>)
    } catch {
      throw new BadInputError(`${what} is not a key`)
    }
  }
  return {
    publicBytes: kem.publicKeySize,
    privateBytes: kem.privateKeySize,
    overhead: kem.encSize + TAG_BYTES,
    keyPair: async ikm => {
      if (ikm.length !== 32) throw new BadInputError(`a key pair is derived from 32 bytes, got ${ikm.length}`)
      try {
        const pair = await (kem.deriveKeyPair(ikm) as Promise<webcrypto.CryptoKeyPair>)
        return {
          public: new Uint8Array(await kem.serializePublicKey(pair.publicKey)),
          private: new Uint8Array(await kem.serializePrivateKey(pair.privateKey))
        }
      } finally {
        ikm.fill(0)
      }
    },
    seal: async (recipient, plaintext, info) => {
      const recipientPublicKey = await importKey(recipient, true, "the recipient's public key")
      try {
        const { enc, ct } = await suite.seal({ recipientPublicKey, info }, plaintext)
        const out = new Uint8Array(enc.byteLength + ct.byteLength)
        out.set(new Uint8Array(enc))
        out.set(new Uint8Array(ct), enc.byteLength)
        return out
      } catch (cause) {
        throw new BadInputError("the recipient's public key cannot be used", { cause })
      }
    },
    open: async (recipient, sealed, info) => {
      if (sealed.length < kem.encSize + TAG_BYTES) throw new DecryptError('the sealed bytes are too short to open')
      const recipientKey = await importKey(recipient, false, 'the private key')
      try {
        return new Uint8Array(await suite.open({ recipientKey, enc: sealed.slice(0, kem.encSize), info }, sealed.subarray(kem.encSize)))
      } catch {
        throw new DecryptError('the sealed bytes do not open: sealed to another key, for another place, or altered')
      }
    }
  }
}

/** DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM: MLS suite 0x0001's own. */
export const x25519Box: HpkeBox = box(new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes128Gcm() }))

/** X-Wing (ML-KEM-768 and X25519), HKDF-SHA256, AES-256-GCM. */
export const xwingBox: HpkeBox = box(new CipherSuite({ kem: makeXWing(), kdf: new HkdfSha256(), aead: new Aes256Gcm() }))
