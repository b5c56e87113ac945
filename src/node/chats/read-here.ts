/** What was read on this node. */
import { sameBytes } from '../../protocol/wire/index.js'
import type { Chat } from './chat.js'

/** Marks what is up to a number as read here. Call it in the chat's turn. */
export async function readHere (chat: Chat, upTo: number): Promise<void> {
  const { cursor, deps, timeline } = chat
  const read = Math.max(cursor.read, Math.min(upTo, cursor.seq))
  if (read === cursor.read && cursor.unread === 0) return
  let unread = 0
  if (read < cursor.seq) for await (const { row } of timeline.range(read + 1, cursor.seq)) if (row.kind === 'message' && row.from !== null && !sameBytes(row.from, deps.me)) unread++
  const next = { ...cursor, read, unread }
  await deps.updates.write([chat.cursorOp(next)], [{ type: 'chat', chat: chat.id, title: chat.title, change: 'read' }])
  chat.cursor = next
}
