/** One verified number of a chat's log, as this node keeps it: the chain's hash there, and the message if it is one. */
import { decodeCbor, DIGEST_LENGTH, encodeCbor, ENTRY_ID_LENGTH, keyShape, LIMITS, shape, type Digest, type EntryId, type KeyBytes } from '../../protocol/wire/index.js'

/**
 * What a number holds. `message` and `service` are shown; `mark` and `commit` are not; `other` is a body kept for a
 * later version; `held` did not pass a check and says why in `note`; `erased` was taken back at the home.
 */
export type RowKind = 'message' | 'service' | 'mark' | 'commit' | 'other' | 'held' | 'erased' | 'before'

/** A row of the timeline. */
export interface Row {
  kind: RowKind
  id: EntryId
  /** The chain's hash at this number. */
  hash: Digest
  /** The home's time, ms. */
  time: number
  epoch: number
  from: KeyBytes | null
  device: KeyBytes | null
  /** The author's time, clamped to the home's, ms. */
  at: number
  /** The encoded body, or null. */
  body: Uint8Array | null
  note: string | null
}

/** The kinds, in the order of their numbers on the disk. */
export const KINDS: readonly RowKind[] = ['message', 'service', 'mark', 'commit', 'other', 'held', 'erased', 'before']
/** The shape of a row's fields, with its author and device as `author` says. */
export function rowShapeWith<T> (author: shape.Shape<T>): shape.Shape<RowFields<T>> {
  return shape.tuple(
    shape.uint(KINDS.length - 1), shape.bytes(ENTRY_ID_LENGTH), shape.bytes(DIGEST_LENGTH), shape.uint(), shape.uint(),
    shape.nullable(author), shape.nullable(author), shape.uint(), shape.nullable(shape.bytes({ max: LIMITS.entryBytes })), shape.nullable(shape.text(LIMITS.noteBytes))
  )
}

/** A row's fields as they are kept. */
export type RowFields<T> = [kind: number, id: EntryId, hash: Digest, time: number, epoch: number, from: T | null, device: T | null, at: number, body: Uint8Array | null, note: string | null]

/** A row's fields; `author`: what stands for an account or device. */
export function rowFields<T> (r: Row, author: (key: KeyBytes) => T): RowFields<T> {
  return [KINDS.indexOf(r.kind), r.id, r.hash, r.time, r.epoch, r.from === null ? null : author(r.from), r.device === null ? null : author(r.device), r.at, r.body, r.note]
}

/** The row of fields that {@link rowShapeWith} has seen. */
export function rowOfFields<T> ([kind, id, hash, time, epoch, from, device, at, body, note]: RowFields<T>, author: (value: T) => KeyBytes): Row {
  return { kind: KINDS[kind] as RowKind, id, hash, time, epoch, from: from === null ? null : author(from), device: device === null ? null : author(device), at, body, note }
}

const rowShape = shape.tuple(
  shape.literal(1), shape.uint(KINDS.length - 1), shape.bytes(ENTRY_ID_LENGTH), shape.bytes(DIGEST_LENGTH), shape.uint(), shape.uint(),
  shape.nullable(keyShape), shape.nullable(keyShape), shape.uint(), shape.nullable(shape.bytes({ max: LIMITS.entryBytes })), shape.nullable(shape.text(LIMITS.noteBytes))
)

/** The bytes of a row that lies alone. */
export function encodeRow (r: Row): Uint8Array { return encodeCbor([1, ...rowFields(r, key => key)]) }

/** A row from its bytes. @throws BadInputError */
export function decodeRow (bytes: Uint8Array): Row {
  const [, ...fields] = rowShape(decodeCbor(bytes, LIMITS.entryBytes * 2), 'row')
  return rowOfFields(fields, key => key)
}
