/** Who is about to be added to a chat: its key package as its manifest vouches for it. No I/O. */
import { readCloudKeyPackage, sealPq, type MlsEngine } from '../../protocol/crypto/index.js'
import { ForbiddenError, isSinceRevocation, lists, openKeyPackage, ProofError, sameBytes, type CheckedManifest, type Digest, type LogId } from '../../protocol/wire/index.js'
import { leafIdentityOf, Manifests } from './member-manifests.js'
import type { Newcomer } from './chat-record.js'

/** A key package that was checked. */
export interface NewcomerKey {
  /** The MLS key package. */
  readonly mls: Uint8Array
  /** The hybrid key that G_pq is sealed to. */
  readonly xwing: Uint8Array
  /** SHA-256 of the record. */
  readonly hash: Digest
  /** By which a Welcome names it. */
  readonly ref: Digest
}

/**
 * Checks a published key package record against its account's manifest.
 *
 * @throws ProofError, ForbiddenError when it is not the account's own or has expired
 */
export async function checkNewcomer (engine: MlsEngine, peer: CheckedManifest, keyPackage: Uint8Array): Promise<NewcomerKey> {
  const { record, device, hash } = openKeyPackage(keyPackage)
  if (record.use !== 'cloud' || !sameBytes(record.account, peer.manifest.account) || !lists(peer.manifest, device)) {
    throw new ForbiddenError('the relay handed out a key package that is not the contact\'s')
  }
  if (!peer.manifest.keyPackages.some(k => sameBytes(k, hash))) throw new ProofError('the contact\'s manifest does not list the key package that the relay handed out')
  const info = await readCloudKeyPackage(engine, record.bundle)
  if (new Manifests([peer]).of(info.identity, info.signatureKey) === undefined) {
    throw new ProofError('the contact\'s manifest does not vouch for its key package')
  }
  if (!isSinceRevocation(peer.manifest, leafIdentityOf(info.identity, info.signatureKey).identity)) throw new ProofError('the contact\'s key package is older than its last revocation: a revoked device may open what is sealed to it')
  return { mls: info.mls, xwing: info.xwing, hash, ref: info.ref }
}

/** What a pending commit keeps of somebody it adds. */
export async function newcomerOf ({ hash, ref, xwing }: NewcomerKey, { manifest, bytes }: CheckedManifest, gpq: Uint8Array, log: LogId): Promise<Newcomer> {
  return { member: { account: manifest.account, manifest: bytes }, keyPackage: hash, ref, pq: await sealPq(xwing, gpq, log) }
}
