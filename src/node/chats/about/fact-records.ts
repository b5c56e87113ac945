/**
 * What is known about messages, on disk: for each message its facts, and where the entries about it stand, so that the
 * facts can be made again when the log was taken over from below, or when older entries are opened later.
 */
import { cachedBody, isSaid, type About } from '../../../protocol/message/index.js'
import { decodeCbor, encodeCbor, keyShape, LIMITS, shape, type EntryId } from '../../../protocol/wire/index.js'
import type { KeyValueOp } from '../../../store/index.js'
import { numberOf } from '../../records/index.js'
import type { Chat } from '../chat.js'
import type { Row } from '../row.js'
import { aboutOf, NO_FACTS, type Fact, type Facts, type Target } from './facts.js'

const factsShape = shape.struct({
  v: shape.literal(1),
  edits: shape.array(shape.uint(), LIMITS.editsPerMessage),
  reactions: shape.array(shape.struct({ account: keyShape, emoji: shape.array(shape.text(64), LIMITS.reactionEmoji) }), LIMITS.factAccounts),
  votes: shape.array(shape.struct({ account: keyShape, options: shape.array(shape.uint(LIMITS.pollOptions - 1), LIMITS.pollOptions) }), LIMITS.factAccounts),
  pinned: shape.bool,
  closed: shape.bool
})
// 1,024 accounts with eight emoji of 64 bytes, and their votes.
const FACTS_BYTES = 1024 * 1024
const THERE = Uint8Array.of(1)

/** A message's facts as they are kept. */
export async function readFacts (chat: Chat, id: EntryId): Promise<Facts> { return (await readManyFacts(chat, [id]))[0] ?? NO_FACTS }

/** The facts of several messages as they are kept, in their order; undefined for none. */
export async function readManyFacts ({ deps: { kv, keys }, log }: Chat, ids: readonly EntryId[]): Promise<Array<Facts | undefined>> {
  const found = await kv.getMany(ids.map(id => keys.one('facts', log, id)))
  return found.map(bytes => bytes === undefined ? undefined : decodeFacts(bytes))
}

function decodeFacts (bytes: Uint8Array): Facts {
  const { v: _v, unknown: _unknown, ...facts } = factsShape(decodeCbor(bytes, FACTS_BYTES), 'facts')
  return facts
}

/** The changes that write the facts of a message that stands at a number, and whether it is in the list of pinned ones. */
export function factsOps ({ deps: { keys }, log }: Chat, seq: number, id: EntryId, facts: Facts): KeyValueOp[] {
  const key = keys.one('facts', log, id)
  const pinned = keys.numbered('pinned', seq, log)
  return [
    facts === NO_FACTS ? { type: 'del', key } : { type: 'put', key, value: encodeCbor({ v: 1, ...facts }) },
    facts.pinned ? { type: 'put', key: pinned, value: THERE } : { type: 'del', key: pinned }
  ]
}

/** The change that notes an entry about a message. */
export function aboutOp (chat: Chat, seq: number, target: EntryId): KeyValueOp { return { type: 'put', key: aboutKey(chat, seq, target), value: THERE } }
/** The change that drops that. */
export function aboutDel (chat: Chat, seq: number, target: EntryId): KeyValueOp { return { type: 'del', key: aboutKey(chat, seq, target) } }

function aboutKey ({ deps: { keys }, log }: Chat, seq: number, target: EntryId): Uint8Array { return keys.numbered('about', seq, log, target) }

/** The numbers of the entries about a message after its own and up to a number, in order: what stands before it never counts, however much that is. */
export async function aboutNumbers (chat: Chat, target: EntryId, after: number, to = Number.MAX_SAFE_INTEGER): Promise<number[]> {
  const numbers: number[] = []
  for await (const [key] of chat.deps.kv.iterate({ gt: aboutKey(chat, after, target), lte: aboutKey(chat, to, target) })) numbers.push(numberOf(key))
  return numbers
}

/** The numbers of pinned messages, the newest first. */
export async function * pinnedNumbers ({ deps: { kv, keys }, log }: Chat): AsyncGenerator<number> {
  for await (const [key] of kv.iterate({ gte: keys.numbered('pinned', 0, log), lte: keys.numbered('pinned', Number.MAX_SAFE_INTEGER, log), reverse: true })) yield numberOf(key)
}

/** What a row tells about a message, if it counts as an entry at all. */
export function aboutIn (row: Row): About | undefined {
  return row.body === null || row.from === null || (row.kind !== 'other' && row.kind !== 'service') ? undefined : aboutOf(cachedBody(row.body))
}

/** The fact that a row is. */
export function factIn (seq: number, row: Row): Fact | undefined {
  const body = aboutIn(row)
  return body === undefined || row.from === null ? undefined : { seq, time: row.time, from: row.from, body }
}

/** A row as something that facts are about: a line that somebody said and that was not taken back. */
export function targetIn (seq: number, row: Pick<Row, 'kind' | 'from' | 'body'>): Target | undefined {
  if (row.kind !== 'message' || row.body === null || row.from === null) return undefined
  const body = cachedBody(row.body)
  return isSaid(body) ? { seq, from: row.from, body } : undefined
}
