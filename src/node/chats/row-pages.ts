/**
 * How rows lie on the disk. What comes together lies together: PAGE_ROWS consecutive numbers that one batch fills are one
 * record, since a record costs the same whatever is in it. Other rows lie alone. A number is in its page or alone, never
 * in both; where a row of a page changes, its page is written anew, or taken apart when it says too much now.
 */
import { CorruptError, decodeCbor, encodeCbor, keyShape, LIMITS, sameBytes, shape, type KeyBytes } from '../../protocol/wire/index.js'
import { plainPage } from './plain-page.js'
import { rowOfFields, rowFields, rowShapeWith, type Row } from './row.js'

/** Numbers of a page. Who wants one of its rows reads them all. */
export const PAGE_ROWS = 32
// What its rows say may take so many bytes: a page with long messages is not one.
const PAGE_BYTES = 32 * 1024
// A version before let pages grow as their rows did.
const MOST_BYTES = PAGE_ROWS * (LIMITS.entryBytes + LIMITS.noteBytes + 1024)

const authorShape = shape.uint(2 * PAGE_ROWS - 1)
const pageShape = shape.tuple(shape.literal(1), shape.array(keyShape, 2 * PAGE_ROWS), shape.array(rowShapeWith(authorShape), PAGE_ROWS, PAGE_ROWS))

/** The page that a number is in. */
export function pageOf (seq: number): number { return Math.floor((seq - 1) / PAGE_ROWS) }
/** The first number of a page. */
export function firstOf (page: number): number { return page * PAGE_ROWS + 1 }

/** Whether rows may lie in one page. */
export function fitPage (rows: readonly Row[]): boolean {
  return rows.length === PAGE_ROWS && rows.reduce((bytes, { body, note }) => bytes + (body?.length ?? 0) + (note?.length ?? 0), 0) <= PAGE_BYTES
}

/** The bytes of a page's rows, in the order of their numbers. Members and devices stand in it once. */
export function encodePage (rows: readonly Row[]): Uint8Array {
  const authors = new Authors()
  const fields = rows.map(row => rowFields(row, key => authors.numberOf(key)))
  return encodeCbor([1, authors.keys, fields])
}

/** The rows of a page from its bytes. @throws BadInputError, CorruptError */
export function decodePage (bytes: Uint8Array): Row[] { return plainPage(bytes, PAGE_ROWS) ?? readPage(bytes) }

/** The long way of {@link decodePage}, for all there are. @internal */
export function readPage (bytes: Uint8Array): Row[] {
  const [, authors, rows] = pageShape(decodeCbor(bytes, MOST_BYTES), 'page of rows')
  return rows.map(fields => rowOfFields(fields, n => authors[n] ?? unknownAuthor()))
}

function unknownAuthor (): never { throw new CorruptError('a page of rows names an author that it does not have') }

/** Keys and the numbers that stand for them. Most rows are of whom the row before was. */
class Authors {
  readonly keys: KeyBytes[] = []

  numberOf (key: KeyBytes): number {
    for (let i = 0; i < this.keys.length; i++) if (sameBytes(this.keys[i] ?? key, key)) return i
    return this.keys.push(key) - 1
  }
}
