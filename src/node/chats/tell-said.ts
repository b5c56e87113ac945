/** Messages of which the news say only where they stand, as they are told to whoever reads the news. */
import type { ChatMessage } from '../../protocol/api/index.js'
import { base32Text, sameBytes, type LogId } from '../../protocol/wire/index.js'
import type { Said } from '../updates/index.js'
import type { Chat } from './chat.js'
import { withAnswered } from './answered.js'
import { loggedView, viewOf } from './message-view.js'
import { rowView } from './view.js'

/** Finds a chat by its log. */
type ChatOf = (log: LogId) => Chat | undefined

/** The messages, in their order; undefined for what is nowhere any more. */
export async function tellSaid (chatOf: ChatOf, said: readonly Said[]): Promise<Array<ChatMessage | undefined>> {
  const told: Array<ChatMessage | undefined> = said.map(() => undefined)
  const places = Map.groupBy(said.keys(), i => base32Text(said[i]?.log ?? new Uint8Array()))
  for (const these of places.values()) {
    const some = these.flatMap(i => said[i] ?? [])
    const chat = some[0] === undefined ? undefined : chatOf(some[0].log)
    if (chat === undefined) continue
    const messages = await messagesAt(chat, some)
    for (const [at, i] of these.entries()) told[i] = messages[at]
  }
  return told
}

async function messagesAt (chat: Chat, said: readonly Said[]): Promise<Array<ChatMessage | undefined>> {
  const rows = await chat.timeline.many(said.map(({ seq }) => seq))
  // What a takeover took back stands elsewhere, if anywhere.
  return await Promise.all(said.map(async ({ seq, id, change }, i) => {
    const row = rows[i]
    if (row === undefined || !sameBytes(row.id, id)) return await answered(chat, await viewOf(chat, id))
    return await answered(chat, change === undefined ? rowView(seq, row, chat.cursor, chat.view) : await loggedView(chat, { seq, row }))
  }))
}

async function answered (chat: Chat, message: ChatMessage | undefined): Promise<ChatMessage | undefined> { return message === undefined ? undefined : await withAnswered(chat, message) }
