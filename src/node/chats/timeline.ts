/** The rows of a chat on disk: one per verified number, in pages or alone, and an index by message id. */
import { decodeCbor, sameBytes, shape, type EntryId, type LogId } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import { numberOf, type RecordKeys } from '../records/index.js'
import { areDistinct, IdIndex, type IdChange } from './id-index.js'
import { mediaLine, mediaLines, noMediaLine, type MediaLine } from './media-index.js'
import { decodePage, encodePage, firstOf, fitPage, PAGE_ROWS, pageOf } from './row-pages.js'
import { decodeRow, encodeRow, type Row } from './row.js'
import { TimelineChange, type NumberedRow } from './timeline-change.js'

export type { NumberedRow, TimelineChange } from './timeline-change.js'

const oldIndexShape = shape.struct({ seq: shape.uint() })

/** A change on its way to the disk. */
export interface TimelineWrite {
  readonly ops: readonly KeyValueOp[]
  /** Give it the batch with them: it resolves when that does. @throws what the batch does */
  readonly written: (batch: Promise<void>) => Promise<void>
}

/** Reads and writes the rows of one chat. */
export class Timeline {
  readonly #kv: KeyValueStore
  readonly #keys: RecordKeys
  readonly #log: LogId
  readonly #ids: IdIndex
  /** The changes that go with one of a number: search must hear of it. Call it for a number whose message says something else than before. */
  readonly changed: (seq: number) => KeyValueOp[]

  constructor (kv: KeyValueStore, keys: RecordKeys, log: LogId, changed: (seq: number) => KeyValueOp[] = () => []) {
    this.#kv = kv
    this.#keys = keys
    this.#log = log
    this.#ids = new IdIndex(kv, keys, log, () => this.#oldIds())
    this.changed = changed
  }

  /** Nothing that is written yet. */
  change (): TimelineChange { return new TimelineChange((seq, row) => mediaLine(this.#keys, this.#log, seq, row)) }

  /** What writes a change, in one batch with whatever belongs to it. In turns: none is made while another one is on its way. */
  async write (change: TimelineChange): Promise<TimelineWrite> {
    const { ops, done } = await this.#opsOf(change)
    const written = async (batch: Promise<void>): Promise<void> => {
      try {
        await batch
      } catch (error) {
        // It may be there all the same.
        this.#ids.forget()
        throw error
      }
      done()
    }
    return { ops, written }
  }

  /** The row at a number. */
  async at (seq: number): Promise<Row | undefined> { return (await this.many([seq]))[0] }

  /** The rows at some numbers, in their order. */
  async many (seqs: readonly number[]): Promise<Array<Row | undefined>> {
    const pages = [...new Set(seqs.map(pageOf))]
    const found = await this.#kv.getMany([...pages.map(page => this.#pageKey(page)), ...seqs.map(seq => this.#rowKey(seq))])
    const rows = new Map(pages.map((page, i) => [page, found[i] === undefined ? undefined : decodePage(found[i])]))
    return seqs.map((seq, i) => {
      const [page, alone] = [rows.get(pageOf(seq)), found[pages.length + i]]
      return page?.[(seq - 1) % PAGE_ROWS] ?? (alone === undefined ? undefined : decodeRow(alone))
    })
  }

  /** The row of a message id. */
  async find (id: EntryId): Promise<NumberedRow | undefined> { return (await this.findMany([id]))[0] }

  /** The rows of message ids, in their order. */
  async findMany (ids: readonly EntryId[]): Promise<Array<NumberedRow | undefined>> {
    const numbers = await this.#ids.find(this.#ids.marksOf(ids))
    const rows = await this.#rowsAt(numbers.flat())
    return numbers.map((these, i) => {
      for (const seq of these) {
        const row = rows.get(seq)
        if (row !== undefined && isOf(row, ids[i])) return { seq, row }
      }
      return undefined
    })
  }

  /** Whether these ids stand for nothing yet, and are all different. True is sure; false it may be of some that are new all the same. */
  async areNew (ids: readonly EntryId[]): Promise<boolean> {
    const marks = this.#ids.marksOf(ids)
    return areDistinct(marks) && (await this.#ids.find(marks)).every(numbers => numbers.length === 0)
  }

  /** Rows with `from` ≤ seq ≤ `to`, in order, or newest first with `reverse`. */
  async * range (from: number, to: number, reverse = false): AsyncGenerator<NumberedRow> {
    for await (const rows of this.runs(from, to, reverse)) yield * rows
  }

  /** The same as they lie together: who goes through thousands waits once for all of a page. */
  async * runs (from: number, to: number, reverse = false): AsyncGenerator<readonly NumberedRow[]> {
    const [pages, alone] = [this.#pages(from, to, reverse), this.#alone(from, to, reverse)]
    let last = reverse ? Infinity : 0
    const isNext = ({ seq }: NumberedRow): boolean => reverse ? seq < last : seq > last
    try {
      // Pages first: rows of one that are put alone meanwhile are seen in it, and not nowhere, nor a second time.
      let [page, single] = [await pages.next(), await alone.next()]
      for (;;) {
        let rows: readonly NumberedRow[]
        if (page.done !== true && (single.done === true || (reverse ? page.value.first > single.value.seq : page.value.first < single.value.seq))) {
          ({ rows } = page.value)
          page = await pages.next()
        } else if (single.done !== true) {
          rows = [single.value]
          single = await alone.next()
        } else return
        const [first] = rows
        if (first !== undefined && !isNext(first)) rows = rows.filter(isNext)
        last = rows.at(-1)?.seq ?? last
        if (rows.length > 0) yield rows
      }
    } finally {
      await pages.return(undefined)
      await alone.return(undefined)
    }
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

  async * #pages (from: number, to: number, reverse: boolean): AsyncGenerator<{ readonly first: number, readonly rows: readonly NumberedRow[] }> {
    if (to < from || to < 1) return
    for await (const [key, bytes] of this.#kv.iterate({ gte: this.#pageKey(pageOf(Math.max(1, from))), lte: this.#pageKey(pageOf(to)), reverse })) {
      const first = firstOf(numberOf(key))
      const rows = decodePage(bytes).map((row, i) => ({ seq: first + i, row })).filter(({ seq }) => seq >= from && seq <= to)
      yield { first, rows: reverse ? rows.reverse() : rows }
    }
  }

  async * #alone (from: number, to: number, reverse: boolean): AsyncGenerator<NumberedRow> {
    if (to < from) return
    for await (const [key, bytes] of this.#kv.iterate({ gte: this.#rowKey(from), lte: this.#rowKey(to), reverse })) yield { seq: numberOf(key), row: decodeRow(bytes) }
  }

  async #opsOf (change: TimelineChange): Promise<IdChange> {
    const ids = await this.#idChange(change)
    const ops = [...change.cut === undefined ? await this.#rowOps(change.rows) : await this.#cutOps(change.cut), ...ids.ops]
    for (const beside of change.beside) ops.push(...beside)
    for (const seq of change.rows.keys()) ops.push(...this.changed(seq))
    return { ops, done: ids.done }
  }

  /** Rows that fill a page lie in it; others in the page that is there, or alone. */
  async #rowOps (rows: ReadonlyMap<number, Row>): Promise<KeyValueOp[]> {
    const ops: KeyValueOp[] = []
    const filled: number[] = []
    const others = new Map<number, NumberedRow[]>()
    for (const [seq, row] of rows) {
      const page = pageOf(seq)
      const these = others.get(page)
      if (these === undefined) others.set(page, [{ seq, row }])
      else these.push({ seq, row })
    }
    for (const [page, of] of others) {
      const these = of.toSorted((a, b) => a.seq - b.seq).map(({ row }) => row)
      if (!fitPage(these)) continue
      filled.push(page)
      others.delete(page)
      ops.push({ type: 'put', key: this.#pageKey(page), value: encodePage(these) })
    }
    const there = await this.#kv.getMany([...others.keys()].map(page => this.#pageKey(page)))
    for (const [i, [page, of]] of [...others].entries()) ops.push(...this.#otherOps(page, of, there[i]))
    return [...ops, ...await this.#noneAlone(filled)]
  }

  #otherOps (page: number, rows: readonly NumberedRow[], there: Uint8Array | undefined): KeyValueOp[] {
    if (there === undefined) return rows.map(({ seq, row }) => this.#aloneOp(seq, row))
    const all = decodePage(there)
    for (const { seq, row } of rows) all[(seq - 1) % PAGE_ROWS] = row
    if (fitPage(all)) return [{ type: 'put', key: this.#pageKey(page), value: encodePage(all) }]
    // What says more than before, as what is opened does, would make a page of megabytes, to be written anew with each of its rows.
    return [{ type: 'del', key: this.#pageKey(page) }, ...all.map((row, i) => this.#aloneOp(firstOf(page) + i, row))]
  }

  #aloneOp (seq: number, row: Row): KeyValueOp { return { type: 'put', key: this.#rowKey(seq), value: encodeRow(row) } }

  /** The changes by which rows that lie alone and are in pages from now on go. */
  async #noneAlone (pages: readonly number[]): Promise<KeyValueOp[]> {
    const ops: KeyValueOp[] = []
    if (pages.length === 0) return ops
    const here = new Set(pages)
    for await (const [key] of this.#kv.iterate({ gte: this.#rowKey(firstOf(Math.min(...pages))), lt: this.#rowKey(firstOf(Math.max(...pages) + 1)) })) {
      if (here.has(pageOf(numberOf(key)))) ops.push({ type: 'del', key })
    }
    return ops
  }

  /** What stays of a page lies alone: it fills it no more. */
  async #cutOps ({ after, rows }: NonNullable<TimelineChange['cut']>): Promise<KeyValueOp[]> {
    const ops = rows.flatMap(({ seq }): KeyValueOp[] => [{ type: 'del', key: this.#rowKey(seq) }, noMediaLine(this.#keys, this.#log, seq), ...this.changed(seq)])
    const [kept] = await this.#kv.getMany([this.#pageKey(pageOf(after + 1))])
    for (const page of new Set(rows.map(({ seq }) => pageOf(seq)))) ops.push({ type: 'del', key: this.#pageKey(page) })
    if (kept === undefined) return ops
    const first = firstOf(pageOf(after + 1))
    return [...ops, ...decodePage(kept).slice(0, after + 1 - first).map((row, i) => this.#aloneOp(first + i, row))]
  }

  /** An id is found at one number. */
  async #idChange ({ found, rows, cut }: TimelineChange): Promise<IdChange> {
    const marks = this.#ids.marksOf(found.map(({ id }) => id))
    const numbers = await this.#ids.find(marks)
    const known = await this.#rowsAt(numbers.flat(), rows)
    const gone = new Set<number>(cut?.rows.map(({ seq }) => seq))
    const isLast = areDistinct(marks) ? () => true : (i: number, id: EntryId) => !found.some((one, j) => j > i && marks[j] === marks[i] && sameBytes(one.id, id))
    const [seqs, those]: [number[], number[]] = [[], []]
    for (let i = 0; i < found.length; i++) {
      const one = found[i]
      if (one === undefined) continue
      for (const other of numbers[i] ?? []) if (isOf(known.get(other), one.id)) gone.add(other)
      if (!isLast(i, one.id)) continue
      seqs.push(one.seq)
      those.push(marks[i] ?? 0)
    }
    return await this.#ids.change(seqs, those, gone)
  }

  async #rowsAt (seqs: readonly number[], fresh?: ReadonlyMap<number, Row>): Promise<Map<number, Row | undefined>> {
    if (seqs.length === 0) return new Map()
    const rows = await this.many(seqs)
    return new Map(seqs.map((seq, i) => [seq, fresh?.get(seq) ?? rows[i]]))
  }

  /** In homes from before the index of now each id had a record. */
  async * #oldIds (): AsyncGenerator<{ readonly seq: number, readonly id: EntryId }> {
    for await (const { seq, row: { id } } of this.range(1, Number.MAX_SAFE_INTEGER)) {
      const bytes = await this.#kv.get(this.#keys.one('id', this.#log, id))
      if (bytes !== undefined && oldIndexShape(decodeCbor(bytes, 64), 'id index').seq === seq) yield { seq, id }
    }
  }

  #rowKey (seq: number): Uint8Array { return this.#keys.numbered('row', seq, this.#log) }
  #pageKey (page: number): Uint8Array { return this.#keys.numbered('rows', page, this.#log) }
}

function isOf (row: Row | undefined, id: EntryId | undefined): boolean { return row !== undefined && id !== undefined && sameBytes(row.id, id) }

/** Whether a row is a line of the chat. */
function isShown (row: Row): boolean { return row.kind === 'message' || row.kind === 'service' || row.kind === 'held' || (row.kind === 'erased' && (row.from !== null || row.note !== null)) }
