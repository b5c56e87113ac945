/** What was read on another device before this one had it. */
import type { Chat } from '../chat.js'
import { withUnread } from '../cursor.js'
import type { Draft } from '../draft.js'
import { unreadAfter } from '../unread.js'
import { readPlace } from './read-place.js'

/** Takes the place of the vault into a batch, as far as the log has come. */
export async function takeReadPlace (chat: Chat, draft: Draft): Promise<void> {
  if (chat.hasReceipts) return
  const { cursor } = draft
  const read = Math.min(readPlace(chat.deps.vault, chat.log), cursor.seq)
  if (read > cursor.read) draft.cursor = withUnread({ ...cursor, read }, await unreadAfter(chat, read, cursor.seq, draft))
}
