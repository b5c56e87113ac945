/**
 * What a member wants changed in a group, as a wish that outlives lost races: each is tried on the state of the day until
 * a commit of this account has carried it out, or the state shows that it is done or not allowed. Pure.
 */
import { applyEdit, editShape, samePolicy, type GroupPolicy, type PolicyEdit } from '../../../protocol/message/index.js'
import { ENTRY_ID_LENGTH, keyShape, LIMITS, NotFoundError, sameBytes, shape, type EntryId, type KeyBytes } from '../../../protocol/wire/index.js'

/** A wish. An edit that bans removes whom it bans. */
export interface Intent {
  id: EntryId
  add?: KeyBytes[]
  /** Whom it adds has asked by a link. */
  byLink?: boolean
  remove?: KeyBytes[]
  edit?: PolicyEdit
  /** Renews the own leaf's keys. */
  update?: boolean
  /** Gives the log another owner key, for who may hold it now. */
  ownerKey?: boolean
  /** Brings the own leaf to the account's newest manifest, where what this device says would not count else. In a direct chat too. */
  renew?: boolean
}

/** An {@link Intent} in a record. */
export const intentShape: shape.Shape<Intent> = (value, path) => {
  const { unknown: _unknown, ...intent } = shape.struct({
    id: shape.bytes(ENTRY_ID_LENGTH),
    add: shape.optional(shape.array(keyShape, LIMITS.groupAdds)),
    byLink: shape.optional(shape.bool),
    remove: shape.optional(shape.array(keyShape, LIMITS.groupAdds)),
    edit: shape.optional(editShape),
    update: shape.optional(shape.bool),
    ownerKey: shape.optional(shape.bool),
    renew: shape.optional(shape.bool)
  })(value, path)
  return intent
}

/** What is left to do of a wish in a group as it is now. */
export interface Todo { add: KeyBytes[], remove: KeyBytes[], policy?: GroupPolicy, update: boolean, byLink?: boolean }

/** What a wish is held against. */
export interface GroupNow {
  policy: GroupPolicy
  members: readonly KeyBytes[]
  me: KeyBytes
  /** Whether this account is to give the log another owner key; not unless told. */
  keyDue?: boolean
  /** Whether the own leaf is to be renewed before anything is done; not unless told. */
  isStale?: boolean
}

/**
 * What a wish asks of the group now; undefined when it is done already, by whomever.
 *
 * @throws NotFoundError when it is about somebody who is no member; BadInputError for a policy that cannot be
 */
export function todoOf ({ add = [], remove = [], edit, update: renews = false, ownerKey = false, renew = false, byLink }: Intent, { policy, members, me, keyDue = false, isStale = false }: GroupNow): Todo | undefined {
  const update = renews || (ownerKey && keyDue)
  const isMember = (account: KeyBytes): boolean => members.some(one => sameBytes(one, account))
  const after = edit === undefined ? policy : applyEdit(policy, edit, me)
  const banned = after.banned.map(({ account }) => account).filter(isMember)
  const gone = [...remove.filter(isMember), ...banned.filter(account => !remove.some(one => sameBytes(one, account)))]
  if (edit?.admin !== undefined && edit.admin !== null && !isMember(edit.admin.account)) throw new NotFoundError('only a member can be made an admin')
  const changed = withoutGone(after, gone)
  const todo: Todo = { add: add.filter(account => !isMember(account)), remove: gone, update: update || isStale, ...byLink === true ? { byLink } : {}, ...samePolicy(policy, changed) ? {} : { policy: changed } }
  return todo.add.length === 0 && todo.remove.length === 0 && todo.policy === undefined && !update && !(renew && isStale) ? undefined : todo
}

/** Wishes that were carried out, and are not any more, before those that wait: as many as there may be. */
export function withWishes (waiting: readonly Intent[] | undefined, again: readonly Intent[]): Intent[] {
  const fresh = again.filter(({ id }) => waiting?.some(one => sameBytes(one.id, id)) !== true)
  return [...fresh, ...waiting ?? []].slice(0, LIMITS.groupIntents)
}

/** A wish without adding some accounts. */
export function withoutAdds (intent: Intent, accounts: readonly KeyBytes[]): Intent {
  if (intent.add === undefined || accounts.length === 0) return intent
  return { ...intent, add: intent.add.filter(account => !accounts.some(one => sameBytes(one, account))) }
}

/**
 * Whether the commit renews its maker's leaf. Adding alone needs no path (RFC 9420 section 12.4): newcomers learn
 * nothing of before by the next epoch's secrets, and whoever was removed is out by the path that removed it.
 */
export function hasPath ({ remove, policy, update }: Todo): boolean { return remove.length > 0 || policy !== undefined || update }

/** Who goes has no role any more. What it may not, it may not when it comes back either. */
function withoutGone (policy: GroupPolicy, gone: readonly KeyBytes[]): GroupPolicy {
  const stays = ({ account }: { account: KeyBytes }): boolean => !gone.some(one => sameBytes(one, account))
  return { ...policy, admins: policy.admins.filter(stays) }
}
