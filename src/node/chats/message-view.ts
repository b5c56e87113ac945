/** Messages of a chat as the API tells them, with what was told about them. */
import type { ChatMessage, MessageVersion } from '../../protocol/api/index.js'
import { cachedBody } from '../../protocol/message/index.js'
import { BadInputError, base32Text, NotFoundError, sameBytes, type EntryId } from '../../protocol/wire/index.js'
import { readFacts, targetIn, pinnedNumbers } from './about/fact-records.js'
import { NO_FACTS, type Facts, type Target } from './about/facts.js'
import { overlayOf, pendingFacts, pendingOverlay, pendingPins } from './about/overlay.js'
import type { Chat } from './chat.js'
import type { OutboxItem } from './outbox-item.js'
import { newestLine } from './past/newest-lines.js'
import type { BackItem } from './taken-back.js'
import type { NumberedRow } from './timeline.js'
import { backView, entitiesView, itemView, previewView, rowView } from './view.js'

/** A message in the log. */
export async function loggedView (chat: Chat, { seq, row }: NumberedRow): Promise<ChatMessage> {
  return rowView(seq, row, chat.cursor, chat.view, await overlayOf(chat, seq, row))
}

/** A message on its way. */
export function waitingView (chat: Chat, item: OutboxItem): ChatMessage {
  return itemView(item, chat.view, chat.outbox.receiptOf(item.id), pendingOverlay(chat, item.id, chat.deps.me, item.body))
}

/** A message that a takeover took back. */
export function returningView (chat: Chat, item: BackItem): ChatMessage {
  const { id, from, body } = item.row
  return backView(item, chat.view, from === null ? undefined : pendingOverlay(chat, id, from, body))
}

/** A message by its id, wherever it is; undefined when the chat has none. */
export async function viewOf (chat: Chat, id: EntryId): Promise<ChatMessage | undefined> {
  const item = chat.outbox.get(id)
  if (item !== undefined) return waitingView(chat, item)
  const back = chat.back.get(id)
  if (back !== undefined) return returningView(chat, back)
  const preview = chat.previews.get(id)
  if (preview !== undefined) return previewView(preview, chat.view)
  const found = await chat.timeline.find(id) ?? newestLine(chat, id)
  return found === undefined ? undefined : await loggedView(chat, found)
}

/** What entries about a message are judged by, before they are sent: with those that are on their way. @throws NotFoundError; BadInputError for what nobody said, what was taken back, and a preview */
export async function targetOf (chat: Chat, id: EntryId): Promise<{ target: Target, facts: Facts }> {
  if (isGoing(chat, id)) throw new BadInputError('the message was taken back')
  const nothing = `message ${base32Text(id)} is nothing that anybody said, or it was taken back`
  const item = chat.outbox.get(id)
  if (item?.parked === true) throw new BadInputError('the message still waits for its files: take it back (petrel delete) and send it anew')
  const outside = item === undefined ? chat.back.get(id)?.row : { kind: 'message' as const, from: chat.deps.me, body: item.mark ? null : item.body }
  if (outside !== undefined) {
    const target = targetIn(0, outside)
    if (target === undefined) throw new BadInputError(nothing)
    return { target, facts: pendingFacts(chat, id, target, NO_FACTS) }
  }
  if (chat.previews.get(id) !== undefined) throw new BadInputError('the message is not in the chat\'s log yet: wait until it is')
  const found = await chat.timeline.find(id)
  if (found === undefined && newestLine(chat, id) !== undefined) throw new BadInputError('the chat is still being taken up to that message: wait until it is')
  if (found === undefined) throw new NotFoundError(`this chat has no message ${base32Text(id)}`)
  const target = targetIn(found.seq, found.row)
  if (target === undefined) throw new BadInputError(nothing)
  return { target, facts: pendingFacts(chat, id, target, await readFacts(chat, id)) }
}

/** Whether this account has taken a message back, and the log does not show it yet. */
function isGoing ({ outbox }: Chat, id: EntryId): boolean {
  return outbox.orders().some(({ body }) => body.kind === 'delete' && body.targets.some(target => sameBytes(target, id)))
}

/** What a message in the log said, the first text first. @throws NotFoundError, BadInputError as {@link targetOf} */
export async function versionsOf (chat: Chat, id: EntryId): Promise<MessageVersion[]> {
  const found = await chat.timeline.find(id)
  if (found === undefined) throw new NotFoundError(`this chat's log has no message ${base32Text(id)}`)
  const { target, facts } = await targetOf(chat, id)
  const { text, entities } = rowView(found.seq, found.row, chat.cursor, chat.view)
  const versions: MessageVersion[] = [{ text, entities, at: new Date(found.row.at) }]
  if (target.body.kind === 'poll') return versions
  for (const seq of facts.edits) {
    const row = await chat.timeline.at(seq)
    const body = row?.body == null ? null : cachedBody(row.body)
    if (row !== undefined && body?.kind === 'edit') versions.push({ text: body.text, entities: entitiesView(body.entities), at: new Date(row.at) })
  }
  return versions
}

/** The pinned messages, the newest first; at most `limit`. */
export async function pinnedViews (chat: Chat, limit: number): Promise<ChatMessage[]> {
  const numbers = new Set<number>()
  for (const id of pendingPins(chat)) {
    const found = await chat.timeline.find(id)
    if (found !== undefined) numbers.add(found.seq)
  }
  for await (const seq of pinnedNumbers(chat)) if (numbers.add(seq).size >= 2 * limit) break
  const views: ChatMessage[] = []
  for (const seq of [...numbers].sort((a, b) => b - a)) {
    const row = await chat.timeline.at(seq)
    const view = row === undefined ? undefined : await loggedView(chat, { seq, row })
    if (view?.pinned === true) views.push(view)
    if (views.length === limit) break
  }
  return views
}
