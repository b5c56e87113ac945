/** A chat's keys at one epoch, and the MLS engine that vouches for its members by their manifests. */
import { createMlsEngine, epochKeys, historyKeys, type EpochKeys, type HistoryKeys, type MakeMlsEngine, type MlsEngine, type MlsState } from '../../protocol/crypto/index.js'
import { signLeafIdentity } from '../../protocol/message/index.js'
import { signerFromSeed, type Caps, type CheckedManifest, type KeyBytes, type LogId, type Signer } from '../../protocol/wire/index.js'
import { Manifests } from './member-manifests.js'

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

/** An engine that accepts a leaf only if one of these manifests vouches for it ({@link Manifests.of}). */
export function engineFor (manifests: Manifests | readonly CheckedManifest[], now: () => number, make: MakeMlsEngine = createMlsEngine): MlsEngine {
  const all = manifests instanceof Manifests ? manifests : new Manifests(manifests)
  return make({ now, validateCredential: ({ identity, signatureKey }) => all.of(identity, signatureKey) !== undefined })
}

/** How this account's leaf names itself: the identity for a fresh leaf key, signed by this device. */
export function leafIdentityFor (manifest: CheckedManifest, device: Signer): (leafKey: KeyBytes) => Uint8Array {
  const { account, generation, version } = manifest.manifest
  return leafKey => signLeafIdentity({ v: 1, account, generation, version, manifest: manifest.hash, leafKey }, device)
}
