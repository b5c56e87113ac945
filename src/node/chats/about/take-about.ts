/** Takes entries about messages as the log shows them, in its order: what they change is written with the batch that brings them. */
import type { About } from '../../../protocol/message/index.js'
import { base32Text, LIMITS, sameBytes, type KeyBytes } from '../../../protocol/wire/index.js'
import { newsOf } from '../../updates/index.js'
import { withAnswered } from '../answered.js'
import type { Chat } from '../chat.js'
import type { Draft } from '../draft.js'
import { erasingOp } from '../erasing.js'
import type { Row } from '../row.js'
import { rowOf } from '../row-of.js'
import type { NumberedRow } from '../timeline.js'
import { rowView } from '../view.js'
import { aboutOp, factsOps, readFacts, targetIn } from './fact-records.js'
import { changesBetween, mostBytesOf, NO_FACTS, withFact } from './facts.js'
import { overlayFrom } from './overlay.js'

/** Takes an entry about a message. */
export async function takeAbout (chat: Chat, draft: Draft, seq: number, body: About, from: KeyBytes): Promise<void> {
  draft.ops.push(aboutOp(chat, seq, body.target))
  const row = draft.rows.get(seq)
  const found = await rowOf(chat, draft, body.target)
  if (found === undefined || row === undefined) return
  if (found.row.kind === 'erased') {
    // Its author did not know yet that the message was taken back: the new words go as the old ones did.
    if (body.kind === 'edit') forgetWords(chat, draft, seq, row, sameBytes(from, chat.deps.me))
    return
  }
  const target = targetIn(found.seq, found.row)
  if (target === undefined) return
  const name = base32Text(body.target)
  const known = draft.about.get(name)
  const before = known?.before ?? await readFacts(chat, body.target)
  if (known === undefined) draft.factBytes += mostBytesOf(before)
  const after = withFact(target, known?.after ?? before, { seq, time: row.time, from, body })
  draft.about.set(name, { found, before, after })
}

/** A message is taken back: what was told about it is nothing any more, and the words of its edits go, at the home too if `erase`. */
export async function forgetAbout (chat: Chat, draft: Draft, { seq, row }: NumberedRow, erase: boolean): Promise<void> {
  const name = base32Text(row.id)
  const { edits } = draft.about.get(name)?.after ?? await readFacts(chat, row.id)
  const fits = draft.isReplay || draft.erased.size + edits.length <= LIMITS.erasedAtOnce
  const below: NumberedRow[] = []
  for (const edit of edits) {
    const here = draft.rows.get(edit)
    const of = here ?? await chat.timeline.at(edit)
    if (of === undefined) continue
    if (fits || here !== undefined) forgetWords(chat, draft, edit, of, erase)
    else below.push({ seq: edit, row: of })
  }
  await forgetNow(chat, below, erase)
  draft.erasing ||= erase && below.length > 0
  draft.about.delete(name)
  draft.ops.push(...factsOps(chat, seq, row.id, NO_FACTS))
}

/**
 * The words of so many edits go that they do not fit into the batch with the order: before it, in one of their own. If it is
 * not taken after that, since the node is killed, it comes again; a message that misses words of its edits is shown without.
 */
async function forgetNow (chat: Chat, edits: readonly NumberedRow[], erase: boolean): Promise<void> {
  if (edits.length === 0) return
  const change = chat.timeline.change()
  for (const { seq, row } of edits) change.put(seq, wordlessRow(row))
  const { ops, written } = await chat.timeline.write(change)
  const orders = erase ? edits.map(({ seq, row }) => erasingOp(chat, seq, row.id)) : []
  await written(chat.deps.updates.write([...ops, ...orders, ...await chat.raw.without(new Set(edits.map(({ seq }) => seq)))], []))
}

function wordlessRow (row: Row): Row { return { ...row, kind: 'other', body: null } }

function forgetWords (chat: Chat, draft: Draft, seq: number, row: Row, erase: boolean): void {
  const wordless = wordlessRow(row)
  draft.rows.set(seq, wordless)
  draft.erased.add(seq)
  draft.lines.put(seq, wordless)
  if (!erase) return
  draft.ops.push(erasingOp(chat, seq, row.id))
  draft.erasing = true
}

/** What all entries of the batch came to: each message's facts are written once, and each kind of change is told once. */
export async function settleAbout (chat: Chat, draft: Draft): Promise<void> {
  for (const { found: { seq, row }, before, after } of draft.about.values()) {
    if (after === before) continue
    draft.ops.push(...factsOps(chat, seq, row.id, after))
    const changes = changesBetween(before, after)
    if (changes.length === 0) continue
    if (changes.includes('edited')) draft.ops.push(...chat.timeline.changed(seq))
    const overlay = await overlayFrom(after, async edit => draft.rows.get(edit) ?? await chat.timeline.at(edit))
    const message = await withAnswered(chat, rowView(seq, row, draft.cursor, chat.view, overlay), draft)
    draft.events.push(...changes.map(change => newsOf(chat.log, seq, row.id, { type: 'messageChanged', message, change })))
  }
}
