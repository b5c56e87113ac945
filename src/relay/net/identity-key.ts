/**
 * A host's own key. The library's makes a key object of the bytes for each signature, and Node 24 makes an error and catches
 * it before it does that: two signatures for each connection that comes took a relay half a millisecond. Here the object is
 * made once.
 */
import { sign } from 'node:crypto'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import type { Ed25519PrivateKey } from '@libp2p/interface'
import { ed25519Secret } from '../../protocol/wire/index.js'

/** The Ed25519 key (RFC 8032) of a seed of 32 bytes. @throws BadInputError on another length */
export async function identityKey (seed: Uint8Array): Promise<Ed25519PrivateKey> {
  const key = await generateKeyPairFromSeed('Ed25519', seed)
  const secret = ed25519Secret(seed)
  key.sign = data => sign(null, data instanceof Uint8Array ? data : data.subarray(), secret)
  return key
}
