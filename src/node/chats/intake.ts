/** Takes what the home sends of a chat's log: verified, understood, and written in one durable batch, so that each entry is taken exactly once whatever is killed when. */
import {
  base32Text, ENTRY_KIND, ForbiddenError, LIMITS, ProofError, sameBytes, walkRun, type Attested, type Leaf, type LogPlace, type StoredEntry, type VerifiedEntry, type WalkedEntry
} from '../../protocol/wire/index.js'
import { cachedBody, isSaid } from '../../protocol/message/index.js'
import type { KeyValueOp } from '../../store/index.js'
import { settleAbout, takeAbout } from './about/take-about.js'
import { CaughtError } from './alarm.js'
import type { Chat } from './chat.js'
import { dueCheckpoint } from './devices/checkpoint.js'
import { takeReadPlace } from './devices/read-elsewhere.js'
import { withoutBack, withTenure, withUnread } from './cursor.js'
import { alarm, alarmed, newDraft, openTerm, snapshot, snapshotOfCommit, takeReturned, type Draft } from './draft.js'
import { idName } from './draft-rows.js'
import { doubleOp } from './doubles.js'
import { withLeaving } from './group/leaving.js'
import { draftPolicy } from './group/group-policy.js'
import { gapEvent } from './accusation.js'
import { judged } from './judged.js'
import { withRider, type Ride } from './laying.js'
import { takeEntry, type LogEffect } from './log-machine.js'
import { markOwn } from './mark-own.js'
import { manifestsOf } from './member-manifests.js'
import { openRun } from './open-run.js'
import { takeDeleted } from './take-deleted.js'
import { takeName } from './take-name.js'
import { takePlain } from './take-plain.js'
import { takeSaid } from './take-said.js'
import type { OutboxItem } from './outbox-item.js'
import { requireOwnerKept } from './owner-kept.js'
import { showPreviewed } from './pipes/shown.js'
import { releaseNamed } from './release.js'
import type { Row } from './row.js'
import { rowOf, staysWith } from './row-of.js'
import { standingOf, type Standing } from './standing.js'
import { isBefore, takeBefore } from './take-before.js'
import { takeCommitEntry } from './take-commit.js'
import { unreadAfter } from './unread.js'
import { takeVoid, voidIn } from './void-step.js'

// Who follows live gets news whole at once; who was away reads them later, if at all.
const LONG_RUN = 32

/** What the caller does after a batch: whether a new epoch began, how the reader stands once all that came is taken, whether the log has another home since, or was taken over, whether something is to be erased at the home, whether the place where this account came in was found again, whether a receipt that came meanwhile contradicts it, and the leaves of what was taken: the rest is to be taken next. */
export interface Taken { epochChanged: boolean, standing: Standing, moved: boolean, erasing: boolean, arrived?: boolean, lie?: ProofError, leaves?: readonly Leaf[] }

/**
 * Takes consecutive entries after the cursor (or none), and the attested head that came with them; the first of them alone
 * where they change more than fits one batch. Runs in the chat's turn. `ride`: what it gives is written with the last of
 * them, unless they begin another epoch.
 *
 * @throws ProofError when the home's chain does not hold: nothing of the batch is kept
 * @throws UnavailableError when the relay does not know yet that the log has moved
 */
export async function takeEntries (chat: Chat, entries: readonly StoredEntry[], head: Attested, ride?: Ride): Promise<Taken> {
  const before = chat.place
  const run = walkRun(chat.log, before, entries)
  const standing = standingOf(chat, run.to, head)
  if (entries.length === 0 || standing === 'below') return { epochChanged: false, standing, moved: false, erasing: false }
  const draft: Draft = { ...newDraft(chat), isLong: entries.length >= LONG_RUN }
  // The state before the first commit, and in a chat of an earlier version that of now: there must be one to go back to.
  if (draft.cursor.snapshots === undefined) snapshot(chat, draft, null)
  await findIds(chat, draft, run.entries)
  const count = await takeRun(chat, draft, before, run.entries)
  const isPart = count < entries.length
  await takeReadPlace(chat, draft)
  await settleAbout(chat, draft)
  const lines = await chat.timeline.write(draft.lines)
  draft.ops.push(...lines.ops, ...await rawOps(chat, draft, before.seq, entries.slice(0, count)))
  // From here on nothing waits: what the vault is given, and what rides along, goes to the disk in the order in which it is made.
  if (draft.record !== chat.record) draft.ops.push(...chat.recordOps(draft.record))
  draft.ops.push(...dueCheckpoint(chat, draft, isPart || standing === 'behind'))
  const epochChanged = draft.keys !== chat.keys
  const moved = draft.record.home !== chat.record.home || draft.left.length > 0
  draft.ops.push(...chat.cursorOps(draft.cursor), ...chat.witness.ops(head))
  const rider = !isPart && draft.record === chat.record && draft.keys === chat.keys && chat.back.size === 0 ? ride?.(draft.cursor) : undefined
  await withRider(rider, async ops => { await lines.written(chat.deps.updates.write([...draft.ops, ...ops], draft.events)) })
  const lie = settle(chat, draft)
  rider?.written(lie === undefined)
  return { epochChanged, standing, moved, erasing: draft.erasing, arrived: draft.arrived, leaves: run.entries.slice(0, count).map(({ leaf }) => leaf), ...(lie === undefined ? {} : { lie }) }
}

/** Looks up what the ids of a batch stand for already. One at a time each would be a way to the disk and back. */
async function findIds (chat: Chat, draft: Draft, entries: readonly WalkedEntry[]): Promise<void> {
  const ids = entries.map(({ leaf: { id } }) => id)
  draft.areIdsNew = await chat.timeline.areNew(ids)
  if (draft.areIdsNew) {
    draft.newIds = ids
    return
  }
  const found = await chat.timeline.findMany(ids)
  for (const [i, { leaf: { id } }] of entries.entries()) draft.found.set(idName(id), found[i])
  draft.areIdsNew = draft.found.size === entries.length && found.every(one => one === undefined)
}

/** The entries as they came, but for the words of those that were taken back for all. */
async function rawOps (chat: Chat, { erased }: Draft, after: number, entries: readonly StoredEntry[]): Promise<KeyValueOp[]> {
  const ops = chat.raw.put(entries.map((entry, i) => [after + 1 + i, erased.has(after + 1 + i) ? { ...entry, payload: null } : entry]))
  const below = new Set([...erased].filter(seq => seq <= after))
  return below.size === 0 ? ops : [...ops, ...await chat.raw.without(below)]
}

/** The state of a chat at a place of its log. */
export type ChatState = Pick<Chat, 'cursor' | 'record' | 'keys'>

/** The state after entries that were taken before: nothing is written or told. Consecutive after the state's cursor. */
export async function replayEntries (chat: Chat, state: ChatState, before: LogPlace, entries: readonly StoredEntry[]): Promise<ChatState> {
  const members = manifestsOf(state.record.members)
  const draft: Draft = { ...newDraft(chat), ...state, members, isReplay: true }
  await takeRun(chat, draft, before, walkRun(chat.log, before, entries).entries)
  return { cursor: draft.cursor, record: draft.record, keys: draft.keys }
}

/** @returns how many were taken: no more once so many messages are taken back, or so much is known about those that they are about, that a batch holds no others */
async function takeRun (chat: Chat, draft: Draft, from: LogPlace, entries: readonly WalkedEntry[]): Promise<number> {
  let before = from
  let i = 0
  for (; i < entries.length && draft.erased.size < LIMITS.erasedAtOnce && draft.factBytes < LIMITS.factBytesAtOnce; i++) {
    const entry = entries[i]
    if (entry === undefined) continue
    const { time: since } = draft.cursor
    openAhead(chat, draft, entries, i)
    // Before the entry is compared: of its own number the home before may have promised another one.
    if (entry.opened?.action.by === 'takeover') draft.left.push(entry.opened.action)
    if (!takePlain(chat, draft, entry)) await takeOne(chat, draft, entry)
    requireOwnerKept(before, entry, draft.committed !== null || draft.rows.get(entry.leaf.seq)?.kind === 'before')
    const { leaf: { time }, opened } = entry
    const left = opened?.action.by === 'takeover' ? { from: Math.min(since ?? time, time), to: time } : undefined
    draft.cursor = withTenure(draft.cursor.time === time ? draft.cursor : { ...draft.cursor, time }, before, entry.place, left)
    if (entry.opened !== null) openTerm(chat, draft, entry.opened)
    snapshotOfCommit(chat, draft)
    before = entry.place
  }
  if (draft.cursor.back !== undefined && draft.returned.length === chat.back.size) draft.cursor = withoutBack(draft.cursor, chat.deps.device.key)
  return i
}

/** Opens the messages from one on up to where another epoch may begin, before the first of them is taken. */
function openAhead ({ log, outbox }: Chat, draft: Draft, entries: readonly WalkedEntry[], from: number): void {
  if (entries[from]?.leaf.kind !== ENTRY_KIND.data) { draft.opened = undefined; return }
  if (draft.opened !== undefined) return
  const end = entries.findIndex(({ leaf }, i) => i > from && leaf.kind !== ENTRY_KIND.data)
  const { epoch, content } = draft.keys
  draft.opened = openRun(entries.slice(from, end < 0 ? undefined : end).filter(entry => !isBefore(draft, entry)), { log, epoch, content }, entry => isSealedHere(outbox, entry))
}

/** Whether an entry is to the byte what this device sealed last under its id: nobody else could have made it so. */
function isSealedHere (outbox: Chat['outbox'], { leaf: { id, entry } }: VerifiedEntry): boolean {
  const sealing = outbox.get(id)?.sealing
  return sealing != null && sameBytes(sealing.entry, entry)
}

function settle (chat: Chat, draft: Draft): ProofError | undefined {
  chat.cursor = draft.cursor
  chat.record = draft.record
  chat.keys = draft.keys
  for (const left of draft.left) chat.forgetPromises(left)
  let lie: ProofError | undefined
  let last: Row['from'] = null
  for (const [seq, row] of draft.rows) {
    if (!chat.keptPromise(seq, row.hash)) lie = brokenPromise(seq)
    chat.remember(seq, row.hash)
    if (row.kind !== 'message' || row.from === null || row.from === last) continue
    last = row.from
    chat.deps.said?.(chat.id, last)
  }
  for (const item of draft.settled) chat.outbox.delete(item)
  for (const item of draft.failed) chat.outbox.set(item)
  for (const item of draft.returned) chat.back.delete(item)
  for (const name of draft.names) chat.names.keep(name)
  for (const preview of draft.shown) chat.previews.delete(preview)
  for (const { id, state } of draft.reached) chat.reached(id, state)
  if (draft.invited) chat.deps.invited()
  if (draft.erased.size > 0) chat.deps.files?.letGo()
  return lie
}

function brokenPromise (seq: number): ProofError { return new CaughtError({ kind: 'fork', seq, message: `entry ${seq} is not the one that the relay gave a receipt for` }) }

async function takeOne (chat: Chat, draft: Draft, entry: WalkedEntry): Promise<void> {
  if (!chat.keptPromise(entry.leaf.seq, entry.hash, draft.left)) throw brokenPromise(entry.leaf.seq)
  if (isBefore(draft, entry)) takeBefore(chat, draft, entry)
  else if (entry.leaf.kind === ENTRY_KIND.commit) await takeCommitEntry(chat, draft, entry)
  else if (voidIn(entry) !== undefined) takeVoid(chat, draft, entry)
  else await takeDataEntry(chat, draft, entry)
  const row = draft.rows.get(entry.leaf.seq)
  if (draft.isReplay) return
  showPreviewed(chat, draft, entry)
  if (row !== undefined) await putRow(chat, draft, entry, row)
  const back = chat.back.get(entry.leaf.id)
  if (back !== undefined) takeReturned(chat, draft, back, entry)
}

async function putRow (chat: Chat, draft: Draft, entry: VerifiedEntry, row: Row): Promise<void> {
  const stays = await isDouble(chat, draft, entry, row)
  draft.lines.put(entry.leaf.seq, row, !stays)
  if (stays && row.kind === 'message') draft.ops.push(doubleOp(chat, entry.leaf.seq, row.id))
}

/** Whether an id stays that of another entry: of one that is there, or, of something unreadable, of one that is on its way. */
async function isDouble (chat: Chat, draft: Draft, { leaf: { id, seq } }: VerifiedEntry, row: Row): Promise<boolean> {
  if (row.kind === 'mark') return false
  const isComing = row.kind === 'held' && (chat.outbox.get(id) !== undefined || chat.back.get(id) !== undefined)
  return isComing || staysWith(await rowOf(chat, draft, id, seq), { seq, row })
}

async function takeDataEntry (chat: Chat, draft: Draft, entry: VerifiedEntry): Promise<void> {
  const { keys: { epoch, content }, members } = draft
  const step = await judged(chat, draft, hashAt => takeEntry(draft.cursor, entry, { log: chat.log, epoch, content, me: chat.deps.me, members, policy: draftPolicy(draft), opened: draft.opened, hashAt, now: chat.deps.now() }))
  draft.cursor = step.cursor
  draft.record = withLeaving(draft.record, step.effects)
  draft.rows.set(entry.leaf.seq, step.row)
  if (entry.payload === null) draft.wordless.set(entry.leaf.seq, entry.leaf)
  if (draft.isReplay) {
    if (step.effects.some(effect => effect.type === 'ownRead')) draft.cursor = withUnread(draft.cursor, { unread: 0, mentions: 0 })
    return
  }
  const item = chat.outbox.get(entry.leaf.id)
  if (item !== undefined) settleOwn(chat, draft, item, entry, step.row)
  for (const effect of step.effects) await takeEffect(chat, draft, entry, step.row, effect)
}

/**
 * An own message came back in the log: it is stored, whatever became of the call that sent it. Only one of the own
 * sealings is that: with anything else under its id the message is still on its way, and the home was caught.
 */
function settleOwn (chat: Chat, draft: Draft, item: OutboxItem, { leaf }: VerifiedEntry, row: Row): void {
  if (![item.sealing?.entry, ...item.earlier].some(hash => hash !== undefined && sameBytes(hash, leaf.entry))) {
    alarm(chat, draft, { kind: 'broken', seq: leaf.seq, message: `entry ${leaf.seq} stands under the id of an own message and is not what was sent` })
    return
  }
  if (row.kind === 'held' && !item.mark) {
    failOwn(chat, draft, item, row)
    return
  }
  draft.ops.push(chat.itemDel(item))
  draft.settled.push(item)
  if (item.mark) return
  draft.reached.push({ id: item.id, state: 'stored' })
  // What is about a message has an id that nobody was told of.
  if (isSaid(cachedBody(item.body))) draft.events.push({ type: 'messageState', chat: chat.id, id: base32Text(item.id), state: 'stored', error: null })
}

/** It stands in the log where it counts for nobody, by what the group let its members do there, or sealed for an epoch that was over: the person must know, and may write it again. */
function failOwn (chat: Chat, draft: Draft, item: OutboxItem, row: Row): void {
  const error = row.note?.startsWith(`${ForbiddenError.code}:`) === true
    ? { code: ForbiddenError.code, message: `when it reached the group, ${row.note.slice(ForbiddenError.code.length + 2)}` }
    : { code: ProofError.code, message: 'the relay put the message where its keys no longer hold, so nobody can read it: send it again' }
  const failed = { ...item, error }
  draft.ops.push(chat.itemOp(failed))
  draft.failed.push(failed)
  draft.reached.push({ id: item.id, state: 'failed' })
  draft.events.push({ type: 'messageState', chat: chat.id, id: base32Text(item.id), state: 'failed', error })
}

async function takeEffect (chat: Chat, draft: Draft, entry: VerifiedEntry, row: Row, effect: LogEffect): Promise<void> {
  switch (effect.type) {
    case 'message':
      if (row.kind === 'message' || row.kind === 'service') await takeSaid(chat, draft, entry, row, effect)
      draft.ops.push(...chat.deps.files?.used(chat.log, entry.leaf.id, effect.body) ?? [])
      break
    case 'marked':
      await markOwn(chat, draft, effect.delivered, 'delivered', effect.read.to)
      await markOwn(chat, draft, effect.read, 'read', 0)
      break
    case 'ownRead':
      draft.cursor = withUnread(draft.cursor, await unreadAfter(chat, effect.upTo, entry.leaf.seq, draft))
      draft.events.push({ type: 'chat', chat: chat.id, title: chat.title, change: 'read' })
      break
    case 'deleted':
      for (const id of effect.targets) await takeDeleted(chat, draft, entry.leaf.seq, id, effect.by)
      break
    case 'about':
      await takeAbout(chat, draft, entry.leaf.seq, effect.body, effect.from)
      break
    case 'named': takeName(chat, draft, { account: effect.from, name: effect.name, signed: effect.signed }, row.at); break
    case 'vouches':
      await releaseNamed(chat, draft, entry, effect.opened, async (...released) => { await takeEffect(chat, draft, ...released) })
      break
    case 'alarm':
      alarmed(chat, draft)
      break
    case 'gap':
      draft.events.push(gapEvent(chat, effect.gap, effect.healed))
      break
  }
}
