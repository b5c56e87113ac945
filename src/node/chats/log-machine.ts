/**
 * What a verified entry of a chat's log means: pure. `(state, entry) → {state, row, effects}`. Validity depends
 * only on bytes in the log, so that all members end with one transcript (DESIGN section 4).
 */
import { cachedBody, isAbout, isSaid, judgeGroupMessage, type About, type Body, type GroupPolicy, type Message } from '../../protocol/message/index.js'
import {
  BadInputError, cutText, ENTRY_KIND, ForbiddenError, LIMITS, lists, PetrelError, ProofError, sameBytes, type CheckedManifest, type Digest, type EntryId, type KeyBytes, type LogId, type VerifiedEntry
} from '../../protocol/wire/index.js'
import { CaughtError, wordOf, type Finding } from './alarm.js'
import { gapAt, healed, withGap, type Gap } from './gap.js'
import { isAgain, mayBeLeft, saidAt } from './left-behind.js'
import { isComparable, isRival, keptEnd, markOf, withAlarm, type Cursor, type MemberMark } from './cursor.js'
import { openAt, type OpenedMessage, type OpenedRun } from './open-run.js'
import type { RunsBack } from './past/runs-back.js'
import type { Row, RowKind } from './row.js'
import type { DeviceRun } from './runs.js'

/** What the machine is told of the chat at this entry's place. */
export interface LogContext {
  log: LogId
  epoch: number
  /** CK_e. */
  content: Uint8Array
  me: KeyBytes
  /** The members' manifests at this epoch. */
  members: readonly CheckedManifest[]
  /** A group's policy at this epoch; undefined in a direct chat. */
  policy?: GroupPolicy | undefined
  /** Messages that were opened together with others of their runs. */
  opened?: OpenedRun | undefined
  /** The chain's hash at a number this node verified, or undefined when it no longer has it. */
  hashAt: (seq: number) => Digest | undefined
  /** Unix milliseconds. */
  now: number
}

/** What follows from an entry, for the edge to carry out. */
export type LogEffect =
  | { type: 'message', body: Body, from: KeyBytes, own: boolean }
  | { type: 'marked', account: KeyBytes, delivered: { from: number, to: number }, read: { from: number, to: number } }
  | { type: 'ownRead', upTo: number }
  | { type: 'deleted', targets: EntryId[], by: KeyBytes }
  | { type: 'about', body: About, from: KeyBytes }
  | { type: 'named', name: string, from: KeyBytes, signed: Uint8Array }
  | { type: 'vouches', opened: Pick<OpenedMessage, 'message' | 'device'> }
  | { type: 'alarm' }
  | { type: 'gap', gap: Gap, healed: boolean }

/** The machine's answer. */
export interface LogStep { cursor: Cursor, row: Row, effects: LogEffect[] }

const NO_GAPS: readonly Gap[] = []

/** The author's time, kept within ±5 minutes of the home's: order never uses it, people see it. */
function clampTime (author: number, home: number): number {
  return Math.min(Math.max(author, home - LIMITS.clockSkewMs), home + LIMITS.clockSkewMs)
}

/** Takes a data entry that follows the cursor. Anything that does not hold becomes a `held` row with the reason: nothing is dropped in silence. */
export function takeEntry (cursor: Cursor, entry: VerifiedEntry, context: LogContext): LogStep {
  // Of this step alone: what follows changes it where it is, and a plain message copies no cursor twice.
  const advanced: Cursor = { ...cursor, seq: entry.leaf.seq, hash: entry.hash, time: entry.leaf.time }
  if (entry.payload === null) return { cursor: { ...advanced, holes: advanced.holes + 1 }, row: bareRow('erased', entry, context), effects: [] }
  if (entry.leaf.kind !== ENTRY_KIND.data) return { cursor: advanced, row: bareRow('other', entry, context), effects: [] }
  let message: Message
  let device: KeyBytes
  let body: Body
  let signed: Uint8Array
  try {
    const opened = openEntry(entry, entry.payload, context)
    message = opened.message
    device = opened.device
    signed = opened.bytes
    if (gapAt(advanced.gaps ?? NO_GAPS, device, message.devSeq) === undefined) requireRun(advanced, message, device, entry, context)
    body = cachedBody(message.body)
    requireAllowed(advanced, message, body, entry, context)
  } catch (error) {
    return held(advanced, entry, context, error)
  }
  const { cursor: withRun, lie: gapLie, effects } = takeRun(advanced, message, device, entry, context)
  const lie = contradicts(advanced, message, entry, context) ?? gapLie
  const step = takeBody(withPost(withRun, message, body, entry, context), body, { message, signed }, entry, context)
  const row = rowWith(message, device, body, entry, context)
  if (lie === undefined) return { cursor: step.cursor, row, effects: effects.length === 0 ? step.effects : [...step.effects, ...effects] }
  return { cursor: withAlarm(step.cursor, lie, context.now), row, effects: [...step.effects, ...effects, { type: 'alarm' }] }
}

/** Reads an entry by itself, in the state of its place: what depends on the entries before it (gaps in the devices' numbers, slow mode) is not judged. */
export function readAlone (entry: VerifiedEntry, context: Omit<LogContext, 'me' | 'hashAt' | 'now'>, runs: RunsBack): Row {
  if (entry.payload === null) return bareRow('erased', entry, context)
  if (entry.leaf.kind !== ENTRY_KIND.data) return bareRow('other', entry, context)
  const { seq, entry: hash } = entry.leaf
  try {
    const named = openEntry(entry, entry.payload, context, device => runs.names(hash, device))
    const { message, device } = !runs.names(hash, named.device) || runs.fits(hash, named.message.devSeq) ? named : openEntry(entry, entry.payload, context)
    runs.take(seq, device, hash, message)
    const body = cachedBody(message.body)
    requireAllowed({}, message, body, entry, context)
    return rowWith(message, device, body, entry, context)
  } catch (error) {
    if (!(error instanceof PetrelError)) throw error
    return bareRow('held', entry, context, `${error.code}: ${error.message}`)
  }
}

/** Takes a message into its device's run, in a cursor that nobody else has: as the next one, as one after a gap, or as one that was missing and came after all. */
function takeRun (cursor: Cursor, message: Message, device: KeyBytes, entry: VerifiedEntry, context: LogContext): { cursor: Cursor, lie?: Finding, effects: LogEffect[] } {
  const { gaps = NO_GAPS } = cursor
  const mended = gapAt(gaps, device, message.devSeq)
  if (mended !== undefined) {
    const told: LogEffect = { type: 'gap', gap: { ...mended, from: message.devSeq, to: message.devSeq }, healed: true }
    return { cursor: { ...cursor, gaps: healed(gaps, mended, message.devSeq) }, effects: mended.left === true ? [] : [told] }
  }
  const { explained, lie, from } = missingBefore(cursor, message, device, entry, context)
  const before = cursor.runs.get(device)
  // What it names may have been held.
  const names: LogEffect[] = message.prevOwn === null || (before !== undefined && sameBytes(before.entry, message.prevOwn)) ? [] : [{ type: 'vouches', opened: { message, device } }]
  const run: DeviceRun = { device, devSeq: message.devSeq, entry: entry.leaf.entry, at: entry.leaf.seq }
  if (isAgain(cursor, message) || isRival(cursor, message.seen)) run.again = true
  cursor.runs = cursor.runs.with(run)
  if (lie !== undefined && from !== undefined) {
    const gap: Gap = { author: { account: message.account, device }, from, to: message.devSeq - 1, at: context.now }
    if (mayBeLeft(cursor, message, before)) return { cursor: { ...cursor, gaps: withGap(gaps, { ...gap, left: true }) }, effects: names }
    cursor.holes -= explained
    return { cursor: { ...cursor, gaps: withGap(gaps, gap) }, lie, effects: [...names, { type: 'gap', gap, healed: false }] }
  }
  cursor.holes -= explained
  return lie === undefined ? { cursor, effects: names } : { cursor, effects: names, lie }
}

/** In a group the policy at the message's place decides whether it counts. @throws ForbiddenError */
function requireAllowed (cursor: Pick<Cursor, 'posts' | 'tenure'>, message: Message, body: Body, { leaf }: VerifiedEntry, { policy }: Pick<LogContext, 'policy'>): void {
  if (policy === undefined) return
  const author = message.account
  const lastAt = cursor.posts?.find(post => sameBytes(post.account, author))?.at
  const refusal = judgeGroupMessage({ policy, author, at: leaf.time, ...lastAt === undefined ? {} : { lastAt, said: saidAt(cursor, message, leaf) } }, body)
  if (refusal === undefined) return
  if (refusal.why === 'notice') throw new ForbiddenError('members do not write notices')
  throw new ForbiddenError(refusal.why === 'slow' ? 'its author wrote again before slow mode let it' : `its author may not do this in the group (${refusal.permission})`)
}

/** Remembers when a member wrote last, while slow mode is on. */
function withPost (cursor: Cursor, message: Message, body: Body, { leaf }: VerifiedEntry, { policy }: LogContext): Cursor {
  if (policy === undefined || policy.slowMode === 0) return cursor.posts === undefined ? cursor : { ...cursor, posts: [] }
  if (!isSaid(body)) return cursor
  const { account } = message
  // Who may write again needs no place there: a thousand would be written with each batch.
  const waits = cursor.posts?.filter(post => (post.again === true || post.at + policy.slowMode * 1000 > leaf.time) && !sameBytes(post.account, account)) ?? []
  return { ...cursor, posts: [...waits, { account, at: saidAt(cursor, message, leaf), ...isAgain(cursor, message) ? { again: true } : {} }] }
}

/** A row without a message: for what was before, commits, and what is not readable. */
export function bareRow (kind: RowKind, entry: VerifiedEntry, context: { epoch: number }, note: string | null = null): Row {
  return { kind, id: entry.leaf.id, hash: entry.hash, time: entry.leaf.time, epoch: context.epoch, from: null, device: null, at: entry.leaf.time, body: null, note: note === null ? null : cutText(note, LIMITS.noteBytes) }
}

/** The row of a message. Field by field, as here all is that is done for each: of what is spread, an object of its own is made. */
function rowWith (message: Message, device: KeyBytes, body: Body, { leaf: { id, time }, hash }: VerifiedEntry, { epoch }: { epoch: number }): Row {
  return { kind: rowKind(body), id, hash, time, epoch, from: message.account, device, at: clampTime(message.ts, time), body: message.body, note: null }
}

function openEntry (entry: VerifiedEntry, payload: Uint8Array, context: Pick<LogContext, 'log' | 'epoch' | 'content' | 'members' | 'opened'>, isNamed?: (device: KeyBytes) => boolean): OpenedMessage {
  const opened = context.opened?.get(entry.leaf.seq) ?? openAt(entry, payload, context, isNamed)
  if (opened instanceof PetrelError) throw opened
  const { message, device } = opened
  const manifest = manifestOf(context.members, message.account)
  if (manifest === undefined) throw new ProofError('the message is from an account that is no member')
  if (!lists(manifest.manifest, device)) throw new ProofError('the message is from a device that its account\'s manifest does not list')
  return opened
}

/** Whose word alone it is what a message shows. */
function by ({ account }: Message, { me, policy }: LogContext): Pick<Finding, 'by'> { return wordOf(account, me, policy !== undefined) }

/** What only its author's word, or the relay's, can be behind. */
function said (kind: 'view' | 'missing', one: Message, { leaf: { seq } }: VerifiedEntry, context: LogContext, message: string): Finding { return { kind, seq, claim: true, ...by(one, context), message } }

function manifestOf (members: readonly CheckedManifest[], account: KeyBytes): CheckedManifest | undefined {
  for (const member of members) if (sameBytes(member.manifest.account, account)) return member
  return undefined
}

/** One device's messages are numbered; a number twice with different content is somebody using a copy of its key. */
function requireRun (cursor: Cursor, message: Message, device: KeyBytes, entry: VerifiedEntry, context: LogContext): void {
  const run = cursor.runs.get(device)
  if (run === undefined || message.devSeq > run.devSeq) return
  if (sameBytes(run.entry, entry.leaf.entry)) throw new BadInputError('the message stands in the log twice')
  throw new CaughtError({ kind: 'device', seq: entry.leaf.seq, ...by(message, context), message: 'a device used one of its message numbers again: its key may have been copied' })
}

/** The author had seen another chain than this node: the home shows different logs to different people, or the author lies. Nobody here can tell which. */
function contradicts (cursor: Cursor, message: Message, entry: VerifiedEntry, context: LogContext): Finding | undefined {
  if (!isComparable(cursor, message.seen)) return undefined
  const { seq, hash } = message.seen
  if (seq >= entry.leaf.seq) return said('view', message, entry, context, `the author of entry ${entry.leaf.seq} had seen ${seq} entries: the relay left out some or put them in another order, or the author lies`)
  const own = seq === 0 ? undefined : context.hashAt(seq)
  return own === undefined || sameBytes(own, hash) ? undefined : said('view', message, entry, context, `the author of entry ${entry.leaf.seq} had seen another history of this chat, at number ${seq}: the relay shows different ones to different people, or the author lies`)
}

/**
 * A device's messages are numbered without a gap and each names the one before, so one that is left out shows at the
 * next. An entry that could not be read may have been the missing one: it explains a gap once.
 */
function missingBefore (cursor: Cursor, message: Message, device: KeyBytes, entry: VerifiedEntry, context: LogContext): { explained: number, lie?: Finding, from?: number } {
  const run = cursor.runs.get(device)
  const missing = message.devSeq - (run?.devSeq ?? 0) - 1
  if (missing > cursor.holes) return { explained: cursor.holes, from: (run?.devSeq ?? 0) + 1, lie: said('missing', message, entry, context, `messages of a member of this chat are missing (${missing - cursor.holes}): the relay left them out, or the member lies`) }
  const named = message.prevOwn === null || run === undefined ? message.prevOwn === (run?.entry ?? null) : sameBytes(message.prevOwn, run.entry)
  if (missing === 0 && !named) return { explained: 0, lie: said('missing', message, entry, context, 'a member\'s message names another one before it than is there: the relay put one in its place, or the member lies') }
  return { explained: missing }
}

/** What kind of row a body makes. */
export function rowKind (body: Body): RowKind {
  if (isSaid(body)) return 'message'
  switch (body.kind) {
    case 'service': return 'service'
    // What is pinned is told to people; that a pin is gone is not.
    case 'pin': return body.pinned ? 'service' : 'other'
    case 'mark': return 'mark'
    default: return 'other'
  }
}

/** What a message says, to a cursor that nobody else has. */
function takeBody (cursor: Cursor, body: Body, { message, signed }: { message: Message, signed: Uint8Array }, entry: VerifiedEntry, context: LogContext): { cursor: Cursor, effects: LogEffect[] } {
  const own = sameBytes(message.account, context.me)
  if (body.kind === 'mark') {
    // A mark from before a takeover counts in numbers of which only those up to the kept end are still the same.
    const most = Math.min(entry.leaf.seq, keptEnd(cursor, message.seen) ?? 0)
    return takeMark(cursor, { account: message.account, delivered: Math.min(body.delivered, most), read: Math.min(body.read, most) }, context)
  }
  if (body.kind === 'profile') {
    // Who says what it is called has read the log as far as it says: a newcomer by that has come in.
    const most = Math.min(message.seen.seq, entry.leaf.seq, keptEnd(cursor, message.seen) ?? 0)
    const { cursor: marked, effects } = takeMark(cursor, { account: message.account, delivered: most, read: 0 }, context)
    return { cursor: marked, effects: [...effects, { type: 'named', name: body.name, from: message.account, signed }] }
  }
  if (body.kind === 'delete') return { cursor, effects: [{ type: 'deleted', targets: body.targets, by: message.account }] }
  // What is told about a message is no news of its own: nobody is counted as having it.
  if (isAbout(body)) return { cursor, effects: [{ type: 'about', body, from: message.account }] }
  if (own) return { cursor, effects: [{ type: 'message', body, from: message.account, own }] }
  // What is done to messages is no message: nobody waits to hear that it came.
  if (isSaid(body)) {
    cursor.received = entry.leaf.seq
    cursor.unread++
  }
  return { cursor, effects: [{ type: 'message', body, from: message.account, own }] }
}

function takeMark (cursor: Cursor, { account, delivered, read }: MemberMark, { me, policy, members }: LogContext): { cursor: Cursor, effects: LogEffect[] } {
  const own = sameBytes(account, me)
  // In a large group they are not kept: there may be a thousand, and they are written with each batch.
  if (!own && policy !== undefined && members.length > LIMITS.receiptMembers) return { cursor, effects: [] }
  const before = markOf(cursor, account)
  const others = cursor.marks.filter(m => !sameBytes(m.account, me))
  // What was read was delivered; marks only go forward, so a late one changes nothing.
  const after = { ...before, delivered: Math.max(before.delivered, delivered, read), read: Math.max(before.read, read) }
  const marks = [...cursor.marks.filter(m => !sameBytes(m.account, account)), after]
  if (own) return { cursor: { ...cursor, marks, read: Math.max(cursor.read, after.read) }, effects: after.read > cursor.read ? [{ type: 'ownRead', upTo: after.read }] : [] }
  // A message is received or read when the first of the others has told so; what was before this one came in, it says nothing of.
  const span = (of: 'delivered' | 'read'): { from: number, to: number } => ({ from: Math.max(before.since ?? 0, ...others.map(m => m[of])), to: after[of] })
  return { cursor: { ...cursor, marks }, effects: [{ type: 'marked', account, delivered: span('delivered'), read: span('read') }] }
}

function held (cursor: Cursor, entry: VerifiedEntry, context: LogContext, error: unknown): LogStep {
  if (!(error instanceof PetrelError)) throw error
  const row = bareRow('held', entry, context, `${error.code}: ${error.message}`)
  const known = { ...cursor, holes: cursor.holes + 1 }
  if (!(error instanceof CaughtError)) return { cursor: known, row, effects: [] }
  return { cursor: withAlarm(known, error.finding, context.now), row, effects: [{ type: 'alarm' }] }
}
