/** Single changes of a group's policy: as a member wishes them, apart from what the policy is when they are made. Pure. */
import { keyShape, LIMITS, sameBytes, shape, type KeyBytes } from '../../wire/index.js'
import { byAccount, type GroupAdmin, type GroupPolicy } from './policy.js'

/** A change; what is absent stays. */
export interface PolicyEdit {
  title?: string
  about?: string
  permissions?: number
  slowMode?: number
  history?: boolean
  owner?: KeyBytes
  /** Makes somebody an admin, or changes its rights. */
  admin?: { account: KeyBytes, rights: number, title?: string }
  /** Makes an admin a member again. */
  demote?: KeyBytes
  /** Gives a member permissions of its own; null takes them back. */
  restrict?: { account: KeyBytes, permissions: number | null, until: number | null }
  ban?: { account: KeyBytes, until: number | null }
  unban?: KeyBytes
}

const bits = shape.uint(0xffff_ffff)
const until = shape.nullable(shape.uint())
/** A {@link PolicyEdit} in a record. */
export const editShape: shape.Shape<PolicyEdit> = (value, path) => {
  const { unknown: _unknown, ...edit } = shape.struct({
    title: shape.optional(shape.text(LIMITS.groupTitleBytes)),
    about: shape.optional(shape.text(LIMITS.groupAboutBytes)),
    permissions: shape.optional(bits),
    slowMode: shape.optional(shape.uint(LIMITS.slowModeSeconds)),
    history: shape.optional(shape.bool),
    owner: shape.optional(keyShape),
    admin: shape.optional(shape.struct({ account: keyShape, rights: bits, title: shape.optional(shape.text(LIMITS.adminTitleBytes)) })),
    demote: shape.optional(keyShape),
    restrict: shape.optional(shape.struct({ account: keyShape, permissions: shape.nullable(bits), until })),
    ban: shape.optional(shape.struct({ account: keyShape, until })),
    unban: shape.optional(keyShape)
  })(value, path)
  return edit
}

/** The policy after a change by `actor`. Whether the actor may is judged elsewhere. */
export function applyEdit (policy: GroupPolicy, edit: PolicyEdit, actor: KeyBytes): GroupPolicy {
  const { title = policy.title, about = policy.about, permissions = policy.permissions, slowMode = policy.slowMode, history = policy.history, owner = policy.owner } = edit
  const after: GroupPolicy = { ...policy, title, about, permissions, slowMode, history, owner }
  if (!sameBytes(owner, policy.owner)) Object.assign(after, { admins: without(after.admins, owner), restricted: without(after.restricted, owner) })
  if (edit.admin !== undefined) after.admins = put(after.admins, adminOf(policy, edit.admin, actor))
  if (edit.demote !== undefined) after.admins = without(after.admins, edit.demote)
  if (edit.restrict !== undefined) {
    const { account, permissions: own, until: end } = edit.restrict
    after.restricted = own === null ? without(after.restricted, account) : put(after.restricted, { account, permissions: own, until: end })
  }
  if (edit.ban !== undefined) {
    const { account } = edit.ban
    after.banned = put(after.banned, edit.ban)
    after.admins = without(after.admins, account)
    after.restricted = without(after.restricted, account)
  }
  if (edit.unban !== undefined) after.banned = without(after.banned, edit.unban)
  return after
}

/** An admin stays of who made it one, whoever changes its rights. */
function adminOf (policy: GroupPolicy, { account, rights, title }: NonNullable<PolicyEdit['admin']>, actor: KeyBytes): GroupAdmin {
  const by = policy.admins.find(one => sameBytes(one.account, account))?.by ?? actor
  return { account, rights, by, ...title === undefined ? {} : { title } }
}

function without<T extends { account: KeyBytes }> (list: readonly T[], account: KeyBytes): T[] { return list.filter(one => !sameBytes(one.account, account)) }
function put<T extends { account: KeyBytes }> (list: readonly T[], entry: T): T[] { return [...without(list, entry.account), entry].sort(byAccount) }
