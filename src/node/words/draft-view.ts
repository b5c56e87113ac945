/** A draft as the API tells it. */
import type { ChatDraft } from '../../protocol/api/index.js'
import { base32Text } from '../../protocol/wire/index.js'
import type { DraftBook } from './draft-book.js'

/** A chat's draft, by the chat's id. */
export function draftView (drafts: DraftBook, chat: string): ChatDraft | null {
  const begun = drafts.of(chat)
  return begun === undefined ? null : { text: begun.text, replyTo: begun.reply === null ? null : base32Text(begun.reply), at: new Date(begun.at) }
}
