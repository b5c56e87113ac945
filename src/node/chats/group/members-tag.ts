/** Whether a commit that adds somebody says of the group's members what they are: by the tag over their manifests. Pure. */
import { membersTag } from '../../../protocol/crypto/index.js'
import { decodeCommitPayload } from '../../../protocol/message/index.js'
import { PetrelError, ProofError, sameBytes } from '../../../protocol/wire/index.js'
import type { ChatKeys } from '../chat-keys.js'
import type { ChatMember } from '../chat-record.js'
import { manifestsOf } from '../member-manifests.js'

/** The tag over a group's members, in the epoch that these keys are of. */
export function tagOf (keys: ChatKeys, members: readonly ChatMember[]): Uint8Array {
  return membersTag(keys.members, manifestsOf(members).map(({ manifest: { account }, hash }) => ({ account, hash })))
}

/** Checks the tag of a commit that adds somebody; `keys` and `members`: after it. @throws ProofError when it is none, or another */
export function requireTag (told: Uint8Array | undefined, keys: ChatKeys, members: readonly ChatMember[]): void {
  if (told === undefined || !sameBytes(told, tagOf(keys, members))) throw new ProofError('the commit says something else of the group\'s members than they are')
}

/** Whether the members that an invitation spoke of are those of the commit that let this account in. */
export function areMembers (payload: Uint8Array | null, keys: ChatKeys, members: readonly ChatMember[]): boolean {
  try {
    if (payload === null) return false
    requireTag(decodeCommitPayload(payload).members, keys, members)
    return true
  } catch (error) {
    if (error instanceof PetrelError) return false
    throw error
  }
}
