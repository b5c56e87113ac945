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

const KINDS: readonly RowKind[] = ['message', 'service', 'mark', 'commit', 'other', 'held', 'erased', 'before']
const rowShape = shape.tuple(
  shape.literal(1), shape.uint(KINDS.length - 1), shape.bytes(ENTRY_ID_LENGTH), shape.bytes(DIGEST_LENGTH), shape.uint(), shape.uint(),
  shape.nullable(keyShape), shape.nullable(keyShape), shape.uint(), shape.nullable(shape.bytes({ max: LIMITS.entryBytes })), shape.nullable(shape.text(LIMITS.noteBytes))
)

/** A row's bytes. */
export function encodeRow (r: Row): Uint8Array {
  return encodeCbor([1, KINDS.indexOf(r.kind), r.id, r.hash, r.time, r.epoch, r.from, r.device, r.at, r.body, r.note])
}

/** A row from its bytes. @throws BadInputError */
export function decodeRow (bytes: Uint8Array): Row {
  const [, kind, id, hash, time, epoch, from, device, at, body, note] = rowShape(decodeCbor(bytes, LIMITS.entryBytes * 2), 'row')
  return { kind: KINDS[kind] as RowKind, id, hash, time, epoch, from, device, at, body, note }
}
