/**
 * A group's policy: who may do what, its name, and who is kept out. It stands in the group's MLS context (the `roles`
 * extension), so every member has the same one at the same place in the log, and no relay can read it. DESIGN section 4.
 */
import { BadInputError, decodeCbor, encodeCbor, keyShape, LIMITS, sameBytes, shape, type KeyBytes } from '../../wire/index.js'

/** Somebody with rights beside a member's. */
export interface GroupAdmin {
  account: KeyBytes
  /** Bits of ADMIN_RIGHTS. */
  rights: number
  /** Who made it one: beside the owner the only one who may change or end it. */
  by: KeyBytes
  /** Shown beside the name. */
  title?: string
}

/** A member with other permissions than the group's. */
export interface GroupRestriction {
  account: KeyBytes
  /** Bits of PERMISSIONS. */
  permissions: number
  /** Until when, in milliseconds by the log's times; null is for ever. */
  until: number | null
}

/** Somebody who is kept out. */
export interface GroupBan { account: KeyBytes, until: number | null }

/** A group's policy. */
export interface GroupPolicy {
  title: string
  about: string
  owner: KeyBytes
  /** By account, each once; so are the lists below. */
  admins: GroupAdmin[]
  /** What a member may: bits of PERMISSIONS. */
  permissions: number
  /** Seconds between two messages of a member; 0 for none. */
  slowMode: number
  /** Whether newcomers may read what was before them. */
  history: boolean
  restricted: GroupRestriction[]
  banned: GroupBan[]
  unknown?: Record<string, unknown>
}

const bits = shape.uint(0xffff_ffff)
const until = shape.nullable(shape.uint())
const policyShape = shape.struct({
  v: shape.literal(1),
  title: shape.text(LIMITS.groupTitleBytes),
  about: shape.text(LIMITS.groupAboutBytes),
  owner: keyShape,
  admins: shape.array(shape.struct({ account: keyShape, rights: bits, by: keyShape, title: shape.optional(shape.text(LIMITS.adminTitleBytes)) }), LIMITS.groupAdmins),
  permissions: bits,
  slowMode: shape.uint(LIMITS.slowModeSeconds),
  history: shape.bool,
  restricted: shape.array(shape.struct({ account: keyShape, permissions: bits, until }), LIMITS.groupRestricted),
  banned: shape.array(shape.struct({ account: keyShape, until }), LIMITS.groupBanned)
})

/** A policy's bytes; its lists are put in order. @throws BadInputError when it breaks a limit, or names somebody twice in a list */
export function encodePolicy (policy: GroupPolicy): Uint8Array {
  const ordered = { ...policy, admins: inOrder(policy.admins), restricted: inOrder(policy.restricted), banned: inOrder(policy.banned) }
  const map = { v: 1, ...shape.open(ordered) }
  requireConsistent(policyShape(map, 'group policy'))
  return encodeCbor(map)
}

/** A policy from its bytes. @throws BadInputError for malformed bytes, lists out of order, an empty title, or somebody in two places that exclude each other */
export function decodePolicy (bytes: Uint8Array): GroupPolicy {
  const { v: _v, ...policy } = policyShape(decodeCbor(bytes, LIMITS.mlsExtensionBytes), 'group policy')
  requireConsistent(policy)
  return policy
}

const read = new WeakMap<Uint8Array, GroupPolicy>()

/** As {@link decodePolicy}, once for the same bytes in memory: it is asked for at every entry of a log. Do not change what it returns. */
export function cachedPolicy (bytes: Uint8Array): GroupPolicy {
  const policy = read.get(bytes) ?? decodePolicy(bytes)
  read.set(bytes, policy)
  return policy
}

/** Whether two policies say the same. @throws BadInputError for one that cannot be */
export function samePolicy (a: GroupPolicy, b: GroupPolicy): boolean { return a === b || sameBytes(encodePolicy(a), encodePolicy(b)) }

/** Byte order, so that one policy has one spelling. */
export function byAccount (a: { account: KeyBytes }, b: { account: KeyBytes }): number { return Buffer.compare(a.account, b.account) }

function inOrder<T extends { account: KeyBytes }> (list: readonly T[]): T[] { return [...list].sort(byAccount) }

function requireConsistent (policy: GroupPolicy): void {
  if (policy.title.trim() === '') throw new BadInputError('a group needs a title')
  for (const [name, list] of [['admins', policy.admins], ['restricted', policy.restricted], ['banned', policy.banned]] as const) {
    for (const [i, one] of list.entries()) {
      const before = list[i - 1]
      if (before !== undefined && byAccount(before, one) >= 0) throw new BadInputError(`group policy.${name}: not in order, or somebody is there twice`)
      if (sameBytes(one.account, policy.owner)) throw new BadInputError(`group policy.${name}: the owner cannot be in this list`)
    }
  }
  const admins = new Set(policy.admins.map(({ account: one }) => Buffer.from(one).toString('hex')))
  for (const { account: one } of [...policy.restricted, ...policy.banned]) {
    if (admins.has(Buffer.from(one).toString('hex'))) throw new BadInputError('group policy: an admin is restricted or banned')
  }
}
