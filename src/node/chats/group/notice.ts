/** What a commit did to a group, as a line for people: made by each member from the commit, so nobody can say it falsely. Pure. */
import { encodeBody, cachedPolicy, samePolicy, type GroupPolicy, type ServiceBody } from '../../../protocol/message/index.js'
import { sameBytes, type KeyBytes } from '../../../protocol/wire/index.js'
import type { ChatRecord } from '../chat-record.js'
import { accountName } from '../member-manifests.js'

type State = Pick<ChatRecord, 'members' | 'policy' | 'stage' | 'leaving'>

/** What else is known of the commit: whether whom it adds has asked by a link, and which account reads it. */
export interface NoticePlace { readonly byLink: boolean, readonly me?: KeyBytes }

/** The encoded body of the line; undefined when there is nothing to say (`before` null: a direct chat): who leaves has said so. */
export function groupNotice (before: State | null, after: State, { byLink, me }: NoticePlace): Uint8Array | undefined {
  if (before?.policy === undefined || after.policy === undefined) return undefined
  const missing = (from: State, state: State): KeyBytes[] => {
    const there = new Set(state.members.map(m => accountName(m.account)))
    return from.members.map(m => m.account).filter(account => !there.has(accountName(account)))
  }
  const leaves = (account: KeyBytes): boolean => before.leaving?.some(one => sameBytes(one, account)) === true
  const [added, removed] = [missing(after, before), missing(before, after)]
  if (after.stage === 'out') return me !== undefined && leaves(me) ? undefined : encodeBody({ kind: 'service', event: 'out' })
  if (added.length > 0) return encodeBody({ kind: 'service', event: byLink ? 'joined' : 'added', accounts: added })
  if (removed.length > 0) return removedNotice(removed.filter(account => !leaves(account)))
  const body = policyNotice(cachedPolicy(before.policy), cachedPolicy(after.policy))
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
    case 'out': return 'removed you'
    case 'title': return `changed the group's name to ${text ?? ''}`
    case 'about': return 'changed the group\'s description'
    case 'owner': return `made ${names} the owner`
    case 'promoted': return `made ${names} an admin`
    case 'demoted': return `made ${names} a member again`
    case 'rights': return 'changed who may do what'
    case 'leave': return 'leaves'
    default: return text ?? event
  }
}

function policyNotice (before: GroupPolicy, after: GroupPolicy): ServiceBody | undefined {
  if (before.title !== after.title) return { kind: 'service', event: 'title', text: after.title }
  if (before.about !== after.about) return { kind: 'service', event: 'about' }
  if (!sameBytes(before.owner, after.owner)) return { kind: 'service', event: 'owner', accounts: [after.owner] }
  const admin = (policy: GroupPolicy, account: KeyBytes): boolean => policy.admins.some(one => sameBytes(one.account, account))
  const promoted = after.admins.map(({ account }) => account).filter(account => !admin(before, account))
  if (promoted.length > 0) return { kind: 'service', event: 'promoted', accounts: promoted }
  const demoted = before.admins.map(({ account }) => account).filter(account => !admin(after, account))
  if (demoted.length > 0) return { kind: 'service', event: 'demoted', accounts: demoted }
  return samePolicy(before, after) ? undefined : { kind: 'service', event: 'rights' }
}
