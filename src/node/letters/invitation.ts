/** What an invitation into a chat says. */
import { cachedPolicy, type ChatInvitation, type Seen } from '../../protocol/message/index.js'
import { decodeGenesis, LIMITS, sameBytes, signerFromSeed } from '../../protocol/wire/index.js'
import type { AddedMember, ChatHome, ChatRecord } from '../chats/index.js'

/** The invitation that lets a new member into a chat, as the chat stands after the commit that added it. */
export function invitationOf (record: ChatRecord, at: Seen, { welcome, pq, keyPackage, began, roster, profiles }: AddedMember): ChatInvitation {
  return {
    genesis: record.genesis,
    addrs: record.home?.addrs ?? record.addrs,
    direct: record.direct,
    title: record.title,
    welcome,
    pq,
    keyPackage,
    at,
    ...began === undefined ? {} : { began },
    ...profiles.length === 0 ? {} : { profiles: [...profiles] },
    ...roster === undefined ? { manifests: record.members.map(m => m.manifest) } : { manifests: [], roster },
    ...firstKey(record),
    ...record.home === undefined ? {} : { moved: record.home.action },
    ...waysBack(record)
  }
}

/** The invitation with where the chat lives now: it may have moved since the commit, and who reads the letter knows of no other place to ask. */
export function atHome (invitation: ChatInvitation, home: ChatHome | undefined): ChatInvitation {
  return home === undefined ? invitation : { ...invitation, addrs: home.addrs, moved: home.action }
}

/** In a direct chat the owner key of the log's beginning, which whoever is invited can check. A later one it is given by the next commit. */
function firstKey ({ direct, ownerSeed, genesis }: ChatRecord): Pick<ChatInvitation, 'owner'> {
  return direct && ownerSeed !== null && sameBytes(signerFromSeed(ownerSeed).key, decodeGenesis(genesis).owner) ? { owner: ownerSeed } : {}
}

/** Where the way back was cut before, for a newcomer who may read what was before it. */
function waysBack ({ policy, segments = [] }: ChatRecord): Pick<ChatInvitation, 'segments'> {
  return policy === undefined || segments.length === 0 || !cachedPolicy(policy).history ? {} : { segments: segments.slice(-LIMITS.letterSegments) }
}
