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
  /** Like sign, beside the event loop, on libuv's thread pool, for what waits for the disk meanwhile: a quarter of the loop's time, a quarter more of the machine's. Not all can. */
  signOnPool?: (label: string, bytes: Uint8Array, onSigned: OnSigned) => void
}

/** Told a signature, or why there is none: one of the two, once, in a later tick. It must not throw. */
export type OnSigned = (error: Error | null, signature: Uint8Array) => void

/** A signer from a 32-byte Ed25519 seed (RFC 8032 private key). @throws BadInputError on another length */
export function signerFromSeed (seed: Uint8Array): Signer {
  const secret = ed25519Secret(seed)
  // As DER it would take ten times as long.
  const key = ed25519Key(new Uint8Array(Buffer.from(createPublicKey(secret).export({ format: 'jwk' }).x ?? '', 'base64url')))
  return {
    key,
    sign: (label, bytes) => new Uint8Array(rawSign(null, Buffer.concat([labelBytes(label), bytes]), secret)),
    signOnPool: (label, bytes, onSigned) => { rawSign(null, Buffer.concat([labelBytes(label), bytes]), secret, onSigned) }
  }
}

/** The key object of a 32-byte Ed25519 seed (RFC 8032 private key), for what signs under no label of ours. @throws BadInputError on another length */
export function ed25519Secret (seed: Uint8Array): KeyObject {
  if (seed.length !== 32) throw new BadInputError(`an Ed25519 seed must be 32 bytes, got ${seed.length}`)
  const der = Buffer.concat([PKCS8_PREFIX, seed])
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  } finally {
    der.fill(0)
  }
}

/** A fresh 32-byte Ed25519 seed from the system's randomness. */
export function randomSeed (): Uint8Array {
  const der = generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' })
  return new Uint8Array(der.subarray(PKCS8_PREFIX.length))
}

// Importing a key costs more than a verification's arithmetic on small messages; peers repeat, so a bounded cache pays.
const MAX_CACHED_KEYS = 4096
const keyObjects = new Map<string, KeyObject>()

function publicKeyObject (raw: Uint8Array): KeyObject {
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
  try {
    return verifyUnlabelled(rawEd25519(key), Buffer.concat([labelBytes(label), bytes]), signature)
  } catch {
    return false
  }
}

/** Whether a signature by a raw key holds over bytes that have a label of their own: those of MLS. False for a malformed key or signature. */
export function verifyUnlabelled (raw: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  if (raw.length !== 32 || signature.length !== SIGNATURE_LENGTH) return false
  try {
    return rawVerify(null, bytes, publicKeyObject(raw), signature)
  } catch {
    return false
  }
}

/** The signature of a 32-byte seed over bytes that have a label of their own: those of MLS. */
export function signUnlabelled (seed: Uint8Array, bytes: Uint8Array): Uint8Array { return new Uint8Array(rawSign(null, bytes, ed25519Secret(seed))) }

/** Like {@link verifySignature}, for callers that cannot go on. @throws ProofError naming `what` when it does not hold */
export function requireSignature (key: KeyBytes, label: string, bytes: Uint8Array, signature: Uint8Array, what: string): void {
  if (!verifySignature(key, label, bytes, signature)) throw new ProofError(`the signature of ${what} does not hold`)
}
