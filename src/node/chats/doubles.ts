/**
 * Further messages under an id that stands for an earlier entry (row-of.ts). Their numbers are noted, so that whoever
 * takes a message back takes back what it wrote, and not nothing because another had the id first.
 */
import type { EntryId } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import { numberOf } from '../records/index.js'
import type { Chat } from './chat.js'
import type { Draft } from './draft.js'
import type { NumberedRow } from './timeline.js'

type Place = Pick<Chat, 'deps' | 'log'>

const THERE = Uint8Array.of(1)

/** The change that notes one. */
export function doubleOp (place: Place, seq: number, id: EntryId): KeyValueOp { return { type: 'put', key: keyOf(place, seq, id), value: THERE } }

/** The messages under an id below a number but for the first one, in this batch or on the disk. */
export async function doublesOf (chat: Chat, { rows }: Draft, id: EntryId, before: number): Promise<NumberedRow[]> {
  const numbers = new Set(rows.under(id).map(({ seq }) => seq))
  for await (const [key] of chat.deps.kv.iterate({ gte: keyOf(chat, 0, id), lt: keyOf(chat, before, id) })) numbers.add(numberOf(key))
  const found: NumberedRow[] = []
  for (const seq of [...numbers].filter(one => one < before).sort((a, b) => a - b)) {
    const row = rows.get(seq) ?? await chat.timeline.at(seq)
    if (row?.kind === 'message' || row?.kind === 'erased') found.push({ seq, row })
  }
  return found
}

function keyOf ({ deps: { keys }, log }: Place, seq: number, id: EntryId): Uint8Array { return keys.numbered('double', seq, log, id) }
