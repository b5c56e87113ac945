/**
 * The owner key of a chat's log changes by a commit that its members take, and no other way: who could replace it else
 * could move the log, and keep those who may from doing so. Pure.
 */
import { sameBytes, type LogPlace, type WalkedEntry } from '../../protocol/wire/index.js'
import { CaughtError } from './alarm.js'

/**
 * Checks an entry that was taken. `counts`: it is a commit that holds, or one from before this account came in, which
 * those judged who were there. A home takes a replacement from whoever holds the key before, also in a commit that does
 * not hold or in an order: what stands before it can be moved elsewhere.
 *
 * @throws CaughtError when it replaces the owner key and does not count
 */
export function requireOwnerKept (before: Pick<LogPlace, 'owner'>, { leaf: { seq }, place }: WalkedEntry, counts: boolean): void {
  if (counts || sameBytes(place.owner, before.owner)) return
  throw new CaughtError({ kind: 'broken', seq, claim: true, message: `entry ${seq} replaces the owner key of this chat's log, which it may not: the relay put it there, or took it from a member who breaks the rules. Move the chat to another relay` })
}
