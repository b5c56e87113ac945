/**
 * Whether a group's policy lets somebody change it: asked by every member for every commit, on the policy before it, so
 * that a relay or a member who breaks it changes nothing. Pure. DESIGN section 4.
 */
import { ForbiddenError, sameBytes, type KeyBytes } from '../../wire/index.js'
import type { GroupPolicy } from './policy.js'
import { adminOf, hasRight, isBanned, mayAsMember } from './role.js'

/** What a commit does, in accounts. */
export interface GroupChange {
  readonly actor: KeyBytes
  readonly added: readonly KeyBytes[]
  readonly removed: readonly KeyBytes[]
  /** The policy after it, when it changes. */
  readonly policy?: GroupPolicy
}

/** What the judge knows beside the policy. */
export interface GroupPlace {
  readonly policy: GroupPolicy
  /** Members before the commit. */
  readonly members: readonly KeyBytes[]
  /** The commit's time in the log, in milliseconds. */
  readonly at: number
}

const isIn = (list: readonly KeyBytes[], one: KeyBytes): boolean => list.some(other => sameBytes(other, one))

/** Refuses a change that its actor may not make. @throws ForbiddenError that names what is not allowed */
export function judgeGroupChange (place: GroupPlace, change: GroupChange): void {
  requireAdds(place, change)
  requireRemoves(place, change)
  const after = change.policy ?? place.policy
  if (change.policy !== undefined) requirePolicy(place, change.actor, change.policy, change)
  requireStanding(place, change, after)
}

function requireAdds ({ policy, at }: GroupPlace, { actor, added, policy: after = policy }: GroupChange): void {
  if (added.length === 0) return
  if (!hasRight(policy, actor, 'inviteUsers') && !mayAsMember(policy, actor, 'inviteUsers', at)) throw new ForbiddenError('adding others to the group takes the permission or the right inviteUsers')
  for (const account of added) {
    if (isBanned(after, account, at)) throw new ForbiddenError('somebody who is banned from the group cannot be added')
  }
}

function requireRemoves ({ policy }: GroupPlace, { actor, removed, added }: GroupChange): void {
  for (const account of removed) {
    if (sameBytes(account, actor)) throw new ForbiddenError('nobody removes itself: another member does')
    // Who is put out and back in could be put back with a device that it has revoked, or be kept out unseen.
    if (isIn(added, account)) throw new ForbiddenError('a commit cannot remove an account and add it again')
    requireOver(policy, actor, account, 'remove')
  }
}

/** Whether an account may remove another one. */
export function mayRemove (policy: GroupPolicy, actor: KeyBytes, account: KeyBytes): boolean {
  try {
    requireOver(policy, actor, account, 'remove')
    return !sameBytes(actor, account)
  } catch (error) {
    if (error instanceof ForbiddenError) return false
    throw error
  }
}

/** Whether the actor stands above somebody: the owner above all, an admin who may ban above members and those it made admins. */
function requireOver (policy: GroupPolicy, actor: KeyBytes, account: KeyBytes, what: string): void {
  if (sameBytes(policy.owner, actor)) return
  if (sameBytes(policy.owner, account)) throw new ForbiddenError(`nobody may ${what} the owner of a group`)
  if (!hasRight(policy, actor, 'banUsers')) throw new ForbiddenError(`it takes the right banUsers to ${what} others`)
  const admin = adminOf(policy, account)
  if (admin !== undefined && !sameBytes(admin.by, actor)) throw new ForbiddenError(`only the owner, or who made somebody an admin, may ${what} an admin`)
}

function requirePolicy ({ policy, at }: GroupPlace, actor: KeyBytes, after: GroupPolicy, change: GroupChange): void {
  const isOwner = sameBytes(policy.owner, actor)
  if (!sameBytes(policy.owner, after.owner) && !isOwner) throw new ForbiddenError('only the owner may give a group to another owner')
  if ((policy.title !== after.title || policy.about !== after.about) && !hasRight(policy, actor, 'changeInfo') && !mayAsMember(policy, actor, 'changeInfo', at)) {
    throw new ForbiddenError('changing the group\'s title or description takes the permission or the right changeInfo')
  }
  if ((policy.permissions !== after.permissions || policy.slowMode !== after.slowMode || policy.history !== after.history) && !hasRight(policy, actor, 'banUsers')) {
    throw new ForbiddenError('changing what members may do takes the right banUsers')
  }
  for (const account of changed(policy.restricted, after.restricted)) requireOver(policy, actor, account, 'restrict')
  for (const account of changed(policy.banned, after.banned)) requireOver(policy, actor, account, 'ban')
  if (!isOwner) requireAdmins(policy, actor, after, change)
  if (!sameUnknown(policy, after) && !isOwner) throw new ForbiddenError('only the owner may change what this version does not know')
}

function requireAdmins (policy: GroupPolicy, actor: KeyBytes, after: GroupPolicy, { removed }: GroupChange): void {
  const own = adminOf(policy, actor)?.rights ?? 0
  for (const account of changed(policy.admins, after.admins)) {
    const [was, is] = [adminOf(policy, account), adminOf(after, account)]
    if (is === undefined && (sameBytes(account, actor) || isIn(removed, account))) continue
    if (was !== undefined && !sameBytes(was.by, actor)) throw new ForbiddenError('only the owner, or who made somebody an admin, may change that')
    if (!hasRight(policy, actor, 'addAdmins')) throw new ForbiddenError('making admins takes the right addAdmins')
    if (is !== undefined && (!sameBytes(is.by, actor) || (is.rights & ~own) !== 0)) throw new ForbiddenError('an admin gives no rights that it does not have')
  }
}

/** Whoever has a role is a member, and whoever is banned is none. */
function requireStanding ({ members, at }: GroupPlace, { added, removed }: GroupChange, after: GroupPolicy): void {
  const isMember = (account: KeyBytes): boolean => isIn(added, account) || (isIn(members, account) && !isIn(removed, account))
  if (!isMember(after.owner)) throw new ForbiddenError('the owner of a group must be a member')
  if (!after.admins.every(({ account }) => isMember(account))) throw new ForbiddenError('an admin of a group must be a member')
  if (members.some(account => isBanned(after, account, at) && isMember(account))) throw new ForbiddenError('a ban must remove whom it bans')
}

/** Accounts whose entry in a list is not the same before and after. */
function changed<T extends { account: KeyBytes }> (before: readonly T[], after: readonly T[]): KeyBytes[] {
  const entry = (list: readonly T[], account: KeyBytes): T | undefined => list.find(one => sameBytes(one.account, account))
  const accounts = [...before, ...after.filter(({ account }) => entry(before, account) === undefined)].map(({ account }) => account)
  return accounts.filter(account => !sameEntry(entry(before, account), entry(after, account)))
}

function sameEntry (a: object | undefined, b: object | undefined): boolean { return a === b || (a !== undefined && b !== undefined && flat(a) === flat(b)) }

function sameUnknown ({ unknown: a = {} }: GroupPolicy, { unknown: b = {} }: GroupPolicy): boolean { return flat(a) === flat(b) }

function flat (value: object): string {
  return JSON.stringify(value, (_name, part: unknown) => {
    if (part instanceof Uint8Array) return Buffer.from(part).toString('hex')
    return typeof part === 'object' && part !== null && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).sort(([x], [y]) => x < y ? -1 : 1)) : part
  })
}
