/** Search over the own history: an index that follows the chats, and the way through it. */
import type { Body } from '../../protocol/message/index.js'
import { AbortedError, sameBytes, type LogId } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import type { NumberedRow, Row, Searched } from '../chats/index.js'
import type { NodeLog } from '../log.js'
import type { RecordKeys } from '../records/index.js'
import { Indexer } from './indexer.js'
import { candidates, type Wanted } from './lookup.js'
import { SearchMarks } from './marks.js'
import { isIn } from './query.js'
import { SearchKeys } from './records.js'
import { subjectOf } from './subject.js'
import { order, walk, type Place, type Step, type Walked } from './walk.js'

// Rows read in one go.
const ROWS_AT_ONCE = 64

/** A message that was found. */
export interface Found { readonly chat: Searched, readonly seq: number, readonly row: Row }

/** What search stands on. */
export interface SearchParts { readonly kv: KeyValueStore, readonly keys: RecordKeys, readonly log: NodeLog, readonly chats: () => Searched[] }

/** See the file's head. */
export class Search {
  readonly index: Indexer
  readonly #kv: KeyValueStore
  readonly #keys: SearchKeys
  readonly #marks: SearchMarks

  private constructor ({ kv, keys, log, chats }: SearchParts, marks: SearchMarks) {
    this.#kv = kv
    this.#keys = new SearchKeys(keys)
    this.#marks = marks
    this.index = new Indexer({ kv, keys: this.#keys, marks, chats, log })
  }

  /** Opens the index; nothing is read of it yet. */
  static async open (parts: SearchParts): Promise<Search> { return new Search(parts, await SearchMarks.open(parts.kv, parts.keys)) }

  /** The changes that go with one of a chat's numbers: what the index may have already is marked. New is what comes after all that is durable. */
  changed (log: LogId, seq: number, isNew: boolean): KeyValueOp[] {
    this.index.soon()
    return isNew ? [] : [this.#marks.put(log, seq)]
  }

  /** Messages of some chats that are wanted, the newest first, after a place. @throws AbortedError */
  async find (chats: readonly Searched[], wanted: Wanted, { limit, after, signal }: { limit: number, after: Place | undefined, signal?: AbortSignal | undefined }): Promise<Walked<Found>> {
    return await walk(chats.map(chat => this.#steps(chat, wanted, after, signal)), limit)
  }

  async * #steps (chat: Searched, wanted: Wanted, after: Place | undefined, signal: AbortSignal | undefined): AsyncGenerator<Step<Found>> {
    const isSame = after?.chat === chat.id
    const before = isSame ? after.seq : chat.seq + 1
    let time = isSame ? after.time : Infinity
    let seen = isSame ? undefined : after
    const found = candidates(this.#kv, this.#keys, chat.log, wanted, before, head => seen !== undefined && head.time[0] > seen.time)
    for await (const { seq, row, body } of rowsOf(chat, found)) {
      if (signal?.aborted === true) throw new AbortedError(undefined, { cause: signal.reason })
      // A home's clock that went back must not break the order of the walk.
      time = Math.min(time, row.time)
      const place = { time, chat: chat.id, seq }
      if (seen !== undefined && order(place, seen) <= 0) continue
      seen = undefined
      yield { place, found: look(chat, seq, row, body, wanted) }
    }
  }
}

/** The rows of numbers, some at a time: more and more, since whoever looks at many has not found enough in the first. */
async function * rowsOf (chat: Searched, blocks: AsyncIterable<number[]>): AsyncGenerator<NumberedRow & { readonly body: Body | null }> {
  let some = 4
  for await (const block of blocks) {
    for (let at = 0; at < block.length; at += some) {
      some = Math.min(some * 2, ROWS_AT_ONCE)
      const seqs = block.slice(at, at + some)
      const rows = (await chat.many(seqs)).flatMap((row, i) => row === undefined ? [] : [{ seq: seqs[i] ?? 0, row }])
      const bodies = await chat.bodies(rows.map(({ row }) => row))
      for (const [i, numbered] of rows.entries()) yield { ...numbered, body: bodies[i] ?? null }
    }
  }
}

/** Whether a row is what is wanted. */
function look (chat: Searched, seq: number, row: Row, body: Body | null, { clauses, from, kind, since, until }: Wanted): Found | null {
  if (row.kind !== 'message' || row.from === null || row.at < since || row.at >= until) return null
  if (from !== null && !sameBytes(from, row.from)) return null
  const subject = body === null ? undefined : subjectOf(body)
  if (subject === undefined || (kind !== null && !subject.kinds.includes(kind))) return null
  return isIn(clauses, subject.texts) ? { chat, seq, row } : null
}
