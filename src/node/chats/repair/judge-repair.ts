/**
 * Whether a commit may take an account out and in again: only as the repair of a leaf that a revoked device may hold. Then
 * any member may, whatever its rights: by a key package that is younger than the revocation. Pure. MESSAGE.md, Repairs.
 */
import type { CommitChange, MlsCredential } from '../../../protocol/crypto/index.js'
import { ForbiddenError, isSinceRevocation, requireSuccession, sameBytes, type CheckedManifest, type KeyBytes } from '../../../protocol/wire/index.js'
import { leafIdentityOf } from '../member-manifests.js'
import { endsDevices } from './lost-leaf.js'

/** A commit without its repairs, to be judged like any other, and whose leaves it repairs. */
export interface Repaired { readonly rest: CommitChange, readonly accounts: readonly KeyBytes[] }

/** See the file's head. `manifestOf` vouches for a leaf. @throws ForbiddenError for an account that is taken out and in for no such reason; what requireSuccession does for a manifest that does not follow */
export function withoutRepairs (change: CommitChange, manifestOf: (leaf: MlsCredential) => CheckedManifest): Repaired {
  const added = change.added.map(leaf => ({ leaf, manifest: manifestOf(leaf) }))
  const accounts = change.removed.flatMap(leaf => {
    const before = manifestOf(leaf)
    const { account } = before.manifest
    const again = added.filter(({ manifest }) => sameBytes(manifest.manifest.account, account))
    const [first, ...more] = again
    if (first === undefined) return []
    if (more.length > 0) throw new ForbiddenError('the commit adds an account twice')
    requireRepair(before, first.manifest, first.leaf)
    return [account]
  })
  if (accounts.length === 0) return { rest: change, accounts }
  const isRepaired = (leaf: MlsCredential): boolean => accounts.some(account => sameBytes(account, manifestOf(leaf).manifest.account))
  return { accounts, rest: { ...change, added: change.added.filter(leaf => !isRepaired(leaf)), removed: change.removed.filter(leaf => !isRepaired(leaf)) } }
}

function requireRepair (before: CheckedManifest, after: CheckedManifest, { identity, signatureKey }: MlsCredential): void {
  if (!endsDevices(before, after)) throw new ForbiddenError('the commit takes an account out and in again, and shows no revocation of a device of it')
  // What is asked of each place does not ask it where the new leaf stands in another's: a device that is out may not speak for the account.
  requireSuccession(before, after)
  if (!isSinceRevocation(after.manifest, leafIdentityOf(identity, signatureKey).identity)) throw new ForbiddenError('the commit adds an account by a key package that is older than its last revocation')
}
