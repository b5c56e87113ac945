/**
 * The row that an id stands for. A home that is in league with a member can let that one use another's id a second time:
 * then the id is that of the first entry that could be read, for everybody, or its author could not change or take back
 * any more what it wrote.
 */
import type { EntryId } from '../../protocol/wire/index.js'
import type { Chat } from './chat.js'
import type { Draft } from './draft.js'
import { idName } from './draft-rows.js'
import type { NumberedRow } from './timeline.js'

/** The row of an id below number `before`, in this batch or on the disk. */
export async function rowOf (chat: Chat, draft: Draft, id: EntryId, before = Infinity): Promise<NumberedRow | undefined> {
  for (const one of draft.newIds) draft.found.set(idName(one), undefined)
  draft.newIds = []
  const name = idName(id)
  const found = draft.found.has(name) ? draft.found.get(name) : await chat.timeline.find(id)
  const known = found === undefined || found.seq >= before ? undefined : { seq: found.seq, row: draft.rows.get(found.seq) ?? found.row }
  if (known !== undefined && known.row.kind !== 'held') return known
  let held = known
  for (const one of draft.rows.under(id)) {
    if (one.seq >= before || one.row.kind === 'before') continue
    if (one.row.kind !== 'held') return one
    held ??= one
  }
  return held
}

/** Whether an id goes on to stand for a row that is known when another is found under it, above it in a log or, of what is opened backwards, below. */
export function staysWith (known: NumberedRow | undefined, other: NumberedRow): boolean {
  if (known === undefined) return false
  if (other.row.kind === 'held') return true
  return known.row.kind !== 'held' && known.seq < other.seq
}
