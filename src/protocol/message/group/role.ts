/** Who somebody is in a group, by its policy at a time of the log. Pure. */
import { sameBytes, type KeyBytes } from '../../wire/index.js'
import type { GroupAdmin, GroupPolicy } from './policy.js'
import { ADMIN_RIGHTS, PERMISSIONS, type AdminRight, type Permission } from './rights.js'

/** What a member is to its group. */
export type GroupRole = 'owner' | 'admin' | 'restricted' | 'member'

/** Whether a restriction or ban counts at a time. */
export function isInForce ({ until }: { readonly until: number | null }, at: number): boolean { return until === null || until > at }

/** The role of a member. @param at - milliseconds, by the log's times */
export function roleOf (policy: GroupPolicy, account: KeyBytes, at: number): GroupRole {
  if (sameBytes(policy.owner, account)) return 'owner'
  if (adminOf(policy, account) !== undefined) return 'admin'
  return policy.restricted.some(one => sameBytes(one.account, account) && isInForce(one, at)) ? 'restricted' : 'member'
}

/** Its entry among the admins. */
export function adminOf (policy: GroupPolicy, account: KeyBytes): GroupAdmin | undefined { return policy.admins.find(one => sameBytes(one.account, account)) }

/** Whether it is kept out. */
export function isBanned (policy: GroupPolicy, account: KeyBytes, at: number): boolean { return policy.banned.some(one => sameBytes(one.account, account) && isInForce(one, at)) }

/** Whether an admin's right is there; the owner has all. */
export function hasRight (policy: GroupPolicy, account: KeyBytes, right: AdminRight): boolean {
  return sameBytes(policy.owner, account) || ((adminOf(policy, account)?.rights ?? 0) & ADMIN_RIGHTS[right]) !== 0
}

/** What an admin has a right of its own for: without it, it may what the group's members may. */
const LIKE_RIGHTS: readonly Permission[] = ['inviteUsers', 'pinMessages', 'changeInfo']

/** Whether somebody may what members can be let: the owner always, and admins say what they like. */
export function mayAsMember (policy: GroupPolicy, account: KeyBytes, permission: Permission, at: number): boolean {
  const role = roleOf(policy, account, at)
  if (role === 'owner' || (role === 'admin' && !LIKE_RIGHTS.includes(permission))) return true
  const own = policy.restricted.find(one => sameBytes(one.account, account) && isInForce(one, at))?.permissions
  // A restriction takes away; it never gives more than the group's members have.
  return (policy.permissions & (own ?? policy.permissions) & PERMISSIONS[permission]) !== 0
}
