/**
 * Goes back to an earlier place of a chat's log, when a takeover keeps less of it than this node has. What stood above
 * is not lost: it is shown, and appended again in the new term. Durable in one batch, whatever is killed when.
 */
import type { UpdateEvent } from '../../protocol/api/index.js'
import { decodeBody, type Body } from '../../protocol/message/index.js'
import { base32Text, chainStart, decodeCaps, decodeLeaf, encodeLeaf, ENTRY_KIND, entryHash, LIMITS, ProofError, QuotaError, sameBytes, type Digest, type KeyBytes, type Leaf, type LogPosition, type StoredEntry } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import { withoutAbout } from './about/refold.js'
import { CaughtError } from './alarm.js'
import { arrivedAt, withoutPlace } from './arrival.js'
import type { Chat } from './chat.js'
import { engineFor, keysOf } from './chat-keys.js'
import type { ChatHome, ChatRecord, PendingCommit } from './chat-record.js'
import { placeOf, withUnread, type Cursor } from './cursor.js'
import { manifestsOf } from './member-manifests.js'
import { replayEntries, type ChatState } from './intake.js'
import { bareRow } from './log-machine.js'
import { decodeBack, encodeBack, type BackItem, type OwnCommit } from './taken-back.js'
import { ownPastWishes } from './own-past.js'
import type { Row } from './row.js'
import { unreadAfter } from './unread.js'
import type { NumberedRow, TimelineWrite } from './timeline.js'

// Entries copied in one batch: with rows they must stay far below the store's limit of a batch.
const COPIED_AT_ONCE = 128

/** What goes into the same batch as a new home. */
export interface HomeChange {
  /** What the record becomes beside its home. */
  readonly record?: (record: ChatRecord) => ChatRecord
  readonly ops?: readonly KeyValueOp[]
  /** The person has chosen this home: what the one before was accused of is settled. */
  readonly settlesAlarm?: boolean
}

/**
 * Lets a chat's log live at another home from now on, durably, in the chat's turn. After a takeover from below, what
 * stands above is taken back. `hash` is the chain's at the kept end as the order says it; null when the chain has led there.
 *
 * @throws CaughtError when the chain here is another one where the takeover begins; ProofError when there is no way back
 */
export async function enterHome (chat: Chat, home: ChatHome, hash: Digest | null, change: HomeChange = {}): Promise<void> {
  const { cursor } = chat
  const { seq, by } = home
  if (hash !== null && seq <= cursor.seq) await requireSameChain(chat, { seq, hash })
  const moved = (record: ChatRecord): ChatRecord => ({ ...change.record?.(record) ?? record, home })
  const after = (record: ChatRecord): ChatRecord => by === 'takeover' ? withoutPlace(moved(record), seq) : moved(record)
  const settled = (at: Cursor): Cursor => change.settlesAlarm === true ? { ...at, alarm: null } : at
  // What was agreed on stands in the chain, which led here: else the home before went on after its end.
  if (seq < cursor.seq && (by === 'takeover' || hash !== null)) {
    await goBack(chat, seq, { record: after, cursor: settled, ops: change.ops ?? [] })
  } else {
    const [record, next] = [after(chat.record), settled(cursor)]
    await chat.deps.updates.write([...change.ops ?? [], ...chat.recordOps(record), ...chat.cursorOps(next)], [movedEvent(chat)])
    chat.record = record
    chat.cursor = next
    if (by === 'takeover') chat.takenOver(seq)
  }
  if (change.settlesAlarm === true) chat.witness.forgive()
}

const movedEvent = (chat: Chat): UpdateEvent => ({ type: 'chat', chat: chat.id, title: chat.title, change: 'moved' })

interface Change { record: (record: ChatRecord) => ChatRecord, cursor: (cursor: Cursor) => Cursor, ops: readonly KeyValueOp[] }

/** Takes back everything after a number. */
async function goBack (chat: Chat, seq: number, change: Change): Promise<void> {
  const state = await stateAt(chat, seq)
  if (state.record.stage !== 'ready' && state.record.stage !== 'out') throw new ProofError('the log was taken over from before this chat was made')
  const taken = await copyTaken(chat, seq)
  const { items, stale } = taken
  const removed = await removalsAfter(chat, seq)
  const next = change.cursor(await cursorAfter(chat, state.cursor, taken, removed.rows))
  const record = change.record(withLogState(chat.record, state.record))
  const about = await withoutAbout(chat, removed.rows, seq, next)
  const ops = [...change.ops, ...stale, ...removed.ops, ...removed.lines.ops, ...about.ops, ...chat.recordOps(record), ...chat.cursorOps(next)]
  await removed.lines.written(chat.deps.updates.write(ops, [...eventsOf(chat, items), ...about.events]))
  chat.cursor = next
  chat.record = record
  chat.keys = state.keys
  chat.back.replace(items)
  chat.takenOver(seq)
  for (const { leaf } of ownMessages(items, chat.deps.me)) chat.reached(leaf.id, 'queued')
}

async function requireSameChain (chat: Chat, { seq, hash }: LogPosition): Promise<void> {
  const known = seq === 0 ? chainStart(chat.log, chat.genesis.home) : chat.hashAt(seq) ?? (await chat.timeline.at(seq))?.hash
  if (known !== undefined && sameBytes(known, hash)) return
  throw new CaughtError({ kind: 'view', seq, claim: true, message: `the log was taken over by somebody who had seen another history of this chat, at number ${seq}: the relay before showed different ones to different people` })
}

/** The state at a number: from the last snapshot at or below it, the entries replayed. @throws ProofError when there is none */
async function stateAt (chat: Chat, seq: number): Promise<ChatState> {
  const from = (chat.cursor.snapshots ?? []).findLast(at => at <= seq)
  const snapshot = from === undefined ? undefined : await chat.snapshots.at(from)
  if (snapshot === undefined) throw new ProofError(`this node cannot go back to number ${seq} of this chat: it was not here then`)
  const { record, cursor } = snapshot
  const engine = engineFor(manifestsOf(record.members), chat.deps.now, chat.deps.mls)
  // What it had not come to when this was kept may have been elsewhere since.
  const joined = cursor.seq < arrivedAt(record) ? withoutPlace(chat.record, seq).joined : record.joined
  let state: ChatState = { record: { ...record, joined }, cursor, keys: await keysOf(engine, engine.decodeState(record.mls), record.gpq, record.log) }
  while (state.cursor.seq < seq) {
    const entries = await chat.raw.page(state.cursor.seq, seq)
    if (entries.length === 0) throw new ProofError(`this node cannot go back to number ${seq} of this chat: entry ${state.cursor.seq + 1} is not here as it came`)
    state = await replayEntries(chat, state, placeOf(state.cursor, chat.genesis), entries)
  }
  return state
}

/**
 * Of the record, what follows from the log: all of it, or members who were and were not there would judge by two policies.
 *
 * @internal
 */
export function withLogState (now: ChatRecord, then: ChatRecord): ChatRecord {
  const { stage, members, mls, epoch, history, policy, leaving, began, segments, ownerSeed, holders, mirror = now.mirror } = then
  const { policy: _policy, holders: _holders, leaving: _leaving, began: _began, segments: _segments, ...rest } = now
  return {
    ...rest, stage, members, mls, epoch, history, ownerSeed, commit: null, ...holders === undefined ? {} : { holders }, ...mirror === undefined ? {} : { mirror }, ...policy === undefined ? {} : { policy },
    ...leaving === undefined ? {} : { leaving }, ...began === undefined ? {} : { began }, ...segments === undefined ? {} : { segments }
  }
}

/** What a takeover takes back: `back` for the cursor, the items in order, and what was copied before and is not needed any more. */
interface Taken { back: NonNullable<Cursor['back']>, items: BackItem[], stale: KeyValueOp[] }

/**
 * Copies what stands after `seq`, and behind it what was taken back before and is not in the log again: in the order in
 * which it all stood first. Until the cursor knows of them, the copies are nothing.
 */
async function copyTaken (chat: Chat, seq: number): Promise<Taken> {
  const { cursor, deps } = chat
  const first = (cursor.back?.last ?? 0) + 1
  const items: BackItem[] = []
  const ops: KeyValueOp[] = []
  let bytes = 0
  const copy = async (encoded: Uint8Array): Promise<void> => {
    const item = decodeBack(encoded)
    // What was erased nobody can append again; orders were for the home that is left.
    if (item === undefined || item.leaf.kind === ENTRY_KIND.control || isOthers(item)) return
    bytes += encoded.length
    if (bytes > LIMITS.takenBackBytes) throw new QuotaError(`the log was taken over from so far below that more than ${LIMITS.takenBackBytes} bytes would have to be appended again`)
    items.push(item)
    ops.push({ type: 'put', key: chat.back.key(item.order), value: encoded })
    if (ops.length >= COPIED_AT_ONCE) await deps.kv.batch(ops.splice(0))
  }
  for (let at = seq + 1; at <= cursor.seq; at++) {
    const raw = await chat.raw.at(at)
    const row = await chat.timeline.at(at)
    if (raw === undefined || row === undefined) throw new ProofError(`this node cannot go back to number ${seq} of this chat: entry ${at} is not here as it came`)
    await copy(encodeBack({ order: first + items.length, row, read: at <= cursor.read, own: await ownCommit(chat, at, raw, row) }, raw))
  }
  const before = chat.back.all()
  for (const old of before) {
    if (items.some(item => sameBytes(item.leaf.id, old.leaf.id))) continue
    await copy(encodeBack({ ...old, order: first + items.length }, { leaf: encodeLeaf(old.leaf), payload: old.payload }))
  }
  const { commit } = chat.record
  if (commit !== null) await copy(waitingCommit(chat, commit, first + items.length))
  if (ops.length > 0) await deps.kv.batch(ops)
  const { devSeq, entry } = chat.loggedRun
  return { back: { first, last: first + items.length - 1, devSeq, entry }, items, stale: before.map(({ order }) => chat.back.del(order)) }
}

/** What others bring if anybody does: what was before this account came, a commit that does not hold, and the one that removed this account. */
function isOthers ({ leaf: { kind }, row }: BackItem): boolean {
  if (row.kind === 'before') return true
  return kind === ENTRY_KIND.commit && (row.kind === 'held' || (row.body !== null && isOut(decodeBody(row.body))))
}

const isOut = (body: Body): boolean => body.kind === 'service' && body.event === 'out'

/** Of an own commit at a number: what it led to. */
async function ownCommit (chat: Chat, at: number, { leaf: bytes, payload }: StoredEntry, { epoch }: Row): Promise<OwnCommit | null> {
  const { snapshots, cursor } = chat
  const { id, kind, base, caps } = decodeLeaf(bytes)
  if (kind !== ENTRY_KIND.commit) return null
  const snapshot = cursor.snapshots?.includes(at) === true ? await snapshots.at(at) : undefined
  if (snapshot === undefined) {
    const wishes = await ownPastWishes(chat, epoch - 1, id)
    return wishes === undefined ? null : { pending: null, wishes }
  }
  if (!snapshot.ownCommit || base === null || caps === null || payload === null) return null
  const { mls, ownerSeed } = snapshot.record
  const given = ownerSeed === null || decodeCaps(caps).owner === undefined ? {} : { ownerSeed }
  return { pending: { id, base, payload, caps, mls, welcome: null, added: [], ...given }, wishes: snapshot.wishes ?? [] }
}

/** An own commit that waits may have come to the home that is left, and others may have read it there: it comes behind all that stood there, as what it is. */
function waitingCommit ({ cursor, record: { epoch }, deps }: Chat, pending: PendingCommit, order: number): Uint8Array {
  const { id, base, caps, payload } = pending
  const leaf: Leaf = { seq: cursor.seq + 1, id, kind: ENTRY_KIND.commit, base, caps, erasers: [], time: deps.now(), entry: entryHash(payload) }
  const row = bareRow('commit', { leaf, hash: leaf.entry, payload }, { epoch: epoch + 1 })
  return encodeBack({ order, row, read: true, own: { pending, wishes: [] } }, { leaf: encodeLeaf(leaf), payload })
}

/** The cursor at the kept end: what the person did since stays, and devices whose messages are all below it are where they were. */
async function cursorAfter (chat: Chat, { back: _before, ...then }: Cursor, { back, items }: Taken, above: readonly NumberedRow[]): Promise<Cursor> {
  const { cursor } = chat
  const read = Math.min(cursor.read, then.seq)
  let { runs } = cursor
  for (const { row: { device } } of [...above, ...items]) {
    const run = device === null ? undefined : then.runs.get(device)
    if (device !== null) runs = run === undefined ? runs.without(device) : runs.with(run)
  }
  return {
    ...withUnread({ ...then, read }, await unreadAfter(chat, read, then.seq)),
    runs,
    alarm: cursor.alarm,
    snapshots: (cursor.snapshots ?? []).filter(seq => seq <= then.seq),
    ...items.length === 0 && back.devSeq <= (runs.get(chat.deps.device.key)?.devSeq ?? 0) ? {} : { back }
  }
}

async function removalsAfter (chat: Chat, seq: number): Promise<{ ops: KeyValueOp[], lines: TimelineWrite, rows: NumberedRow[] }> {
  const ops = await chat.raw.cutAfter(seq)
  const rows = await Array.fromAsync(chat.timeline.range(seq + 1, chat.cursor.seq))
  const lines = chat.timeline.change()
  lines.cutAfter(seq, rows)
  for (const at of chat.cursor.snapshots ?? []) if (at > seq) ops.push(chat.snapshots.del(at))
  return { ops, lines: await chat.timeline.write(lines), rows }
}

function ownMessages (items: readonly BackItem[], me: KeyBytes): BackItem[] {
  return items.filter(({ row }) => row.kind === 'message' && row.from !== null && sameBytes(row.from, me))
}

function eventsOf (chat: Chat, items: readonly BackItem[]): UpdateEvent[] {
  const states = ownMessages(items, chat.deps.me).map(({ leaf }): UpdateEvent => ({ type: 'messageState', chat: chat.id, id: base32Text(leaf.id), state: 'queued', error: null }))
  return [movedEvent(chat), ...states]
}

