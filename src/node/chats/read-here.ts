/** What was read on this node. */
import type { Chat } from './chat.js'
import { withUnread } from './cursor.js'
import { readPlace, readPlaceOp } from './devices/read-place.js'
import { withRider, type Ride } from './laying.js'
import { unreadAfter } from './unread.js'

/** Marks what is up to a number as read here, in one batch with the mark that tells it. Call it in the chat's turn. */
export async function readHere (chat: Chat, upTo: number, ride: Ride): Promise<void> {
  const { cursor, deps } = chat
  const read = Math.max(cursor.read, Math.min(upTo, cursor.seq))
  if (read === cursor.read && cursor.unread === 0) return
  const next = withUnread({ ...cursor, read }, await unreadAfter(chat, read, cursor.seq))
  // Where no mark tells it, the account's other devices hear of it by the vault.
  const place = chat.hasReceipts || readPlace(deps.vault, chat.log) >= read ? [] : [readPlaceOp(deps.vault, chat.log, read)]
  const rider = ride(next)
  await withRider(rider, async ops => { await deps.updates.write([...chat.cursorOps(next), ...place, ...ops], [{ type: 'chat', chat: chat.id, title: chat.title, change: 'read' }]) })
  chat.cursor = next
  rider?.written(true)
}
