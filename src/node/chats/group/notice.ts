/** What a commit did to a group, as a line for people: made by each member from the commit, so nobody can say it falsely. Pure. */
import { encodeBody, cachedPolicy, samePolicy, type GroupPolicy, type ServiceBody } from '../../../protocol/message/index.js'
import { sameBytes, type KeyBytes } from '../../../protocol/wire/index.js'
import type { ChatRecord } from '../chat-record.js'
import { accountName } from '../member-manifests.js'

type State = Pick<ChatRecord, 'members' | 'policy' | 'stage' | 'leaving'>

/** What else is known of the commit: whether whom it adds has asked by a link, which account reads it, and whether it bans that one. */
export interface NoticePlace { readonly byLink: boolean, readonly me?: KeyBytes, readonly banned?: boolean | undefined }

/** What the line that this account is out says more, where it was banned. */
const BANNED = 'banned'

/** The encoded body of the line; undefined when there is nothing to say (`before` null: a direct chat): who leaves has said so. */
export function groupNotice (before: State | null, after: State, { byLink, me, banned: isBanned = false }: NoticePlace): Uint8Array | undefined {
  if (before?.policy === undefined || after.policy === undefined) return undefined
  const missing = (from: State, state: State): KeyBytes[] => {
    const there = new Set(state.members.map(m => accountName(m.account)))
    return from.members.map(m => m.account).filter(account => !there.has(accountName(account)))
  }
  const leaves = (account: KeyBytes): boolean => before.leaving?.some(one => sameBytes(one, account)) === true
  const [added, removed] = [missing(after, before), missing(before, after)]
  if (after.stage === 'out') return me !== undefined && leaves(me) ? undefined : encodeBody({ kind: 'service', event: 'out', ...isBanned ? { text: BANNED } : {} })
  if (added.length > 0) return encodeBody({ kind: 'service', event: byLink ? 'joined' : 'added', accounts: added })
  const [was, is] = [cachedPolicy(before.policy), cachedPolicy(after.policy)]
  const banned = onlyIn(is.banned, was.banned)
  if (removed.length > 0 && removed.every(account => isIn(banned, account))) return encodeBody({ kind: 'service', event: 'banned', accounts: removed })
  if (removed.length > 0) return removedNotice(removed.filter(account => !leaves(account)))
  const body = policyNotice(was, is)
  return body === undefined ? undefined : encodeBody(body)
}

/** The line that accounts were removed, without those who had said that they leave. */
export function removedNotice (accounts: KeyBytes[]): Uint8Array | undefined {
  return accounts.length === 0 ? undefined : encodeBody({ kind: 'service', event: 'removed', accounts })
}

/** The line where what was before is hidden from this account. */
export function hiddenNotice (): Uint8Array { return encodeBody({ kind: 'service', event: 'hidden' }) }

/** The line in words, after its author's name. */
export function noticeText ({ event, text, accounts = [] }: ServiceBody, nameOf: (account: KeyBytes) => string): string {
  const names = accounts.map(nameOf).join(', ')
  switch (event) {
    case 'added': return `added ${names}`
    case 'joined': return `let ${names} in: joined by link`
    case 'hidden': return 'cannot see what was said before this'
    case 'removed': return `removed ${names}`
    case 'out': return text === BANNED ? 'banned you' : 'removed you'
    case 'title': return `changed the group's name to ${text ?? ''}`
    case 'about': return 'changed the group\'s description'
    case 'owner': return `made ${names} the owner`
    case 'promoted': return `made ${names} an admin`
    case 'demoted': return `made ${names} a member again`
    case 'rights': return 'changed who may do what'
    case 'slow': return text === '0' ? 'ended slow mode' : `set slow mode to ${text ?? ''} s between two messages`
    case 'shows': return 'lets newcomers see what was said before'
    case 'hides': return 'hides from newcomers what was said before'
    case 'banned': return `banned ${names}`
    case 'unbanned': return `ended the ban of ${names}`
    case 'restricted': return `changed what ${names} may do`
    case 'leave': return 'leaves'
    default: return text ?? event
  }
}

/** Phrases as one. */
function inOne (phrases: readonly string[]): string { return `${phrases.slice(0, -1).join(', ')} and ${phrases.at(-1) ?? ''}` }

const isIn = (accounts: readonly KeyBytes[], account: KeyBytes): boolean => accounts.some(one => sameBytes(one, account))

/** The accounts of one list that do not stand in the other. */
function onlyIn (list: ReadonlyArray<{ account: KeyBytes }>, other: ReadonlyArray<{ account: KeyBytes }>): KeyBytes[] {
  return list.map(({ account }) => account).filter(account => !other.some(one => sameBytes(one.account, account)))
}

/** What is another about the group itself: a change may be of several things at once, and then the line names them all. */
function groupParts (before: GroupPolicy, after: GroupPolicy): ServiceBody[] {
  const parts: Array<[boolean, Omit<ServiceBody, 'kind'>]> = [
    [before.title !== after.title, { event: 'title', text: after.title }],
    [before.about !== after.about, { event: 'about' }],
    [before.slowMode !== after.slowMode, { event: 'slow', text: String(after.slowMode) }],
    [before.history !== after.history, { event: after.history ? 'shows' : 'hides' }],
    [before.permissions !== after.permissions, { event: 'rights' }]
  ]
  return parts.flatMap(([isOther, part]) => isOther ? [{ kind: 'service', ...part }] : [])
}

function policyNotice (before: GroupPolicy, after: GroupPolicy): ServiceBody | undefined {
  const [part, ...more] = groupParts(before, after)
  // Nobody is named in any of them.
  if (part !== undefined) return more.length === 0 ? part : { kind: 'service', event: 'several', text: inOne([part, ...more].map(one => noticeText(one, () => ''))) }
  const [banned, unbanned] = [onlyIn(after.banned, before.banned), onlyIn(before.banned, after.banned)]
  if (banned.length > 0) return { kind: 'service', event: 'banned', accounts: banned }
  if (unbanned.length > 0) return { kind: 'service', event: 'unbanned', accounts: unbanned }
  if (!sameBytes(before.owner, after.owner)) return { kind: 'service', event: 'owner', accounts: [after.owner] }
  const admin = (policy: GroupPolicy, account: KeyBytes): boolean => policy.admins.some(one => sameBytes(one.account, account))
  const promoted = after.admins.map(({ account }) => account).filter(account => !admin(before, account))
  if (promoted.length > 0) return { kind: 'service', event: 'promoted', accounts: promoted }
  const demoted = before.admins.map(({ account }) => account).filter(account => !admin(after, account))
  if (demoted.length > 0) return { kind: 'service', event: 'demoted', accounts: demoted }
  const restricted = [...onlyIn(before.restricted, after.restricted), ...after.restricted.filter(one => !before.restricted.some(was => sameBytes(was.account, one.account) && was.permissions === one.permissions && was.until === one.until)).map(({ account }) => account)]
  if (restricted.length > 0) return { kind: 'service', event: 'restricted', accounts: restricted }
  return samePolicy(before, after) ? undefined : { kind: 'service', event: 'rights' }
}
