/**
 * The manifests of a chat's members, opened once and found by account. A group of a thousand is looked through at each
 * of its commits: opening a manifest, or a leaf's identity, costs signature checks, whose outcome never changes.
 */
import { openLeafIdentity } from '../../protocol/message/index.js'
import { lists, openManifest, sameBytes, sha256, type CheckedManifest, type KeyBytes, type Manifest } from '../../protocol/wire/index.js'
import type { ChatMember } from './chat-record.js'

// A few groups of a thousand members.
const IDENTITIES_KEPT = 8192

const opened = new WeakMap<Uint8Array, CheckedManifest>()
type Identity = ReturnType<typeof openLeafIdentity>
const identities = new Map<string, Identity>()

/** A member's manifest, opened once for the same bytes in memory. @throws as openManifest */
export function manifestOfMember ({ manifest }: Pick<ChatMember, 'manifest'>): CheckedManifest {
  const checked = opened.get(manifest) ?? openManifest(manifest)
  opened.set(manifest, checked)
  return checked
}

/** All members' manifests. @throws as openManifest */
export function manifestsOf (members: ReadonlyArray<Pick<ChatMember, 'manifest'>>): CheckedManifest[] { return members.map(manifestOfMember) }

/** As openLeafIdentity, once for the same identity and key. @throws BadInputError, ProofError */
export function leafIdentityOf (identity: Uint8Array, leafKey: KeyBytes): Identity {
  const name = Buffer.from(sha256(Buffer.concat([leafKey, identity]))).toString('latin1')
  const known = identities.get(name)
  if (known !== undefined) return known
  const found = openLeafIdentity(identity, leafKey)
  if (identities.size >= IDENTITIES_KEPT) identities.clear()
  identities.set(name, found)
  return found
}

/** An account's key as a map's key. */
export function accountName (account: KeyBytes): string { return Buffer.from(account.buffer, account.byteOffset, account.length).toString('latin1') }

/** Manifests, by account; of one account there may be several versions. */
export class Manifests {
  readonly #byAccount = new Map<string, CheckedManifest[]>()

  constructor (all: Iterable<CheckedManifest>) {
    for (const one of all) {
      const name = accountName(one.manifest.account)
      const known = this.#byAccount.get(name)
      if (known === undefined) this.#byAccount.set(name, [one])
      else known.push(one)
    }
  }

  /**
   * The manifest, among these, that vouches for a leaf; undefined when none does. A leaf names the version it was made
   * under; the one that travels with it as evidence may be newer (it can list the very key package), as long as the
   * device that bound the leaf still stands in it.
   */
  of (identity: Uint8Array, leafKey: KeyBytes): CheckedManifest | undefined {
    try {
      const { identity: leaf, device } = leafIdentityOf(identity, leafKey)
      return this.#byAccount.get(accountName(leaf.account))?.find(({ manifest, hash }) => lists(manifest, device) && (sameBytes(hash, leaf.manifest) || isAfter(manifest, leaf)))
    } catch {
      return undefined
    }
  }
}

function isAfter (manifest: Manifest, leaf: Pick<Manifest, 'generation' | 'version'>): boolean {
  return manifest.generation > leaf.generation || (manifest.generation === leaf.generation && manifest.version > leaf.version)
}
