/** X25519 (RFC 7748) on raw keys, by node:crypto. */
import { createPublicKey, diffieHellman } from 'node:crypto'
import { rawPrivateKey } from './raw-private-key.js'

// RFC 8410: what stands before the 32 bytes of a key.
const PKCS8_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex')
const SPKI_PREFIX = Buffer.from('302a300506032b656e032100', 'hex')

/** X25519(secret, point), 32 bytes each. @throws Error when a length is wrong or the result is zero: a point of small order */
export function nativeX25519 (secret: Uint8Array, point: Uint8Array): Uint8Array {
  const privateKey = rawPrivateKey(PKCS8_PREFIX, secret)
  // The key's own public half, which OpenSSL has at once.
  if (isBase(point)) return new Uint8Array(Buffer.from(createPublicKey(privateKey).export({ format: 'jwk' }).x ?? '', 'base64url'))
  const publicKey = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, point]), format: 'der', type: 'spki' })
  return new Uint8Array(diffieHellman({ privateKey, publicKey }))
}

function isBase (point: Uint8Array): boolean { return point.length === 32 && point[0] === 9 && point.subarray(1).every(byte => byte === 0) }
