/**
 * The signed message inside a sealed entry: who says it, from which device, in which chat and epoch,
 * what they had seen, and what they said before. DESIGN section 4.
 */
import {
  decodeCbor, DIGEST_LENGTH, encodeCbor, ENTRY_ID_LENGTH, keyShape, LABELS, LIMITS, LOG_ID_LENGTH, openRecord, shape, signRecord,
  type Digest, type EntryId, type KeyBytes, type LogId, type Signer
} from '../wire/index.js'

/** The highest place of the log its author had verified: others compare it with what they see. */
export interface Seen { term: number, seq: number, hash: Digest }

/** A message before it is signed, padded and sealed. */
export interface Message {
  v: 1
  chat: LogId
  epoch: number
  id: EntryId
  account: KeyBytes
  /** This device's message number in this log, from 1. */
  devSeq: number
  /** The entry hash of this device's message before this one in this log; null for its first. */
  prevOwn: Digest | null
  seen: Seen
  /** The author's clock, ms; shown, clamped to the receipt's time. */
  ts: number
  /** An encoded body. */
  body: Uint8Array
  unknown?: Record<string, unknown>
}

/** A message whose signature holds. `device` signed it. */
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
  ts: shape.uint(),
  body: shape.bytes({ max: LIMITS.entryBytes })
})

/** Signs a message with its device's key. */
export function signMessage (message: Message, device: Signer): Uint8Array {
  const { devSeq, prevOwn, seen: s, ...rest } = message
  return signRecord(LABELS.message, encodeCbor({ ...shape.open(rest), dev_seq: devSeq, prev_own: prevOwn, seen: [s.term, s.seq, s.hash] }), device)
}

/**
 * Opens a signed message and checks its signature, unless a later message of its device names it (`isNamed`: whether one
 * of this device does). That the device is the account's, and that chat, epoch and id are the entry's own, is for the chat
 * to check.
 *
 * @throws BadInputError for malformed bytes, ProofError for a broken signature
 */
export function openMessage (bytes: Uint8Array, isNamed?: (device: KeyBytes) => boolean): SignedMessage {
  const record = openRecord(LABELS.message, bytes, LIMITS.entryBytes, 'a message', isNamed)
  const { dev_seq: devSeq, prev_own: prevOwn, seen: [term, seq, hash], ...rest } = messageShape(decodeCbor(record.body, LIMITS.entryBytes), 'message')
  return { message: { ...rest, devSeq, prevOwn, seen: { term, seq, hash } }, device: record.signer, bytes }
}
