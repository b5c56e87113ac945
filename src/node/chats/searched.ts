/** A chat as search reads it. */
import { decodeBody, type Body } from '../../protocol/message/index.js'
import type { LogId } from '../../protocol/wire/index.js'
import type { Chat } from './chat.js'
import type { Row } from './row.js'
import type { NumberedRow } from './timeline.js'

/** What search sees of a chat: what has become durable of it, and what its messages say now. */
export interface Searched {
  readonly id: string
  readonly log: LogId
  /** The last number that is durable here. */
  readonly seq: number
  at: (seq: number) => Promise<Row | undefined>
  many: (seqs: readonly number[]) => Promise<Array<Row | undefined>>
  range: (from: number, to: number) => AsyncIterable<NumberedRow>
  /** What the message of a row says now; null for none. */
  body: (row: Row) => Promise<Body | null>
}

/** See {@link Searched}. */
export function searched ({ id, log, cursor, timeline }: Chat): Searched {
  return {
    id,
    log,
    seq: cursor.seq,
    at: async seq => await timeline.at(seq),
    many: async seqs => await timeline.many(seqs),
    range: (from, to) => timeline.range(from, to),
    body: async row => row.body === null ? null : decodeBody(row.body)
  }
}
