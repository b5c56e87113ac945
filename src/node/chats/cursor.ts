/**
 * How far this node has verified a chat's log, and what follows from what it read: each author's run, the
 * marks, what is unread. Written in the same batch as the rows it speaks of.
 */
import {
  decodeCbor, DIGEST_LENGTH, encodeCbor, keyShape, LIMITS, peerIdText, sameBytes, shape, type Digest, type Genesis, type KeyBytes, type LogPlace
} from '../../protocol/wire/index.js'
import type { Seen } from '../../protocol/message/index.js'
import { Runs, runShape } from './runs.js'
import { alarmOf, alarmShape, isStronger, joined, type Alarm, type Finding } from './alarm.js'
import { gapsShape, type Gap } from './gap.js'

/** How far one account has received and read. `since`: the number of the commit that added it, when that was seen here. */
export interface MemberMark { account: KeyBytes, delivered: number, read: number, since?: number }

/** Where a term ended: the last number of it that is kept. `home`: of one after the first. `left`: from when on, and until when, ms by the leaves' times, what stood in it is not, since the log was taken over from it. */
export interface TermEnd { term: number, seq: number, home?: KeyBytes, left?: { from: number, to: number } }

/** Whose log it is at the cursor, once that is not what the genesis says any more, and where earlier terms ended. */
export interface Tenure {
  home: KeyBytes
  owner: KeyBytes
  /** Of each earlier term. */
  ends: TermEnd[]
}

/** When a member wrote last, ms by the log's times. `again`: in a term from which the log was taken over, as it says. */
export interface Post { account: KeyBytes, at: number, again?: true }

/** The verified state of one chat's log. */
export interface Cursor {
  seq: number
  hash: Digest
  /** When that entry came to the log, ms by its leaf; a version before did not note it. */
  time?: number
  term: number
  /** Number of the last commit. */
  lastCommit: number
  /** How far each device has got; each in a record of its own. */
  runs: Runs
  /** Marks of every member, the own one included, as the log says them. */
  marks: MemberMark[]
  /** Last number with something of another member's that wants a mark. */
  received: number
  /** How far the person has read here; told to others by the next mark. */
  read: number
  unread: number
  /** How many of the unread ones name this account or answer it; absent for none. */
  mentions?: number
  /** Entries whose author could not be read (held, erased, from before this account came in) and that no gap in a device's numbers has been explained by yet. */
  holes: number
  /** Set when the log was caught; sending stops, unless it is a single member's word in a group. */
  alarm: Alarm | null
  /** Absent while the log is at its first home, in term 1, under its first owner key. */
  tenure?: Tenure
  /** Numbers that there are snapshots of, ascending. */
  snapshots?: number[]
  /** Entries that a takeover took back and that do not stand in the new term yet: the first and last of them in their own order (none when the last is before the first), and how far this device had got: its numbers are not given again. */
  back?: { first: number, last: number, devSeq: number, entry: Digest | null }
  /** What is missing; absent for nothing. */
  gaps?: Gap[]
  /** When each member of a group wrote last, while slow mode is on. */
  posts?: Post[]
}

// A log that moves more often than this is compared with what its members had seen only as far back.
const ENDS_KEPT = 256

const digest = shape.bytes(DIGEST_LENGTH)
const shared = {
  v: shape.literal(1),
  seq: shape.uint(),
  hash: digest,
  time: shape.optional(shape.uint()),
  term: shape.uint(undefined, 1),
  lastCommit: shape.uint(),
  marks: shape.array(shape.struct({ account: keyShape, delivered: shape.uint(), read: shape.uint(), since: shape.optional(shape.uint()) }), 1024),
  received: shape.uint(),
  read: shape.uint(),
  unread: shape.uint(),
  mentions: shape.optional(shape.uint()),
  holes: shape.uint(),
  tenure: shape.optional(shape.struct({ home: keyShape, owner: keyShape, ends: shape.array(shape.struct({ term: shape.uint(undefined, 1), seq: shape.uint(), home: shape.optional(keyShape), left: shape.optional(shape.struct({ from: shape.uint(), to: shape.uint() })) }), ENDS_KEPT) })),
  posts: shape.optional(shape.array(shape.struct({ account: keyShape, at: shape.uint(), again: shape.optional(shape.literal(true)) }), LIMITS.mlsMembers))
}
const runsShape = shape.array(runShape, 65536)
const cursorShape = shape.struct({
  ...shared,
  // Of a cursor inside another record, and as a version before wrote it.
  runs: shape.optional(runsShape),
  alarm: shape.nullable(alarmShape),
  snapshots: shape.optional(shape.array(shape.uint(), 1024)),
  back: shape.optional(shape.struct({ first: shape.uint(), last: shape.uint(), devSeq: shape.uint(), entry: shape.nullable(digest) })),
  gaps: shape.optional(gapsShape)
})
// What one device alone has found out, or is doing, is not told to the others.
const sharedShape = shape.struct({ ...shared, runs: runsShape, alarm: shape.literal(null) })

/** A cursor at a log's start. */
export function startCursor (hash: Digest): Cursor {
  return { seq: 0, hash, term: 1, lastCommit: 0, runs: Runs.none, marks: [], received: 0, read: 0, unread: 0, holes: 0, alarm: null }
}

/** A cursor as a value inside another record, with all that it holds. */
export function cursorToValue ({ runs, ...cursor }: Cursor): unknown { return { v: 1, ...shape.open(cursor), runs: runs.all() } }

/** A cursor from its value. @throws BadInputError */
export function cursorFromValue (value: unknown): Cursor {
  const { v: _v, unknown: _unknown, runs = [], ...cursor } = cursorShape(value, 'cursor')
  return { ...cursor, runs: Runs.of(runs) }
}

/** A cursor as a value for the account's other devices. */
export function sharedCursorToValue ({ snapshots: _snapshots, back: _back, gaps: _gaps, ...cursor }: Cursor): unknown { return cursorToValue({ ...cursor, alarm: null }) }

/** A cursor that another device of the account has written. @throws BadInputError */
export function sharedCursorFromValue (value: unknown, path: string): Cursor {
  const { v: _v, unknown: _unknown, runs, ...cursor } = sharedShape(value, path)
  return { ...cursor, runs: Runs.of(runs) }
}

/** A cursor's bytes, without the runs. */
export function encodeCursor ({ runs: _runs, ...cursor }: Cursor): Uint8Array { return encodeCbor({ v: 1, ...shape.open(cursor) }) }

/** A cursor from its bytes and its runs as they lie beside it. @throws BadInputError */
export function decodeCursor (bytes: Uint8Array, runs: Runs): Cursor {
  const cursor = cursorFromValue(decodeCbor(bytes, LIMITS.vaultRecordBytes))
  // One of a version before holds them, until it is written again.
  return cursor.runs.all().length > 0 ? cursor : { ...cursor, runs }
}

/** A device's run as the log has it. */
export function loggedRun ({ runs, back }: Cursor, device: KeyBytes): { devSeq: number, entry: Digest | null } {
  const run = runs.get(device)
  // What was taken back is on its way into the log again, and its numbers are used.
  if (back !== undefined && back.devSeq > (run?.devSeq ?? 0)) return { devSeq: back.devSeq, entry: back.entry }
  return run === undefined ? { devSeq: 0, entry: null } : { devSeq: run.devSeq, entry: run.entry }
}

/** The cursor once all that was taken back is in the log again, or nobody can bring it: this device's numbers stay used. */
export function withoutBack (cursor: Cursor, device: KeyBytes): Cursor {
  const { back, ...rest } = cursor
  if (back === undefined || back.devSeq <= (rest.runs.get(device)?.devSeq ?? 0)) return rest
  return { ...rest, back: { ...back, first: back.last + 1 } }
}

/** The place of the log where a cursor stands. */
export function placeOf ({ seq, hash, term, tenure }: Cursor, genesis: Genesis): LogPlace {
  return { seq, hash, term, home: tenure?.home ?? genesis.home, owner: tenure?.owner ?? genesis.owner }
}

/** A cursor that an entry has led from `before` to `after`, in what concerns terms. `left`: it takes the log over, as in {@link TermEnd}. */
export function withTenure (cursor: Cursor, before: LogPlace, after: LogPlace, left?: TermEnd['left']): Cursor {
  const { term, home, owner } = after
  if (term === before.term && sameBytes(owner, before.owner)) return cursor
  const known = cursor.tenure?.ends ?? []
  const ends = term === before.term ? known : [...known, { term: before.term, seq: before.seq, ...before.term === 1 ? {} : { home: before.home }, ...left === undefined ? {} : { left } }].slice(-ENDS_KEPT)
  return { ...cursor, term, tenure: { home, owner, ends } }
}

/** The highest place that this node has verified, as its messages name it. */
export function seenAt ({ term, seq, hash, tenure }: Cursor): Seen {
  return term === 1 || tenure === undefined ? { term, seq, hash } : { term, seq, hash, home: tenure.home }
}

/** Whether an author had seen the log at another home in that term: two owners gave orders for it, and this node follows the other one. */
export function isRival ({ term, tenure }: Pick<Cursor, 'term' | 'tenure'>, seen: Pick<Seen, 'term' | 'home'>): boolean {
  if (seen.home === undefined) return false
  const home = seen.term === term ? tenure?.home : tenure?.ends.find(end => end.term === seen.term)?.home
  return home !== undefined && !sameBytes(home, seen.home)
}

/** The last number of what an author had seen that is the same for everybody: of an earlier term where it ended, of the present one no number is too high; undefined when it is not known, or another home's. */
export function keptEnd (cursor: Cursor, seen: Pick<Seen, 'term' | 'home'>): number | undefined {
  if (isRival(cursor, seen)) return undefined
  return seen.term === cursor.term ? Number.MAX_SAFE_INTEGER : cursor.tenure?.ends.find(end => end.term === seen.term)?.seq
}

/**
 * Whether what an author had seen can be compared with this chain: what a takeover left behind was seen by honest
 * people, and stands here no more.
 */
export function isComparable (cursor: Cursor, seen: Seen): boolean { return seen.seq <= (keptEnd(cursor, seen) ?? -1) }

/** The cursor with an alarm raised now (ms), unless a stronger one stands. */
export function withAlarm (cursor: Cursor, finding: Finding, at: number): Cursor {
  const alarm = joined(alarmOf(finding, at), cursor.alarm)
  return isStronger(alarm, cursor.alarm) ? { ...cursor, alarm } : cursor
}

/** The cursor with other counts of what is unread. */
export function withUnread ({ mentions: _mentions, ...cursor }: Cursor, { unread, mentions }: { readonly unread: number, readonly mentions: number }): Cursor {
  return { ...cursor, unread, ...mentions > 0 ? { mentions } : {} }
}

/** A member's mark, zero when it never sent one. */
export function markOf (cursor: Cursor, account: KeyBytes): MemberMark {
  const text = peerIdText(account)
  return cursor.marks.find(m => peerIdText(m.account) === text) ?? { account, delivered: 0, read: 0 }
}

/** The marks after a group's members have changed at a number: none of who is out, and of newcomers that they came there. In a large group only the own one is kept. */
export function marksAfter ({ marks }: Pick<Cursor, 'marks'>, seq: number, before: readonly KeyBytes[], after: readonly KeyBytes[], me: KeyBytes): MemberMark[] {
  const isIn = (list: readonly KeyBytes[], account: KeyBytes): boolean => list.some(one => sameBytes(one, account))
  if (after.length > LIMITS.receiptMembers) return marks.filter(({ account }) => sameBytes(account, me))
  const newcomers = after.filter(account => !isIn(before, account)).map(account => ({ account, delivered: 0, read: 0, since: seq }))
  return [...marks.filter(({ account }) => isIn(after, account) && !isIn(newcomers.map(one => one.account), account)), ...newcomers]
}

/** The other members' marks that speak of a number: who came after it was there is not among them. */
export function marksFor (seq: number, { marks }: Pick<Cursor, 'marks'>, me: KeyBytes): MemberMark[] {
  return marks.filter(({ account, since }) => !sameBytes(account, me) && (since ?? 0) < seq)
}

/** The mark that others wait for, or undefined when they have been told all. */
export function dueMark (cursor: Cursor, me: KeyBytes): Pick<MemberMark, 'delivered' | 'read'> | undefined {
  const { received, read } = cursor
  const own = markOf(cursor, me)
  if (received <= own.delivered && read <= own.read) return undefined
  return { delivered: Math.max(received, own.delivered), read: Math.max(read, own.read) }
}
