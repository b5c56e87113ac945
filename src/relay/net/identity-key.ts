/**
 * A host's own key. The library's makes a key object of the bytes for each signature, and Node 24 makes an error and catches
 * it before it does that: two signatures for each connection that comes took a relay half a millisecond. Here the object is
 * made once.
 */
import { createPrivateKey, sign } from 'node:crypto'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import type { Ed25519PrivateKey } from '@libp2p/interface'

const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

/** The Ed25519 key (RFC 8032) of a seed of 32 bytes. */
export async function identityKey (seed: Uint8Array): Promise<Ed25519PrivateKey> {
  const key = await generateKeyPairFromSeed('Ed25519', seed)
  const der = Buffer.concat([PKCS8_PREFIX, seed])
  const secret = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  der.fill(0)
  key.sign = data => sign(null, data instanceof Uint8Array ? data : data.subarray(), secret)
  return key
}
