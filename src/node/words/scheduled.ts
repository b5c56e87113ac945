/** A message that waits for its time, as the node keeps it. */
import { decodeCbor, encodeCbor, ENTRY_ID_LENGTH, LIMITS, LOG_ID_LENGTH, shape, type EntryId, type LogId } from '../../protocol/wire/index.js'

/** One message that waits for its time. */
export interface Scheduled {
  readonly id: EntryId
  readonly log: LogId
  /** The encoded body. */
  readonly body: Uint8Array
  /** When it is sent, ms of the node's clock. */
  readonly at: number
  readonly createdAt: number
  /** Why it was not sent when it was due: it waits for the person. */
  readonly error: { readonly code: string, readonly message: string } | null
}

const scheduledShape = shape.struct({
  v: shape.literal(1),
  id: shape.bytes(ENTRY_ID_LENGTH),
  log: shape.bytes(LOG_ID_LENGTH),
  body: shape.bytes({ max: LIMITS.entryBytes }),
  at: shape.uint(),
  createdAt: shape.uint(),
  error: shape.nullable(shape.struct({ code: shape.text(64), message: shape.text(LIMITS.noteBytes) }))
})

/** Its bytes. */
export function encodeScheduled (scheduled: Scheduled): Uint8Array { return encodeCbor({ v: 1, ...scheduled }) }

/** From its bytes. @throws BadInputError */
export function decodeScheduled (bytes: Uint8Array): Scheduled {
  const { v: _v, unknown: _unknown, ...scheduled } = scheduledShape(decodeCbor(bytes, LIMITS.entryBytes * 2), 'scheduled message')
  return scheduled
}
