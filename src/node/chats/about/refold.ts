/**
 * Makes the facts of messages again from the entries about them: after a takeover from below, when the newest of them are
 * gone, and when entries are opened that stand before others that are known already.
 */
import { base32Text, sameBytes, type EntryId } from '../../../protocol/wire/index.js'
import type { KeyValueOp } from '../../../store/index.js'
import { newsOf, type Said } from '../../updates/index.js'
import { withAnswered } from '../answered.js'
import type { Chat } from '../chat.js'
import type { Cursor } from '../cursor.js'
import type { Row } from '../row.js'
import type { NumberedRow } from '../timeline.js'
import { rowView } from '../view.js'
import { aboutDel, aboutIn, aboutNumbers, aboutOp, factIn, factsOps, readFacts, targetIn } from './fact-records.js'
import { changesBetween, NO_FACTS, withFact, type Facts, type Target } from './facts.js'
import { overlayFrom } from './overlay.js'

/** The changes that go with entries being taken out of the log, all that stand after number `kept`, and what is told of it. */
export async function withoutAbout (chat: Chat, removed: readonly NumberedRow[], kept: number, cursor: Cursor): Promise<{ ops: KeyValueOp[], events: Said[] }> {
  const ops: KeyValueOp[] = []
  const events: Said[] = []
  const touched = new Map<string, EntryId>()
  for (const { seq, row } of removed) {
    const body = aboutIn(row)
    if (body !== undefined) {
      ops.push(aboutDel(chat, seq, body.target))
      touched.set(base32Text(body.target), body.target)
    } else if (row.kind === 'message') ops.push(...factsOps(chat, seq, row.id, NO_FACTS))
  }
  for (const id of touched.values()) {
    const found = await chat.timeline.find(id)
    const target = found === undefined || found.seq > kept ? undefined : targetIn(found.seq, found.row)
    if (found === undefined || target === undefined) continue
    const before = await readFacts(chat, id)
    const facts = await refolded(chat, id, target, await aboutNumbers(chat, id, found.seq, kept))
    ops.push(...factsOps(chat, found.seq, id, facts), ...chat.timeline.changed(found.seq))
    const changes = changesBetween(before, facts)
    if (changes.length === 0) continue
    const message = await withAnswered(chat, rowView(found.seq, found.row, cursor, chat.view, await overlayFrom(facts, async edit => await chat.timeline.at(edit))))
    events.push(...changes.map(change => newsOf(chat.log, found.seq, id, { type: 'messageChanged', message, change })))
  }
  return { ops, events }
}

/**
 * The changes that go with older entries being opened, into the same batch as their rows: what they tell about messages,
 * and what is known about them.
 */
export async function learnHistory (chat: Chat, opened: readonly NumberedRow[]): Promise<KeyValueOp[]> {
  const ops: KeyValueOp[] = []
  const rows = new Map<number, Row>(opened.map(({ seq, row }) => [seq, row]))
  const touched = new Map<string, { id: EntryId, numbers: number[] }>()
  const touch = (id: EntryId): { numbers: number[] } => {
    const one = touched.get(base32Text(id)) ?? { id, numbers: [] }
    touched.set(base32Text(id), one)
    return one
  }
  for (const { seq, row } of opened) {
    const body = aboutIn(row)
    if (body !== undefined) {
      ops.push(aboutOp(chat, seq, body.target))
      touch(body.target).numbers.push(seq)
    } else if (row.kind === 'message') touch(row.id)
  }
  for (const { id, numbers } of touched.values()) {
    const found = opened.find(({ row }) => standsFor(row.kind) && sameBytes(row.id, id)) ?? await chat.timeline.find(id)
    const target = found === undefined ? undefined : targetIn(found.seq, found.row)
    if (found === undefined || target === undefined) continue
    const fresh = numbers.filter(seq => seq > found.seq)
    // Nothing of this page counts about a message that was opened with an earlier one.
    if (fresh.length === 0 && !rows.has(found.seq)) continue
    const all = [...new Set([...fresh, ...await aboutNumbers(chat, id, found.seq)])].sort((a, b) => a - b)
    if (all.length > 0) ops.push(...factsOps(chat, found.seq, id, await refolded(chat, id, target, all, rows)), ...chat.timeline.changed(found.seq))
  }
  return ops
}

/** Whether an id is that of a row of this kind, when it is the first one under it. */
function standsFor (kind: Row['kind']): boolean { return kind !== 'held' && kind !== 'mark' && kind !== 'before' }

/** The facts that the entries at these numbers make, in their order. */
async function refolded (chat: Chat, id: EntryId, target: Target, numbers: readonly number[], rows: ReadonlyMap<number, Row> = new Map()): Promise<Facts> {
  let facts = NO_FACTS
  for (const seq of numbers) {
    const row = rows.get(seq) ?? await chat.timeline.at(seq)
    const fact = row === undefined ? undefined : factIn(seq, row)
    if (fact !== undefined && sameBytes(fact.body.target, id)) facts = withFact(target, facts, fact)
  }
  return facts
}
