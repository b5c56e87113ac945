/**
 * The signed message inside a sealed entry: who says it, from which device, in which chat and epoch,
 * what they had seen, and what they said before. DESIGN section 4.
 */
import {
  decodeCbor, DIGEST_LENGTH, encodeCbor, ENTRY_ID_LENGTH, keyShape, LABELS, LIMITS, LOG_ID_LENGTH, openRecord, shape, signRecord,
  type KeyBytes, type Signer
} from '../wire/index.js'
import type { Message } from './message.js'
import { plainMessage, type Likely } from './plain-message.js'

/** A message whose signature holds. `device` signed it. Its body may be a view of `bytes`. */
export interface SignedMessage { message: Message, device: KeyBytes, bytes: Uint8Array }

const digest = shape.bytes(DIGEST_LENGTH)
const seen = shape.tuple(shape.uint(undefined, 1), shape.uint(), digest)
const messageShape = shape.struct({
  v: shape.literal(1),
  chat: shape.bytes(LOG_ID_LENGTH),
  epoch: shape.uint(),
  id: shape.bytes(ENTRY_ID_LENGTH),
  account: keyShape,
  dev_seq: shape.uint(undefined, 1),
  prev_own: shape.nullable(digest),
  seen,
  seen_at: shape.optional(keyShape),
  ts: shape.uint(),
  body: shape.bytes({ max: LIMITS.entryBytes })
})

/** Signs a message with its device's key. */
export function signMessage (message: Message, device: Signer): Uint8Array {
  const { devSeq, prevOwn, seen: s, ...rest } = message
  return signRecord(LABELS.message, encodeCbor({ ...shape.open(rest), dev_seq: devSeq, prev_own: prevOwn, seen: [s.term, s.seq, s.hash], ...s.home === undefined ? {} : { seen_at: s.home } }), device)
}

/**
 * Opens a signed message and checks its signature, unless a later message of its device names it (`isNamed`: whether one
 * of this device does). That the device is the account's, and that chat, epoch and id are the entry's own, is for the chat
 * to check. `likely` saves copies.
 *
 * @throws BadInputError for malformed bytes, ProofError for a broken signature
 */
export function openMessage (bytes: Uint8Array, isNamed?: (device: KeyBytes) => boolean, likely?: Likely): SignedMessage {
  const record = openRecord(LABELS.message, bytes, LIMITS.entryBytes, 'a message', isNamed)
  return { message: plainMessage(record.body, likely) ?? readMessage(record.body), device: record.signer, bytes }
}

/** A message of any form, of a later version too. @throws BadInputError when it is none. @internal */
export function readMessage (bytes: Uint8Array): Message {
  const { dev_seq: devSeq, prev_own: prevOwn, seen: [term, seq, hash], seen_at: home, ...rest } = messageShape(decodeCbor(bytes, LIMITS.entryBytes), 'message')
  return { ...rest, devSeq, prevOwn, seen: { term, seq, hash, ...home === undefined ? {} : { home } } }
}
