/** How this account's leaf in a chat stands to its devices as they are now. Pure. DESIGN section 4, Validity. */
import { compareManifests, lists, sameBytes, type CheckedManifest, type KeyBytes } from '../../../protocol/wire/index.js'
import type { ChatRecord } from '../chat-record.js'
import { manifestOfMember } from '../member-manifests.js'

/**
 * `holds`: what this device says there counts, and nothing that a revoked one says. `stale`: the leaf is to be renewed before
 * this device says anything. `orphaned`: as well, and no device of the account can say anything there until then.
 */
export type LeafStanding = 'holds' | 'stale' | 'orphaned'

/** See {@link LeafStanding}. @param newest - the account's manifest */
export function leafStanding ({ members }: Pick<ChatRecord, 'members'>, newest: CheckedManifest, device: KeyBytes): LeafStanding {
  const member = members.find(one => sameBytes(one.account, newest.manifest.account))
  if (member === undefined) return 'holds'
  const own = manifestOfMember(member)
  if (sameBytes(own.hash, newest.hash)) return 'holds'
  const isBehind = compareManifests(own, newest) === 'newer'
  const active = own.manifest.devices.filter(({ key }) => lists(own.manifest, key))
  const stay = isBehind ? active.filter(({ key }) => lists(newest.manifest, key)) : active
  if (stay.some(({ key }) => sameBytes(key, device)) && stay.length === active.length && !(isBehind && revokesSince(own, newest))) return 'holds'
  // Another device has brought a manifest that this one does not have yet: with an older one nothing can be renewed.
  if (!isBehind) return 'holds'
  return stay.length === 0 ? 'orphaned' : 'stale'
}

/**
 * Whether devices of an account were revoked, or may be out by a new generation, since an earlier manifest of it: also one
 * that this does not list, which came later and had the chat's keys from the vault, and has them until the leaf is renewed.
 */
export function revokesSince ({ manifest: before }: CheckedManifest, { manifest: after }: CheckedManifest): boolean {
  return after.generation !== before.generation || after.revoked.some(({ version }) => version > before.version)
}

/** What waits to be sent in a chat. */
interface Waiting { readonly leaf: LeafStanding, readonly repairs: { readonly holds: boolean }, readonly outbox: { readonly size: number, readonly hasMark: boolean }, readonly back: { readonly size: number } }

/** Whether this device's word counts, and no revoked device of others reads it. */
export function maySay ({ leaf, repairs }: Pick<Waiting, 'leaf' | 'repairs'>): boolean { return leaf === 'holds' && !repairs.holds }

/** Whether what is sent now counts, and only for whom it is meant. Where it does not count, the leaf is renewed by `renew`, unless only marks wait that another device tells as well. */
export function leafHolds ({ leaf, repairs, outbox, back }: Waiting, renew: () => void): boolean {
  if (leaf === 'holds') return !repairs.holds
  if (leaf === 'orphaned' || back.size > 0 || outbox.size > Number(outbox.hasMark)) renew()
  return false
}
