/**
 * How far this node has verified a chat's log, and what follows from what it read: each author's run, the
 * marks, what is unread. Written in the same batch as the rows it speaks of.
 */
import { decodeCbor, DIGEST_LENGTH, encodeCbor, keyShape, LIMITS, peerIdText, shape, type Digest, type KeyBytes } from '../../protocol/wire/index.js'
import { alarmOf, alarmShape, type Alarm, type Finding } from './alarm.js'

/** The last message of one device in this log. */
export interface DeviceRun { device: KeyBytes, devSeq: number, entry: Digest }
/** How far one account has received and read. */
export interface MemberMark { account: KeyBytes, delivered: number, read: number }

/** The verified state of one chat's log. */
export interface Cursor {
  seq: number
  hash: Digest
  term: number
  /** Number of the last commit. */
  lastCommit: number
  runs: DeviceRun[]
  /** Marks of every member, the own one included, as the log says them. */
  marks: MemberMark[]
  /** Last number with something of another member's that wants a mark. */
  received: number
  /** How far the person has read here; told to others by the next mark. */
  read: number
  unread: number
  /** Entries whose author could not be read (held, erased, from before this account came in) and that no gap in a device's numbers has been explained by yet. */
  holes: number
  /** Set when the log was caught; sending stops. */
  alarm: Alarm | null
}

const digest = shape.bytes(DIGEST_LENGTH)
const cursorShape = shape.struct({
  v: shape.literal(1),
  seq: shape.uint(),
  hash: digest,
  term: shape.uint(undefined, 1),
  lastCommit: shape.uint(),
  runs: shape.array(shape.struct({ device: keyShape, devSeq: shape.uint(), entry: digest }), 65536),
  marks: shape.array(shape.struct({ account: keyShape, delivered: shape.uint(), read: shape.uint() }), 1024),
  received: shape.uint(),
  read: shape.uint(),
  unread: shape.uint(),
  holes: shape.uint(),
  alarm: shape.nullable(alarmShape)
})

/** A cursor at a log's start. */
export function startCursor (hash: Digest): Cursor {
  return { seq: 0, hash, term: 1, lastCommit: 0, runs: [], marks: [], received: 0, read: 0, unread: 0, holes: 0, alarm: null }
}

/** A cursor's bytes. */
export function encodeCursor (cursor: Cursor): Uint8Array { return encodeCbor({ v: 1, ...cursor }) }

/** A cursor from its bytes. @throws BadInputError */
export function decodeCursor (bytes: Uint8Array): Cursor {
  const { v: _v, unknown: _unknown, ...cursor } = cursorShape(decodeCbor(bytes, LIMITS.vaultRecordBytes), 'cursor')
  return cursor
}

/** The cursor with an alarm raised now (ms). */
export function withAlarm (cursor: Cursor, finding: Finding, at: number): Cursor { return { ...cursor, alarm: alarmOf(finding, at) } }

/** A member's mark, zero when it never sent one. */
export function markOf (cursor: Cursor, account: KeyBytes): MemberMark {
  const text = peerIdText(account)
  return cursor.marks.find(m => peerIdText(m.account) === text) ?? { account, delivered: 0, read: 0 }
}
