/** Tells how far own messages have got, as another's mark says it. */
import { base32Text, LIMITS, sameBytes, type EntryId } from '../../protocol/wire/index.js'
import type { Chat } from './chat.js'
import type { Draft } from './draft.js'

/**
 * Tells of each own message between two marks; what is read in the same mark is not told as delivered first. Of very
 * many the newest are told, and those that somebody waits for: one mark must fit one batch.
 */
export async function markOwn (chat: Chat, draft: Draft, span: { from: number, to: number }, state: 'delivered' | 'read', skipTo: number): Promise<void> {
  const start = Math.max(span.from, skipTo)
  const from = Math.max(start, span.to - LIMITS.markSpan)
  if (from > start) for (const id of chat.watched()) if (await isBetween(chat, id, start, from)) draft.reached.push({ id, state })
  for (let seq = from + 1; seq <= span.to; seq++) {
    const row = draft.rows.get(seq) ?? await chat.timeline.at(seq)
    if (row?.kind !== 'message' || row.from === null || !sameBytes(row.from, chat.deps.me)) continue
    draft.reached.push({ id: row.id, state })
    draft.events.push({ type: 'messageState', chat: chat.id, id: base32Text(row.id), state, error: null })
  }
}

async function isBetween (chat: Chat, id: EntryId, from: number, to: number): Promise<boolean> {
  const found = await chat.timeline.find(id)
  return found !== undefined && found.seq > from && found.seq <= to
}
