/** HKDF (RFC 5869) in its two steps, by node:crypto's HMAC: the one-step function of Node starts a thread for each. */
import { createHmac, createSecretKey } from 'node:crypto'

/** What it hashes with. */
export type HkdfHash = 'sha256' | 'sha512'

/** HMAC. */
export function hmac (hash: HkdfHash, key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  // Of bytes Node asks first whether they are a key, which takes longer than all the rest.
  const mac = createHmac(hash, createSecretKey(key))
  for (const part of parts) mac.update(part)
  return new Uint8Array(mac.digest())
}

/** HKDF-Extract. */
export function extract (hash: HkdfHash, salt: Uint8Array, ikm: Uint8Array): Uint8Array { return hmac(hash, salt, ikm) }

/** HKDF-Expand. @throws RangeError for more than 255 blocks */
export function expand (hash: HkdfHash, prk: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  const blockBytes = hash === 'sha256' ? 32 : 64
  if (length > 255 * blockBytes) throw new RangeError('HKDF gives at most 255 blocks')
  const out = new Uint8Array(length)
  let block: Uint8Array = new Uint8Array()
  for (let at = 0, n = 1; at < length; at += blockBytes, n++) {
    block = hmac(hash, prk, block, info, Uint8Array.of(n))
    out.set(block.subarray(0, length - at), at)
  }
  return out
}
