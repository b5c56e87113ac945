/** The owner key of a chat's log stays what it is: who could replace it could move the log, and keep its owner from doing so. Pure. */
import { sameBytes, type KeyBytes, type WalkedEntry } from '../../protocol/wire/index.js'
import { CaughtError } from './alarm.js'

/**
 * Checks that no commit or void among entries names another owner key. A home takes such a one only from who holds the
 * key, but readers see nothing of that: it could as well be the home's own. What stands before it can be moved elsewhere.
 *
 * @throws CaughtError for the first that does
 */
export function requireOwnerKept (owner: KeyBytes, entries: readonly WalkedEntry[]): void {
  const found = entries.find(({ place }) => !sameBytes(place.owner, owner))
  if (found === undefined) return
  const { seq } = found.leaf
  throw new CaughtError({ kind: 'broken', seq, claim: true, message: `entry ${seq} replaces the owner key of this chat's log, which nothing may: the relay put it there, or took it from a member who breaks the rules. Move the chat to another relay` })
}
