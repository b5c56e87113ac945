/** Who holds the owner key of a group's log, by its policy. Pure. */
import { sameBytes, type KeyBytes } from '../../wire/index.js'
import { byAccount, type GroupPolicy } from './policy.js'
import { ADMIN_RIGHTS } from './rights.js'

// What the key can do at the home is to take others' words away, and to keep the log working against who breaks rules.
const NEEDS_KEY = ADMIN_RIGHTS.deleteMessages | ADMIN_RIGHTS.banUsers

/** The owner, and the admins who may delete others' messages or ban: in the byte order of their accounts. */
export function ownerKeyHolders ({ owner, admins }: GroupPolicy): KeyBytes[] {
  return [{ account: owner }, ...admins.filter(({ rights }) => (rights & NEEDS_KEY) !== 0)].sort(byAccount).map(({ account }) => account)
}

/** Whether two lists, each in order, name the same accounts. */
export function sameHolders (a: readonly KeyBytes[], b: readonly KeyBytes[]): boolean {
  return a.length === b.length && a.every((account, i) => sameBytes(account, b[i] ?? new Uint8Array()))
}
