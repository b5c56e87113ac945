/** What a message answers, as it is shown beside the answer. */
import type { ChatMessage, MediaFile } from '../../protocol/api/index.js'
import { ENTRY_ID_LENGTH, fromBase32Text, LIMITS, sameBytes } from '../../protocol/wire/index.js'
import type { Chat } from './chat.js'
import type { Draft } from './draft.js'
import { viewOf } from './message-view.js'
import { rowView } from './view.js'

type Answered = Pick<ChatMessage, 'fromName' | 'text' | 'media' | 'deleted'>

/** A message whose answer's other half is told too: who said it, and its beginning. `draft`: rows that are not on the disk yet. */
export async function withAnswered (chat: Chat, message: ChatMessage, draft?: Pick<Draft, 'rows' | 'cursor'>): Promise<ChatMessage> {
  const { replyTo } = message
  if (replyTo === null) return message
  const line = await lineOf(chat, replyTo.id, draft)
  if (line === undefined || line.fromName === '') return message
  return { ...message, replyTo: { ...replyTo, fromName: line.fromName, text: line.deleted ? null : beginning(line) } }
}

async function lineOf (chat: Chat, text: string, draft: Pick<Draft, 'rows' | 'cursor'> | undefined): Promise<Answered | undefined> {
  const id = fromBase32Text(text, ENTRY_ID_LENGTH)
  for (const [seq, row] of draft?.rows ?? []) if (draft !== undefined && sameBytes(row.id, id)) return rowView(seq, row, draft.cursor, chat.view)
  return await viewOf(chat, id)
}

function beginning ({ text, media }: Answered): string {
  const words = text === '' ? media.map(wordOf).join(' ') : text
  return words.length <= LIMITS.replyPreviewUnits ? words : `${words.slice(0, LIMITS.replyPreviewUnits - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

function wordOf ({ as, name }: MediaFile): string { return `[${as}${name === null || as !== 'file' ? '' : `: ${name}`}]` }
