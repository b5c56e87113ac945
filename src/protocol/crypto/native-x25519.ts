/** X25519 (RFC 7748) on raw keys, by node:crypto. */
import { createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { rawPrivateKey } from './raw-private-key.js'

// RFC 8410: what stands before the 32 bytes of a private key.
const PKCS8_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex')

/** X25519(secret, point), 32 bytes each. @throws Error when a length is wrong or the result is zero: a point of small order */
export function nativeX25519 (secret: Uint8Array, point: Uint8Array): Uint8Array {
  const key = privateKeyOf(secret)
  // The key's own public half, which OpenSSL has at once.
  return isBase(point) ? publicOf(key) : agreed(key, point)
}

/** The point of a secret. @throws Error when the length is wrong */
export function x25519Public (secret: Uint8Array): Uint8Array { return publicOf(privateKeyOf(secret)) }

/** The point of a fresh secret that is used once, and what is agreed on by it with another point. @throws Error as {@link nativeX25519} */
export function freshX25519 (): { point: Uint8Array, agree: (point: Uint8Array) => Uint8Array } {
  const { publicKey, privateKey } = generateKeyPairSync('x25519')
  return { point: rawOf(publicKey), agree: point => agreed(privateKey, point) }
}

function privateKeyOf (secret: Uint8Array): KeyObject { return rawPrivateKey(PKCS8_PREFIX, secret) }

function publicOf (key: KeyObject): Uint8Array { return rawOf(createPublicKey(key)) }

// As DER it would take ten times as long.
function rawOf (publicKey: KeyObject): Uint8Array { return new Uint8Array(Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')) }

function agreed (privateKey: KeyObject, point: Uint8Array): Uint8Array {
  // By its length OpenSSL would tell, but not the decoder before it.
  if (point.length !== 32) throw new RangeError('an X25519 point has 32 bytes')
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: Buffer.from(point).toString('base64url') }, format: 'jwk' })
  return new Uint8Array(diffieHellman({ privateKey, publicKey }))
}

function isBase (point: Uint8Array): boolean { return point.length === 32 && point[0] === 9 && point.subarray(1).every(byte => byte === 0) }
