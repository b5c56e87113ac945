/** What is unread, and what of it is for this account above others. */
import { sameBytes } from '../../protocol/wire/index.js'
import { withAnswered } from './answered.js'
import { arrivedAt } from './arrival.js'
import type { Chat } from './chat.js'
import type { Draft } from './draft.js'
import type { Row } from './row.js'
import { rowView } from './view.js'

/** What is taken in the same batch, and not on the disk yet. */
type Fresh = Pick<Draft, 'rows' | 'cursor'>

/** Whether a message of another names this account, or answers it, as it was written first. */
export async function isMention (chat: Chat, seq: number, row: Row, draft?: Fresh): Promise<boolean> {
  return (await withAnswered(chat, rowView(seq, row, chat.cursor, chat.view), draft)).mentionsMe
}

/** What is unread. */
export interface Unread { readonly unread: number, readonly mentions: number }

/** Counts what others said after a number and up to another. What was before this account came in is not new to it. */
export async function unreadAfter (chat: Chat, after: number, upTo: number, draft?: Fresh): Promise<Unread> {
  const { record, deps: { me }, timeline } = chat
  const from = Math.max(after, arrivedAt(record)) + 1
  let [unread, mentions] = [0, 0]
  const count = async (seq: number, row: Row): Promise<void> => {
    if (row.kind !== 'message' || row.from === null || sameBytes(row.from, me)) return
    unread++
    if (await isMention(chat, seq, row, draft)) mentions++
  }
  if (from <= upTo) for await (const { seq, row } of timeline.range(from, upTo)) if (draft?.rows.has(seq) !== true) await count(seq, row)
  for (const [seq, row] of draft?.rows ?? []) if (seq >= from && seq <= upTo) await count(seq, row)
  return { unread, mentions }
}
