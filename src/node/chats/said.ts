/** What was said under an id, wherever it stands: in the log, on its way there, or handed over before. */
import { cachedBody, encodeBody, isSaid, type EditBody, type Said } from '../../protocol/message/index.js'
import { BadInputError, base32Text, NotFoundError, type EntryId, type KeyBytes } from '../../protocol/wire/index.js'
import { overlayOf, pendingOverlay } from './about/overlay.js'
import type { Chat } from './chat.js'
import { newestLine } from './past/newest-lines.js'

/** A line of a chat: its author, the author's time in ms, and the body. */
export interface Line { readonly from: KeyBytes, readonly at: number, readonly body: Said }

/** A line by its message's id. @throws NotFoundError, BadInputError when nothing was said under it, or it was taken back */
export async function saidIn (chat: Chat, id: EntryId): Promise<Line> {
  const { from, at, body: bytes } = await find(chat, id)
  const body = bytes === null ? null : cachedBody(bytes)
  if (from === null || body === null || !isSaid(body)) throw new BadInputError(`message ${base32Text(id)} is nothing that anybody said, or it was taken back`)
  return { from, at, body }
}

/**
 * A line as its author wants it read now: with the newest edit, also one that is on its way.
 * @throws NotFoundError, BadInputError as {@link saidIn}
 */
export async function saidNow (chat: Chat, id: EntryId): Promise<Line> {
  const line = await saidIn(chat, id)
  // Nothing else has words of its author's that can be edited.
  if (line.body.kind === 'poll' || line.body.kind === 'unknown') return line
  const edit = await newestEdit(chat, id, line)
  return edit === null ? line : { ...line, body: withEdit(line.body, edit) }
}

async function newestEdit (chat: Chat, id: EntryId, { from, body }: Line): Promise<EditBody | null> {
  const isOutside = chat.outbox.get(id) !== undefined || chat.back.get(id) !== undefined || chat.previews.get(id) !== undefined
  const found = isOutside ? undefined : await chat.timeline.find(id)
  return (found === undefined ? pendingOverlay(chat, id, from, encodeBody(body)) : await overlayOf(chat, found.seq, found.row)).edit?.body ?? null
}

function withEdit (body: Exclude<Said, { kind: 'poll' | 'unknown' }>, { text, entities }: EditBody): Said {
  const { text: _text, entities: _entities, ...rest } = body
  const words = entities === undefined ? {} : { entities }
  return rest.kind === 'text' ? { ...rest, text, ...words } : { ...rest, ...text === '' ? {} : { text }, ...words }
}

async function find (chat: Chat, id: EntryId): Promise<{ from: KeyBytes | null, at: number, body: Uint8Array | null }> {
  const item = chat.outbox.get(id)
  if (item !== undefined) return { from: chat.deps.me, at: item.createdAt, body: item.mark ? null : item.body }
  const row = chat.back.get(id)?.row ?? chat.previews.get(id) ?? (await chat.timeline.find(id) ?? newestLine(chat, id))?.row
  if (row === undefined) throw new NotFoundError(`this chat has no message ${base32Text(id)}`)
  return row
}
