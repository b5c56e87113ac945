/** A chat's keys at one epoch, and the MLS engine that vouches for its members by their manifests. */
import { createMlsEngine, epochKeys, historyKeys, type EpochKeys, type HistoryKeys, type MakeMlsEngine, type MlsEngine, type MlsState } from '../../protocol/crypto/index.js'
import { openLeafIdentity, signLeafIdentity, type LeafIdentity } from '../../protocol/message/index.js'
import { lists, sameBytes, signerFromSeed, type Caps, type CheckedManifest, type KeyBytes, type LogId, type Manifest, type Signer } from '../../protocol/wire/index.js'

/** Everything a member derives at an epoch. */
export interface ChatKeys extends EpochKeys, HistoryKeys { readonly epoch: number }

/** Derives the keys of the epoch that an MLS state is at. DESIGN section 4. */
export async function keysOf (engine: MlsEngine, state: MlsState, gpq: Uint8Array, log: LogId): Promise<ChatKeys> {
  const secret = await engine.exportSecret(state, 'petrel/cloud/v1', log, 32)
  const epoch = epochKeys(secret, gpq, log, state.epoch)
  secret.fill(0)
  return { ...epoch, ...historyKeys(epoch.history, log, state.epoch), epoch: state.epoch }
}

/** The capability keys that a commit tells the home when it leaves the members as they are. */
export function capsOf (keys: EpochKeys): Caps { return { append: keys.append.key, read: keys.read.key } }

/** Those that the log's opening, and a commit that adds or removes an account, tell it: the mirror key ends and begins with them. */
export function memberCapsOf (keys: EpochKeys): Caps { return { ...capsOf(keys), mirrors: [signerFromSeed(keys.mirror).key] } }

/**
 * An engine that accepts a leaf only if one of these manifests vouches for it ({@link manifestOfLeaf}).
 */
export function engineFor (manifests: readonly CheckedManifest[], now: () => number, make: MakeMlsEngine = createMlsEngine): MlsEngine {
  return make({
    now,
    validateCredential: ({ identity, signatureKey }) => manifestOfLeaf(manifests, identity, signatureKey) !== undefined
  })
}

/**
 * The manifest, among these, that vouches for a leaf; undefined when none does. A leaf names the version it was made
 * under; the one that travels with it as evidence may be newer (it can list the very key package), as long as the
 * device that bound the leaf still stands in it.
 */
export function manifestOfLeaf (manifests: readonly CheckedManifest[], identity: Uint8Array, leafKey: KeyBytes): CheckedManifest | undefined {
  try {
    const { identity: leaf, device } = openLeafIdentity(identity, leafKey)
    return manifests.find(({ manifest, hash }) => sameBytes(manifest.account, leaf.account) && lists(manifest, device) &&
      (sameBytes(hash, leaf.manifest) || isAfter(manifest, leaf)))
  } catch {
    return undefined
  }
}

function isAfter (manifest: Manifest, leaf: LeafIdentity): boolean {
  return manifest.generation > leaf.generation || (manifest.generation === leaf.generation && manifest.version > leaf.version)
}

/** How this account's leaf names itself: the identity for a fresh leaf key, signed by this device. */
export function leafIdentityFor (manifest: CheckedManifest, device: Signer): (leafKey: KeyBytes) => Uint8Array {
  const { account, generation, version } = manifest.manifest
  return leafKey => signLeafIdentity({ v: 1, account, generation, version, manifest: manifest.hash, leafKey }, device)
}
