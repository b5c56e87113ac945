/** A message on its way: durable from the moment `send` returns until the log has shown it back. */
import { decodeCbor, DIGEST_LENGTH, encodeCbor, ENTRY_ID_LENGTH, LIMITS, shape, type Digest, type EntryId } from '../../protocol/wire/index.js'

/** One sealing of a message. A message sealed again for a new epoch has several; any of them in the log is this message. */
export interface Sealing { epoch: number, devSeq: number, entry: Digest, payload: Uint8Array }

/** A message on its way. */
export interface OutboxItem {
  /** Its place among this chat's own messages. */
  order: number
  id: EntryId
  /** An encoded body. */
  body: Uint8Array
  createdAt: number
  /** A mark, or a profile: merged while it waits, never shown. */
  mark: boolean
  /** Its files are not at a relay yet: it has no place among the others until they are. */
  parked?: true
  /** The newest sealing, or null while the chat is not ready or the message is parked. */
  sealing: Sealing | null
  /** Entry hashes of earlier sealings. */
  earlier: Digest[]
  /** Why it failed for good, or null. */
  error: { code: string, message: string } | null
}

const digest = shape.bytes(DIGEST_LENGTH)
const itemShape = shape.struct({
  v: shape.literal(1),
  order: shape.uint(),
  id: shape.bytes(ENTRY_ID_LENGTH),
  body: shape.bytes({ max: LIMITS.entryBytes }),
  createdAt: shape.uint(),
  mark: shape.bool,
  parked: shape.optional(shape.literal(true)),
  sealing: shape.nullable(shape.struct({ epoch: shape.uint(), devSeq: shape.uint(undefined, 1), entry: digest, payload: shape.bytes({ max: LIMITS.entryBytes }) })),
  earlier: shape.array(digest, 64),
  error: shape.nullable(shape.struct({ code: shape.text(64), message: shape.text(LIMITS.noteBytes) }))
})

/** An item's bytes. */
export function encodeItem (item: OutboxItem): Uint8Array { return encodeCbor({ v: 1, ...item }) }

/** An item from its bytes. @throws BadInputError */
export function decodeItem (bytes: Uint8Array): OutboxItem {
  const { v: _v, unknown: _unknown, ...item } = itemShape(decodeCbor(bytes, LIMITS.entryBytes * 3), 'outbox item')
  return item
}
