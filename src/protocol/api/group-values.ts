/** The descriptions of groups. */
import { LIMITS } from '../wire/limits.js'
import type { GroupBan, GroupInfo, GroupLink, GroupMember, GroupRole, JoinRequest, JoinResult, NotAdded } from './groups.js'
import { failure } from './media-values.js'
import { bool, choice, date, integer, list, nullable, object, text } from './spec.js'
import { chatInfo, joinState } from './values.js'

const count = integer(0, 2 ** 32 - 1)
const words = list(text())
const role = choice<GroupRole>({ owner: 1, admin: 2, restricted: 3, member: 4 })

/** Describes {@link GroupMember}. */
const groupMember = object<GroupMember>('GroupMember', {
  account: text(), name: text(), role, title: nullable(text()), rights: words, permissions: words, ownPermissions: bool, until: nullable(date), leaving: bool
})

/** Describes {@link GroupInfo}. */
export const groupInfo = object<GroupInfo>('GroupInfo', {
  chat: chatInfo, about: text(), role: nullable(role), history: bool, slowMode: count, permissions: words, members: list(groupMember),
  banned: list(object<GroupBan>('GroupBan', { account: text(), name: text(), until: nullable(date) })), pending: count,
  notAdded: list(object<NotAdded>('NotAdded', { account: text(), name: text(), error: failure, waits: bool }))
})

/** Describes {@link GroupLink}. */
export const groupLink = object<GroupLink>('GroupLink', {
  id: text(), chat: text(), name: text(), link: text(), createdAt: date, expiresAt: nullable(date), uses: nullable(count), used: count, approve: bool
})

/** Describes {@link JoinRequest}. */
export const joinRequest = object<JoinRequest>('JoinRequest', { chat: text(), account: text(), name: text(), link: text(), requestedAt: date })

/** Describes {@link JoinResult}. */
export const joinResult = object<JoinResult>('JoinResult', { state: joinState, chat: nullable(chatInfo), reason: nullable(text()) })

/** Names of rights or permissions as a caller gives them. */
export const rightNames = list(text(LIMITS.apiKeyBytes, 1), 32)
