/** Groups, as a person makes and runs them. Each change is a wish that a commit carries out; who asked waits for that. */
import { systemRandom } from '../../protocol/crypto/index.js'
import { ADMIN_RIGHTS, adminRights, PERMISSIONS, permissionBits, type AdminRight, type Permission, type PolicyEdit } from '../../protocol/message/index.js'
import type { CallOptions, GroupDraft, GroupEdit, GroupInfo, MemberEdit } from '../../protocol/api/index.js'
import { BadInputError, ENTRY_ID_LENGTH, ForbiddenError, LIMITS, NotFoundError, peerIdText, sameBytes, UnavailableError, type KeyBytes } from '../../protocol/wire/index.js'
import { makeGroupChat, type ChatSession, type Intent, type NotAdded } from '../chats/index.js'
import type { NodeCore } from '../core.js'
import { findChat } from './chats.js'
import { groupView, type Group } from './group-view.js'

/** What an empty set of rights or permissions is called: a list that is empty changes nothing. */
const NONE = 'none'

/** Makes a group, and adds contacts. @throws UnavailableError without a home; NotFoundError for a member who is no contact; BadInputError */
export async function createGroup (core: NodeCore, title: string, { about, history, members = [], signal }: CallOptions & GroupDraft): Promise<GroupInfo> {
  const { chatHome: home } = core.account
  if (home === undefined) throw new UnavailableError('a group needs a home: add a relay first (petrel relays add ADDRESS)')
  const accounts = contactsIn(core, members)
  const { record, cursor } = await makeGroupChat({
    me: core.account.manifest, device: core.account.device, home: { peer: home.peer, addrs: core.account.addrsOf(home) }, title, now: core.now(), mls: core.mls,
    ...about === undefined ? {} : { about }, ...history === undefined ? {} : { history }
  })
  const session = await core.chats.add(record, cursor, 'created')
  return await groupView(core, asGroup(session), await addAll(session, accounts, signal))
}

/** A group as it is now. @throws BadInputError for a chat that is none */
export async function showGroup (core: NodeCore, words: string): Promise<GroupInfo> { return await groupView(core, await findGroup(core, words)) }

/** Changes what the group is and what members may. @throws ForbiddenError, BadInputError */
export async function editGroup (core: NodeCore, words: string, { permissions = [], ...edit }: GroupEdit, { signal }: CallOptions): Promise<GroupInfo> {
  const group = await findGroup(core, words)
  const { title, about, history, slowMode } = edit
  await change(group, {
    edit: {
      ...title === undefined ? {} : { title }, ...about === undefined ? {} : { about }, ...history === undefined ? {} : { history }, ...slowMode === undefined ? {} : { slowMode },
      ...permissions.length === 0 ? {} : { permissions: permissionsOf(permissions) }
    }
  }, signal)
  return await groupView(core, group)
}

/** Adds contacts. @throws ForbiddenError, NotFoundError, UnavailableError */
export async function addMembers (core: NodeCore, words: string, members: readonly string[], { signal }: CallOptions): Promise<GroupInfo> {
  const group = await findGroup(core, words)
  return await groupView(core, group, await addAll(group, contactsIn(core, members), signal))
}

/** Removes members, and bans them if told. @throws ForbiddenError, NotFoundError */
export async function removeMembers (core: NodeCore, words: string, members: readonly string[], { ban = false, forMs, signal }: CallOptions & { ban?: boolean, forMs?: number }): Promise<GroupInfo> {
  const group = await findGroup(core, words)
  const accounts = members.map(member => memberOf(group, member))
  const until = untilOf(core, forMs)
  if (ban && accounts.some(account => sameBytes(account, group.chat.policy.owner))) throw new BadInputError('the owner of a group cannot be banned from it')
  if (!ban) await change(group, { remove: accounts }, signal)
  for (const account of ban ? accounts : []) await change(group, { edit: { ban: { account, until } } }, signal)
  return await groupView(core, group)
}

/** Changes what one member is. @throws ForbiddenError, NotFoundError, BadInputError */
export async function editMember (core: NodeCore, words: string, member: string, edit: MemberEdit, { signal }: CallOptions): Promise<GroupInfo> {
  const group = await findGroup(core, words)
  const { rights = [], title, permissions = [], unrestrict = false, forMs, unban = false, owner = false } = edit
  const account = unban ? bannedOf(group, member) : memberOf(group, member)
  const isNoAdmin = rights.length === 1 && rights[0] === NONE
  if (isNoAdmin && !group.chat.policy.admins.some(one => sameBytes(one.account, account))) throw new NotFoundError(`${group.chat.nameOf(account)} is no admin of this group`)
  requireFree(group, account, { isRaised: !isNoAdmin && (rights.length > 0 || title !== undefined), isRestricted: permissions.length > 0 })
  const edits: PolicyEdit[] = [
    ...unban ? [{ unban: account }] : [],
    ...owner ? [{ owner: account }] : [],
    ...isNoAdmin ? [{ demote: account }] : [],
    ...!isNoAdmin && (rights.length > 0 || title !== undefined) ? [{ admin: { account, rights: rightsOf(group, account, rights), ...title === undefined ? {} : { title } } }] : [],
    ...unrestrict ? [{ restrict: { account, permissions: null, until: null } }] : [],
    ...permissions.length > 0 ? [{ restrict: { account, permissions: permissionsOf(permissions), until: untilOf(core, forMs) } }] : []
  ]
  if (edits.length === 0) throw new BadInputError('there is nothing to change of this member')
  for (const one of edits) await change(group, { edit: one }, signal)
  return await groupView(core, group)
}

/** Says that this account leaves; a member who may removes it then. @throws ForbiddenError for the owner; BadInputError for a chat that is none */
export async function leaveGroup (core: NodeCore, words: string): Promise<void> {
  const group = await findGroup(core, words)
  const { policy, record, deps } = group.chat
  if (sameBytes(policy.owner, deps.me)) {
    // A member is taken out by another one's commit: who is alone waits for ever.
    if (record.members.length === 1) throw new ForbiddenError('you are alone in this group: nobody is left to take you out of it')
    throw new ForbiddenError('the owner cannot leave: give the group to another member first (petrel group promote CHAT MEMBER --owner)')
  }
  await group.send({ kind: 'service', event: 'leave' }, () => [])
}

/** The group that words name. @throws BadInputError for a chat that is none */
export async function findGroup (core: NodeCore, words: string): Promise<Group> { return asGroup(await findChat(core, words)) }

function asGroup (session: ChatSession): Group {
  if (session.chat.policy === undefined) throw new BadInputError('this chat is between two people: it is no group')
  return session as Group
}

async function change ({ committer }: ChatSession, wish: Omit<Intent, 'id'>, signal: AbortSignal | undefined): Promise<readonly NotAdded[]> {
  const intent = { id: systemRandom(ENTRY_ID_LENGTH), ...wish }
  await committer.wish(intent)
  return await committer.ended(intent.id, signal === undefined ? {} : { signal })
}

/** In as many commits as it takes. @returns who was not added */
async function addAll (session: ChatSession, accounts: readonly KeyBytes[], signal: AbortSignal | undefined): Promise<readonly NotAdded[]> {
  const not: NotAdded[] = []
  for (let i = 0; i < accounts.length; i += LIMITS.groupAdds) not.push(...await change(session, { add: accounts.slice(i, i + LIMITS.groupAdds) }, signal))
  return not
}

function contactsIn (core: NodeCore, names: readonly string[]): KeyBytes[] {
  return [...new Map(core.contacts.resolveAll(names).map(({ account }) => [peerIdText(account), account])).values()]
}

/** Who a name is among the members: a contact, this account itself, or an account's id, or a start or an end of it. */
function memberOf (group: Group, name: string): KeyBytes {
  const members = group.chat.record.members.map(({ account }) => account)
  return pick(group, members, name, 'member of this group')
}

function bannedOf (group: Group, name: string): KeyBytes { return pick(group, group.chat.policy.banned.map(({ account }) => account), name, 'one who is banned from this group') }

function pick ({ chat }: Group, among: readonly KeyBytes[], name: string, what: string): KeyBytes {
  const called = among.filter(account => chat.nameOf(account) === name || peerIdText(account) === name)
  const found = called.length > 0 || name.length < LIMITS.idCharacters ? called : among.filter(account => peerIdText(account).startsWith(name) || peerIdText(account).endsWith(name))
  const [account, other] = found
  if (account === undefined) throw new NotFoundError(`no ${what} is called "${name.slice(0, 80)}": see petrel group show`)
  if (other !== undefined) throw new BadInputError(`"${name.slice(0, 80)}" fits more than one ${what}: use an id`)
  return account
}

/** Says in a person's words what a policy cannot say. @throws BadInputError */
function requireFree ({ chat }: Group, account: KeyBytes, { isRaised, isRestricted }: { isRaised: boolean, isRestricted: boolean }): void {
  const name = chat.nameOf(account)
  if ((isRaised || isRestricted) && sameBytes(account, chat.policy.owner)) throw new BadInputError(`${name} is the owner of this group, who may do everything in it`)
  if (isRestricted && chat.policy.admins.some(one => sameBytes(one.account, account))) throw new BadInputError(`${name} is an admin of this group: make them a member first (petrel group demote)`)
}

function untilOf (core: NodeCore, forMs: number | undefined): number | null { return forMs === undefined ? null : core.now() + forMs }

/** Named rights; those that are there when only a title is given. */
function rightsOf ({ chat }: Group, account: KeyBytes, names: readonly string[]): number {
  if (names.length === 0) return chat.policy.admins.find(one => sameBytes(one.account, account))?.rights ?? 0
  return adminRights(namesIn(ADMIN_RIGHTS, names, 'right') as AdminRight[])
}

function permissionsOf (names: readonly string[]): number { return permissionBits(names.length === 1 && names[0] === NONE ? [] : namesIn(PERMISSIONS, names, 'permission') as Permission[]) }

function namesIn (table: object, names: readonly string[], what: string): string[] {
  const wrong = names.find(name => !Object.hasOwn(table, name))
  if (wrong !== undefined) throw new BadInputError(`"${wrong.slice(0, 40)}" is no ${what}: there are ${Object.keys(table).join(', ')}`)
  return [...names]
}

