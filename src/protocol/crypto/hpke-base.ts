/** HPKE (RFC 9180), base mode, over a KEM that is given: by node:crypto's HMAC and AES-GCM, without waiting for a thread. */
import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'
import { expand, extract, type HkdfHash } from './hkdf.js'

/** A key pair, raw. */
export interface RawPair { readonly public: Uint8Array, readonly private: Uint8Array }

/** A KEM on raw keys, as RFC 9180 section 4 numbers it. */
export interface Kem {
  readonly id: number
  readonly publicBytes: number
  readonly privateBytes: number
  /** DeriveKeyPair. */
  readonly derive: (ikm: Uint8Array) => RawPair
  /** The key pair of a private key. @throws Error for what is none */
  readonly pairOf: (privateKey: Uint8Array) => RawPair
  /** A fresh secret for a public key, and what carries it. @throws Error for what is no key */
  readonly encap: (publicKey: Uint8Array) => { enc: Uint8Array, secret: Uint8Array }
  /** The secret that `enc` carries. @throws Error for what is none */
  readonly decap: (privateKey: Uint8Array, enc: Uint8Array) => Uint8Array
}

/** The rest of a suite. */
export interface HpkeSuite { readonly kem: Kem, readonly hash: HkdfHash, readonly aead: 'aes-128-gcm' | 'aes-256-gcm' }

const KDF_IDS = { sha256: 1, sha512: 3 } as const
/** AES-GCM by its names in node:crypto. */
export const AEADS = { 'aes-128-gcm': { id: 1, keyBytes: 16 }, 'aes-256-gcm': { id: 2, keyBytes: 32 } } as const
const HASH_BYTES = { sha256: 32, sha512: 64 } as const
/** A nonce of AES-GCM. */
export const NONCE_BYTES = 12
const TAG_BYTES = 16
const EMPTY = new Uint8Array()
const VERSION = Buffer.from('HPKE-v1')

/** What both sides come to: single shots use the first nonce alone. */
interface Context { readonly key: Uint8Array, readonly nonce: Uint8Array, readonly exporter: Uint8Array, readonly id: Uint8Array }

/** LabeledExtract of a suite (`id`). */
export function labeledExtract (hash: HkdfHash, id: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array {
  return extract(hash, salt, Buffer.concat([VERSION, id, Buffer.from(label), ikm]))
}

/** LabeledExpand of a suite (`id`). */
export function labeledExpand (hash: HkdfHash, id: Uint8Array, prk: Uint8Array, label: string, info: Uint8Array, length: number): Uint8Array {
  return expand(hash, prk, Buffer.concat([u16(length), VERSION, id, Buffer.from(label), info]), length)
}

function u16 (n: number): Uint8Array { return Uint8Array.of(n >> 8, n & 0xff) }

/** The suite's id in the labels of its KEM. */
export function kemSuiteId (id: number): Uint8Array { return Buffer.concat([Buffer.from('KEM'), u16(id)]) }

/** KeySchedule of section 5.1, in base mode. */
function contextOf ({ kem, hash, aead }: HpkeSuite, secret: Uint8Array, info: Uint8Array): Context {
  const { id: aeadId, keyBytes } = AEADS[aead]
  const id = Buffer.concat([Buffer.from('HPKE'), u16(kem.id), u16(KDF_IDS[hash]), u16(aeadId)])
  const context = Buffer.concat([Uint8Array.of(0), labeledExtract(hash, id, EMPTY, 'psk_id_hash', EMPTY), labeledExtract(hash, id, EMPTY, 'info_hash', info)])
  const prk = labeledExtract(hash, id, secret, 'secret', EMPTY)
  const of = (label: string, length: number): Uint8Array => labeledExpand(hash, id, prk, label, context, length)
  return { key: of('key', keyBytes), nonce: of('base_nonce', NONCE_BYTES), exporter: of('exp', HASH_BYTES[hash]), id }
}

/** Seals to a public key. @throws Error for what is no key */
export function sealBase (suite: HpkeSuite, publicKey: Uint8Array, plaintext: Uint8Array, info: Uint8Array, aad: Uint8Array = EMPTY): { enc: Uint8Array, ct: Uint8Array } {
  const { enc, secret } = suite.kem.encap(publicKey)
  const { key, nonce } = contextOf(suite, secret, info)
  return { enc, ct: sealAead(suite.aead, key, nonce, aad, plaintext) }
}

/** Opens what was sealed to a private key's public one. @throws Error when it does not open, or for what is no key */
export function openBase (suite: HpkeSuite, privateKey: Uint8Array, enc: Uint8Array, ct: Uint8Array, info: Uint8Array, aad: Uint8Array = EMPTY): Uint8Array {
  const { key, nonce } = contextOf(suite, suite.kem.decap(privateKey, enc), info)
  return openAead(suite.aead, key, nonce, aad, ct)
}

/** A secret for a public key's owner (section 5.3). @throws Error for what is no key */
export function exportTo (suite: HpkeSuite, publicKey: Uint8Array, exporterContext: Uint8Array, length: number, info: Uint8Array): { enc: Uint8Array, secret: Uint8Array } {
  const { enc, secret } = suite.kem.encap(publicKey)
  return { enc, secret: exported(suite.hash, contextOf(suite, secret, info), exporterContext, length) }
}

/** The secret that {@link exportTo} made for a private key's public one. @throws Error for what is no key */
export function exportFrom (suite: HpkeSuite, privateKey: Uint8Array, exporterContext: Uint8Array, enc: Uint8Array, length: number, info: Uint8Array): Uint8Array {
  return exported(suite.hash, contextOf(suite, suite.kem.decap(privateKey, enc), info), exporterContext, length)
}

function exported (hash: HkdfHash, { exporter, id }: Context, exporterContext: Uint8Array, length: number): Uint8Array {
  return labeledExpand(hash, id, exporter, 'sec', exporterContext, length)
}

/** AES-GCM, the tag behind the ciphertext. */
export function sealAead (aead: HpkeSuite['aead'], key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const cipher = createCipheriv(aead, createSecretKey(key), nonce)
  cipher.setAAD(aad)
  return new Uint8Array(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]))
}

/** What {@link sealAead} sealed. @throws Error when it does not open */
export function openAead (aead: HpkeSuite['aead'], key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array {
  if (sealed.length < TAG_BYTES) throw new Error('too short for a tag')
  const decipher = createDecipheriv(aead, createSecretKey(key), nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(aad)
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  return new Uint8Array(Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]))
}
