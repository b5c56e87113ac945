/** Ed25519 under a label: `sign(label ‖ 0x00 ‖ bytes)`. RFC 8032, by node:crypto. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign as rawSign, verify as rawVerify, type KeyObject } from 'node:crypto'
import { BadInputError, ProofError } from './errors.js'
import { labelBytes } from './hash.js'
import { ed25519Key, rawEd25519, SIGNATURE_LENGTH, type KeyBytes } from './ids.js'

const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** Something that signs with one Ed25519 key and shows only the public half. */
export interface Signer {
  /** The tagged public key. */
  readonly key: KeyBytes
  /** The 64-byte signature over label ‖ 0x00 ‖ bytes. */
  sign: (label: string, bytes: Uint8Array) => Uint8Array
}

/** A signer from a 32-byte Ed25519 seed (RFC 8032 private key). @throws BadInputError on another length */
export function signerFromSeed (seed: Uint8Array): Signer {
  if (seed.length !== 32) throw new BadInputError(`an Ed25519 seed must be 32 bytes, got ${seed.length}`)
  const der = Buffer.concat([PKCS8_PREFIX, seed])
  const secret = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  der.fill(0)
  // As DER it would take ten times as long.
  const key = ed25519Key(new Uint8Array(Buffer.from(createPublicKey(secret).export({ format: 'jwk' }).x ?? '', 'base64url')))
  return { key, sign: (label, bytes) => new Uint8Array(rawSign(null, Buffer.concat([labelBytes(label), bytes]), secret)) }
}

/** A fresh 32-byte Ed25519 seed from the system's randomness. */
export function randomSeed (): Uint8Array {
  const der = generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' })
  return new Uint8Array(der.subarray(PKCS8_PREFIX.length))
}

// Importing a key costs more than a verification's arithmetic on small messages; peers repeat, so a bounded cache pays.
const MAX_CACHED_KEYS = 4096
const keyObjects = new Map<string, KeyObject>()

function publicKeyObject (key: KeyBytes): KeyObject {
  const raw = rawEd25519(key)
  const name = Buffer.from(raw).toString('latin1')
  let object = keyObjects.get(name)
  if (object === undefined) {
    object = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' })
    if (keyObjects.size >= MAX_CACHED_KEYS) keyObjects.clear()
    keyObjects.set(name, object)
  }
  return object
}

/** Whether `signature` is `key`'s over label ‖ 0x00 ‖ bytes. False, not an error, for a malformed key or signature. */
export function verifySignature (key: KeyBytes, label: string, bytes: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_LENGTH) return false
  try {
    return rawVerify(null, Buffer.concat([labelBytes(label), bytes]), publicKeyObject(key), signature)
  } catch {
    return false
  }
}

/** Like {@link verifySignature}, for callers that cannot go on. @throws ProofError naming `what` when it does not hold */
export function requireSignature (key: KeyBytes, label: string, bytes: Uint8Array, signature: Uint8Array, what: string): void {
  if (!verifySignature(key, label, bytes, signature)) throw new ProofError(`the signature of ${what} does not hold`)
}
