/** Rows of a chat that one batch writes or drops, gathered before it is written. */
import type { EntryId } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { Row } from './row.js'

/** A row and its number. */
export interface NumberedRow { seq: number, row: Row }

/** What else is written with a row. */
export type Beside = (seq: number, row: Row) => readonly KeyValueOp[]

/** See the file's head. Of two rows for a number the later one counts. */
export class TimelineChange {
  readonly #beside: Beside
  readonly #ops = new Map<number, readonly KeyValueOp[]>()
  readonly #rows = new Map<number, Row>()
  readonly #found: Array<{ readonly seq: number, readonly id: EntryId }> = []
  #cut: { readonly after: number, readonly rows: readonly NumberedRow[] } | undefined

  /** @param beside - asked for each row as it is put, when what it says is still at hand */
  constructor (beside: Beside) { this.#beside = beside }

  /** What is written beside the rows. */
  get beside (): Iterable<readonly KeyValueOp[]> { return this.#ops.values() }
  /** The rows that are written, by their numbers. */
  get rows (): ReadonlyMap<number, Row> { return this.#rows }
  /** Ids and the numbers at which they are found from now on; of two of an id the later one counts. */
  get found (): ReadonlyArray<{ readonly seq: number, readonly id: EntryId }> { return this.#found }
  /** The number after which nothing stays, and what there was. */
  get cut (): { readonly after: number, readonly rows: readonly NumberedRow[] } | undefined { return this.#cut }

  /** Writes a row; for messages and unless told otherwise its id is found there. */
  put (seq: number, row: Row, indexed = true): void {
    this.#rows.set(seq, row)
    const ops = this.#beside(seq, row)
    if (ops.length > 0) this.#ops.set(seq, ops)
    else this.#ops.delete(seq)
    if (indexed && row.kind !== 'mark' && row.kind !== 'before') this.#found.push({ seq, id: row.id })
  }

  /** Drops all rows after a number, which are these. Nothing else is written with that. */
  cutAfter (after: number, rows: readonly NumberedRow[]): void { this.#cut = { after, rows } }
}
