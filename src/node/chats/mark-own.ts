/** Tells how far own messages have got, as another's mark says it. */
import { base32Text, LIMITS, sameBytes, type EntryId } from '../../protocol/wire/index.js'
import type { Chat } from './chat.js'
import type { Draft } from './draft.js'
import type { Row } from './row.js'

const PAGE = 128

/**
 * Tells of each own message between two marks; what is read in the same mark is not told as delivered first. Of very
 * many the newest are told, and those that somebody waits for: one mark must fit one batch.
 */
export async function markOwn (chat: Chat, draft: Draft, span: { from: number, to: number }, state: 'delivered' | 'read', skipTo: number): Promise<void> {
  const start = Math.max(span.from, skipTo)
  const from = Math.max(start, span.to - LIMITS.markSpan)
  if (from > start) for (const id of chat.watched()) if (await isBetween(chat, id, start, from)) draft.reached.push({ id, state })
  for await (const row of rowsBetween(chat, draft, from, span.to)) {
    if (row.kind !== 'message' || row.from === null || !sameBytes(row.from, chat.deps.me)) continue
    draft.reached.push({ id: row.id, state })
    draft.events.push({ type: 'messageState', chat: chat.id, id: base32Text(row.id), state, error: null })
  }
}

/** The rows after a number up to another, of this batch or from the disk, a page at a time. */
async function * rowsBetween (chat: Chat, draft: Draft, after: number, to: number): AsyncGenerator<Row> {
  for (let from = after + 1; from <= to; from += PAGE) {
    const seqs = Array.from({ length: Math.min(PAGE, to - from + 1) }, (_, i) => from + i)
    const missing = seqs.filter(seq => !draft.rows.has(seq))
    const read = missing.length === 0 ? [] : await chat.timeline.many(missing)
    const kept = new Map(missing.map((seq, i) => [seq, read[i]]))
    for (const seq of seqs) {
      const row = draft.rows.get(seq) ?? kept.get(seq)
      if (row !== undefined) yield row
    }
  }
}

async function isBetween (chat: Chat, id: EntryId, from: number, to: number): Promise<boolean> {
  const found = await chat.timeline.find(id)
  return found !== undefined && found.seq > from && found.seq <= to
}
