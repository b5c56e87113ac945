/** ML-KEM-768 (FIPS 203) on raw keys, by node:crypto of OpenSSL 3.5 and later. A private key is its 64-byte seed (d ‖ z). */
import * as crypto from 'node:crypto'
import { rawPrivateKey } from './raw-private-key.js'

// RFC 9935: what stands before the seed, as the CHOICE's [0], and before the 1184 bytes of a public key.
const PKCS8_PREFIX = Buffer.from('3054020100300b060960864801650304040204428040', 'hex')
const SPKI_PREFIX = Buffer.from('308204b2300b0609608648016503040402038204a100', 'hex')

/** What it is compared with, and does what Node cannot: encapsulate with given randomness. */
interface Fallback { encap: (publicKey: Uint8Array, randomness?: Uint8Array) => Promise<[Uint8Array, Uint8Array]> }

/** See the file's head. */
export class NativeMlKem768 {
  /** Whether this Node has it. */
  static readonly isThere: boolean = isThere()
  readonly #library: Fallback

  constructor (library: Fallback) { this.#library = library }

  /** The key pair of a seed. */
  async deriveKeyPair (seed: Uint8Array): Promise<[publicKey: Uint8Array, privateKey: Uint8Array]> {
    const spki = crypto.createPublicKey(privateKeyOf(seed)).export({ format: 'der', type: 'spki' })
    return await Promise.resolve([new Uint8Array(spki.subarray(SPKI_PREFIX.length)), seed.slice()])
  }

  /** A fresh secret for a public key. @throws Error when it is none (FIPS 203 section 7.2) */
  async encap (publicKey: Uint8Array, randomness?: Uint8Array): Promise<[ciphertext: Uint8Array, secret: Uint8Array]> {
    if (randomness !== undefined) return await this.#library.encap(publicKey, randomness)
    const key = crypto.createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' })
    const { ciphertext, sharedKey } = crypto.encapsulate(key)
    return [new Uint8Array(ciphertext), new Uint8Array(sharedKey)]
  }

  /** The secret of a ciphertext; another one, not an error, where it was altered (implicit rejection). @throws Error for another length */
  async decap (ciphertext: Uint8Array, privateKey: Uint8Array): Promise<Uint8Array> {
    return await Promise.resolve(new Uint8Array(crypto.decapsulate(privateKeyOf(privateKey), ciphertext)))
  }
}

function privateKeyOf (seed: Uint8Array): crypto.KeyObject { return rawPrivateKey(PKCS8_PREFIX, seed) }

function isThere (): boolean {
  // Absent from Node before 24.7, whatever the types say.
  if (typeof (crypto as { decapsulate?: unknown }).decapsulate !== 'function') return false
  try {
    return privateKeyOf(new Uint8Array(64)).type === 'private'
  } catch {
    return false
  }
}
