/**
 * The tag over a group's members as a commit leaves them (KEYS.md): so that who comes in by it can see that the
 * manifests it was handed are those that all others judge by.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Digest, KeyBytes } from '../wire/index.js'

/** The tag of a group's members in an epoch, from that epoch's key for it and their manifests' hashes, in whatever order they come. */
export function membersTag (key: Uint8Array, members: ReadonlyArray<{ readonly account: KeyBytes, readonly hash: Digest }>): Uint8Array {
  const inOrder = [...members].sort((a, b) => compareBytes(a.account, b.account))
  const mac = hmac.create(sha256, key)
  for (const { hash } of inOrder) mac.update(hash)
  return mac.digest()
}

function compareBytes (a: Uint8Array, b: Uint8Array): number {
  for (const [i, byte] of a.entries()) if (byte !== b[i]) return byte - (b[i] ?? -1)
  return a.length - b.length
}
