/**
 * Leaves of other accounts that a device may hold which its account has put out: until such a leaf is another one, whoever
 * has that device reads what is said. Pure. DESIGN section 4, Revocation.
 */
import { activeDevices, compareManifests, lists, PetrelError, requireSuccession, sameBytes, type CheckedManifest, type Digest, type KeyBytes } from '../../../protocol/wire/index.js'
import type { ChatMember } from '../chat-record.js'
import { accountName, manifestOfMember } from '../member-manifests.js'

/** An account whose leaf is lost, the hash of the manifest that the leaf stands on, and the newest that is known. */
export interface LostLeaf { readonly account: KeyBytes, readonly leaf: Digest, readonly newest: CheckedManifest }

/** Whether a later manifest puts out a device that had to do with the earlier one's leaf: one that spoke then, or came since and was revoked. */
export function endsDevices (before: CheckedManifest, after: CheckedManifest): boolean {
  if (sameBytes(before.hash, after.hash) || compareManifests(before, after) !== 'newer') return false
  const { manifest: { version } } = before
  return after.manifest.revoked.some(one => one.version > version) || activeDevices(before.manifest).some(device => !lists(after.manifest, device))
}

/** The lost leaves of a chat. `newestOf`: the newest manifest that is known of an account. */
export function lostLeaves (members: readonly ChatMember[], me: KeyBytes, newestOf: (account: KeyBytes) => Uint8Array | undefined): LostLeaf[] {
  return members.flatMap(member => {
    const { account } = member
    const manifest = sameBytes(account, me) ? undefined : newestOf(account)
    if (manifest === undefined || sameBytes(manifest, member.manifest)) return []
    const newest = manifestOfMember({ manifest })
    const leaf = manifestOfMember(member)
    return isLost(leaf, newest) ? [{ account, leaf: leaf.hash, newest }] : []
  })
}

function isLost (leaf: CheckedManifest, newest: CheckedManifest): boolean { return endsDevices(leaf, newest) && follows(leaf, newest) }

/** What contradicts the leaf's manifest proves nothing to the others: the account key must speak first. */
function follows (leaf: CheckedManifest, newest: CheckedManifest): boolean {
  try {
    requireSuccession(leaf, newest)
    return true
  } catch (error) {
    if (error instanceof PetrelError) return false
    throw error
  }
}

/** What a commit changes of who is in a chat: its accounts or their leaves' places, only which devices speak for them, or nothing. */
export type MemberChange = 'members' | 'devices' | 'none'

/** See {@link MemberChange}. `isRepair`: a leaf was taken out and put in anew. */
export function memberChange (before: readonly ChatMember[], after: readonly ChatMember[], isRepair: boolean): MemberChange {
  const was = new Map(before.map(member => [accountName(member.account), member]))
  if (isRepair || before.length !== after.length || after.some(({ account }) => !was.has(accountName(account)))) return 'members'
  const ends = after.some(member => {
    const earlier = was.get(accountName(member.account))
    return earlier !== undefined && earlier.manifest !== member.manifest && endsDevices(manifestOfMember(earlier), manifestOfMember(member))
  })
  return ends ? 'devices' : 'none'
}
