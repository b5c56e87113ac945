/** A group as the API tells it. */
import type { GroupInfo, GroupMember } from '../../protocol/api/index.js'
import { adminOf, adminRightsIn, ALL_ADMIN_RIGHTS, isInForce, permissionsIn, roleOf, type GroupPolicy } from '../../protocol/message/index.js'
import { peerIdText, sameBytes, type KeyBytes } from '../../protocol/wire/index.js'
import type { Chat, ChatSession, NotAdded } from '../chats/index.js'
import type { NodeCore } from '../core.js'
import { chatInfo } from './chats.js'

/** The session of a chat that has a policy. */
export type Group = ChatSession & { readonly chat: Chat & { readonly policy: GroupPolicy } }

/** The group, its owner and admins first, then by name. @param notAdded - of the call that this answers */
export async function groupView (core: NodeCore, group: Group, notAdded: readonly NotAdded[] = []): Promise<GroupInfo> {
  const { chat } = group
  const { policy, record } = chat
  const now = core.now()
  const members = record.stage === 'out' ? [] : record.members.map(({ account }) => memberView(group, account, now))
  const rank = { owner: 0, admin: 1, restricted: 2, member: 2 } as const
  return {
    chat: await chatInfo(core, group),
    about: policy.about,
    role: record.stage === 'out' ? null : roleOf(policy, core.account.key, now),
    history: policy.history,
    slowMode: policy.slowMode,
    permissions: permissionsIn(policy.permissions),
    members: members.sort((a, b) => rank[a.role] - rank[b.role] || (a.name < b.name ? -1 : 1)),
    banned: policy.banned.filter(ban => isInForce(ban, now)).map(({ account, until }) => ({ account: peerIdText(account), name: chat.nameOf(account), until: dateOf(until) })),
    pending: record.intents?.length ?? 0,
    notAdded: notAdded.map(({ account, error: { code, message }, waits }) => ({ account: peerIdText(account), name: chat.nameOf(account), error: { code, message }, waits }))
  }
}

function memberView ({ chat }: Group, account: KeyBytes, now: number): GroupMember {
  const { policy, record } = chat
  const role = roleOf(policy, account, now)
  const admin = adminOf(policy, account)
  const own = role === 'restricted' ? policy.restricted.find(one => sameBytes(one.account, account)) : undefined
  return {
    account: peerIdText(account),
    name: chat.nameOf(account),
    role,
    title: admin?.title ?? null,
    rights: adminRightsIn(role === 'owner' ? ALL_ADMIN_RIGHTS : admin?.rights ?? 0),
    permissions: permissionsIn(policy.permissions & (own?.permissions ?? policy.permissions)),
    ownPermissions: own !== undefined,
    until: dateOf(own?.until ?? null),
    leaving: record.leaving?.some(one => sameBytes(one, account)) ?? false
  }
}

function dateOf (ms: number | null): Date | null { return ms === null ? null : new Date(ms) }
