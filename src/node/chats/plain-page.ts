/** A page of rows as it nearly always is, read without an array and a shape for each row: see PlainItems. */
import { DIGEST_LENGTH, ENTRY_ID_LENGTH, isEd25519Key, itemBytes, KEY_LENGTH, LIMITS, PlainItems, type KeyBytes } from '../../protocol/wire/index.js'
import { KINDS, type Row } from './row.js'

const START = itemBytes(0x83, 1)
const FIELDS = 10

/** The rows of a page of so many; undefined for any other form, and what is none. */
export function plainPage (bytes: Uint8Array, count: number): Row[] | undefined {
  const items = new PlainItems(bytes)
  items.pass(START)
  const authors: KeyBytes[] = []
  for (let left = Math.min(items.array(), 2 * count); left > 0; left--) authors.push(items.again(KEY_LENGTH))
  const rows: Row[] = []
  if (items.array() !== count || !authors.every(isEd25519Key)) return undefined
  while (rows.length < count) {
    const row = plainRow(items, authors)
    if (row === undefined) return undefined
    rows.push(row)
  }
  return items.isWhole ? rows : undefined
}

/** A row without a note. */
function plainRow (items: PlainItems, authors: readonly KeyBytes[]): Row | undefined {
  if (items.array() !== FIELDS) return undefined
  const kind = KINDS[items.uint()]
  const id = items.copy(ENTRY_ID_LENGTH)
  const hash = items.copy(DIGEST_LENGTH)
  const time = items.uint()
  const epoch = items.uint()
  const from = items.isNull() ? null : authors[items.uint()]
  const device = items.isNull() ? null : authors[items.uint()]
  const at = items.uint()
  const body = items.isNull() ? null : items.copy()
  if (kind === undefined || from === undefined || device === undefined || (body?.length ?? 0) > LIMITS.entryBytes || !items.isNull()) return undefined
  return { kind, id, hash, time, epoch, from, device, at, body, note: null }
}
