/** The rows of a chat on disk: one per verified number, and an index by message id. */
import { decodeCbor, encodeCbor, shape, type EntryId, type LogId } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import { numberOf, type RecordKeys } from '../records/index.js'
import { mediaLine, mediaLines, noMediaLine, type MediaLine } from './media-index.js'
import { decodeRow, encodeRow, type Row } from './row.js'

/** A row and its number. */
export interface NumberedRow { seq: number, row: Row }

const indexShape = shape.struct({ seq: shape.uint() })

/** Reads and writes the rows of one chat. */
export class Timeline {
  readonly #kv: KeyValueStore
  readonly #keys: RecordKeys
  readonly #log: LogId
  /** The changes that go with one of a number: search must hear of it. Call it for a number whose message says something else than before. */
  readonly changed: (seq: number) => KeyValueOp[]

  constructor (kv: KeyValueStore, keys: RecordKeys, log: LogId, changed: (seq: number) => KeyValueOp[] = () => []) {
    this.#kv = kv
    this.#keys = keys
    this.#log = log
    this.changed = changed
  }

  /** The changes that write a row and, for messages and unless told otherwise, where its id is found. */
  put (seq: number, row: Row, indexed = true): KeyValueOp[] {
    const ops: KeyValueOp[] = [{ type: 'put', key: this.#keys.numbered('row', seq, this.#log), value: encodeRow(row) }, ...mediaLine(this.#keys, this.#log, seq, row), ...this.changed(seq)]
    if (indexed && row.kind !== 'mark' && row.kind !== 'before') ops.push({ type: 'put', key: this.#keys.one('id', this.#log, row.id), value: encodeCbor({ seq }) })
    return ops
  }

  /** The changes that drop a row and, if its id is found there, that. */
  del (seq: number, row: Row, indexed: boolean): KeyValueOp[] {
    const ops: KeyValueOp[] = [{ type: 'del', key: this.#keys.numbered('row', seq, this.#log) }, noMediaLine(this.#keys, this.#log, seq), ...this.changed(seq)]
    return indexed ? [...ops, { type: 'del', key: this.#keys.one('id', this.#log, row.id) }] : ops
  }

  /** The row at a number. */
  async at (seq: number): Promise<Row | undefined> {
    const bytes = await this.#kv.get(this.#keys.numbered('row', seq, this.#log))
    return bytes === undefined ? undefined : decodeRow(bytes)
  }

  /** The rows at some numbers, in their order. */
  async many (seqs: readonly number[]): Promise<Array<Row | undefined>> {
    const found = await this.#kv.getMany(seqs.map(seq => this.#keys.numbered('row', seq, this.#log)))
    return found.map(bytes => bytes === undefined ? undefined : decodeRow(bytes))
  }

  /** The row of a message id. */
  async find (id: EntryId): Promise<NumberedRow | undefined> { return (await this.findMany([id]))[0] }

  /** The rows of message ids, in their order. */
  async findMany (ids: readonly EntryId[]): Promise<Array<NumberedRow | undefined>> {
    const numbers = (await this.#kv.getMany(ids.map(id => this.#keys.one('id', this.#log, id)))).map(bytes => bytes === undefined ? undefined : indexShape(decodeCbor(bytes, 64), 'id index').seq)
    const there = numbers.filter(seq => seq !== undefined)
    const rows = there.length === 0 ? [] : await this.many(there)
    const known = new Map(there.map((seq, i) => [seq, rows[i]]))
    return numbers.map(seq => {
      const row = seq === undefined ? undefined : known.get(seq)
      return seq === undefined || row === undefined ? undefined : { seq, row }
    })
  }

  /** Rows with `from` ≤ seq ≤ `to`, in order, or newest first with `reverse`. */
  async * range (from: number, to: number, reverse = false): AsyncGenerator<NumberedRow> {
    const range = { gte: this.#keys.numbered('row', from, this.#log), lte: this.#keys.numbered('row', to, this.#log), reverse }
    for await (const [key, bytes] of this.#kv.iterate(range)) yield { seq: numberOf(key), row: decodeRow(bytes) }
  }

  /** Where the messages with files are, below number `before`, the newest first. */
  mediaLines (before: number): AsyncGenerator<MediaLine> { return mediaLines(this.#kv, this.#keys, this.#log, before) }

  /** The newest `limit` rows that are shown, below number `before`; oldest first. */
  async page (before: number, limit: number): Promise<{ rows: NumberedRow[], hasMore: boolean }> {
    const rows: NumberedRow[] = []
    for await (const numbered of this.range(1, before - 1, true)) {
      if (!isShown(numbered.row)) continue
      if (rows.length === limit) return { rows: rows.reverse(), hasMore: true }
      rows.push(numbered)
    }
    return { rows: rows.reverse(), hasMore: false }
  }
}

/** Whether a row is a line of the chat. */
function isShown (row: Row): boolean { return row.kind === 'message' || row.kind === 'service' || row.kind === 'held' || (row.kind === 'erased' && (row.from !== null || row.note !== null)) }
