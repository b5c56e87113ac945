/**
 * Takes what the home sends of a chat's log: verifies it, understands it, and writes rows, cursor and updates in
 * one durable batch, so that each entry is taken exactly once whatever is killed when.
 */
import type { MessageState, UpdateEvent } from '../../protocol/api/index.js'
import {
  base32Text, ENTRY_KIND, LIMITS, openManifest, peerIdText, ProofError, sameBytes, verifyHead, verifyRun, type CheckedManifest, type Digest, type EntryId, type KeyBytes, type StoredEntry, type VerifiedEntry
} from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import { CaughtError, type Finding } from './alarm.js'
import type { Chat } from './chat.js'
import type { ChatKeys } from './chat-keys.js'
import type { ChatRecord } from './chat-record.js'
import { takeCommit } from './commit-step.js'
import { withAlarm, type Cursor } from './cursor.js'
import { erasedRow, erasingOp, mayDelete } from './erasing.js'
import { bareRow, takeEntry, type LogEffect } from './log-machine.js'
import type { OutboxItem } from './outbox-item.js'
import type { Row } from './row.js'
import { rowView } from './view.js'

/** What one batch of entries does, gathered before it is written. */
interface Draft {
  cursor: Cursor
  record: ChatRecord
  keys: ChatKeys
  members: readonly CheckedManifest[]
  rows: Map<number, Row>
  ops: KeyValueOp[]
  events: UpdateEvent[]
  settled: OutboxItem[]
  failed: OutboxItem[]
  reached: Array<{ id: EntryId, state: MessageState }>
  invited: boolean
  erasing: boolean
}

/** What the caller does after a batch: whether a new epoch began, whether this is all there is, whether something is to be erased at the home, and whether a receipt that came meanwhile contradicts it. */
export interface Taken { epochChanged: boolean, current: boolean, erasing: boolean, lie?: ProofError }

/**
 * Takes consecutive entries after the cursor (or none), and the attested head that came with them. Runs in the chat's turn.
 *
 * @throws ProofError when the home's chain does not hold: nothing of the batch is kept
 */
export async function takeEntries (chat: Chat, entries: readonly StoredEntry[], head: Uint8Array): Promise<Taken> {
  const { cursor } = chat
  const run = verifyRun({ seq: cursor.seq, hash: cursor.hash }, entries)
  const attested = verifyHead(head, { log: chat.log, home: chat.genesis.home, term: cursor.term, at: run.to })
  const { seq: end } = attested.statement
  if (end < cursor.seq) throw new CaughtError({ kind: 'rollback', seq: end, message: `the relay's log of this chat ends at entry ${end}, and ${cursor.seq} were verified here: it was rolled back` })
  const { joined } = chat.record
  if (joined !== null && end < joined.seq) throw new CaughtError({ kind: 'rollback', seq: end, message: `the relay's log of this chat ends at entry ${end}, and its invitation stands at ${joined.seq}` })
  if (end < run.to.seq) throw new ProofError('the relay sent entries beyond the head that it signed')
  const current = end === run.to.seq
  if (entries.length === 0) return { epochChanged: false, current, erasing: false }
  const draft = newDraft(chat)
  for (const entry of run.entries) await takeOne(chat, draft, entry)
  if (draft.record !== chat.record) draft.ops.push(chat.recordOp(draft.record))
  const epochChanged = draft.keys !== chat.keys
  draft.ops.push(chat.cursorOp(draft.cursor))
  await chat.deps.updates.write(draft.ops, draft.events)
  const lie = settle(chat, draft)
  return { epochChanged, current, erasing: draft.erasing, ...(lie === undefined ? {} : { lie }) }
}

function newDraft (chat: Chat): Draft {
  return {
    cursor: chat.cursor, record: chat.record, keys: chat.keys, members: chat.manifests, rows: new Map(), ops: [], events: [], settled: [], failed: [], reached: [], invited: false, erasing: false
  }
}

function settle (chat: Chat, draft: Draft): ProofError | undefined {
  chat.cursor = draft.cursor
  chat.record = draft.record
  chat.keys = draft.keys
  let lie: ProofError | undefined
  for (const [seq, row] of draft.rows) {
    if (!chat.keptPromise(seq, row.hash)) lie = brokenPromise(seq)
    chat.remember(seq, row.hash)
  }
  for (const item of draft.settled) chat.outbox.delete(item)
  for (const item of draft.failed) chat.outbox.set(item)
  for (const { id, state } of draft.reached) chat.reached(id, state)
  if (draft.invited) chat.deps.invited()
  return lie
}

function brokenPromise (seq: number): ProofError { return new CaughtError({ kind: 'fork', seq, message: `entry ${seq} is not the one that the relay gave a receipt for` }) }

async function takeOne (chat: Chat, draft: Draft, entry: VerifiedEntry): Promise<void> {
  if (!chat.keptPromise(entry.leaf.seq, entry.hash)) throw brokenPromise(entry.leaf.seq)
  const { joined } = draft.record
  if (joined !== null && entry.leaf.seq <= joined.seq) takeBefore(draft, entry, joined)
  else if (entry.leaf.kind === ENTRY_KIND.commit) await takeCommitEntry(chat, draft, entry)
  else await takeDataEntry(chat, draft, entry)
  const row = draft.rows.get(entry.leaf.seq)
  if (row !== undefined) draft.ops.push(...chat.timeline.put(entry.leaf.seq, row, !await isDouble(chat, draft, entry, row)))
}

/** Something unreadable under the id of a message that is there: the id stays the message's. */
async function isDouble (chat: Chat, draft: Draft, { leaf }: VerifiedEntry, row: Row): Promise<boolean> {
  if (row.kind !== 'held') return false
  for (const [seq, other] of draft.rows) if (seq !== leaf.seq && sameBytes(other.id, leaf.id)) return true
  return chat.outbox.get(leaf.id) !== undefined || await chat.timeline.find(leaf.id) !== undefined
}

/** An entry from before this account came in: numbered and hashed, not read. */
function takeBefore (draft: Draft, entry: VerifiedEntry, joined: NonNullable<ChatRecord['joined']>): void {
  if (entry.leaf.seq === joined.seq && !sameBytes(entry.hash, joined.hash)) throw new ProofError('the chat\'s log is not the one that the invitation spoke of')
  const lastCommit = entry.leaf.kind === ENTRY_KIND.commit ? entry.leaf.seq : draft.cursor.lastCommit
  const holes = draft.cursor.holes + (entry.leaf.kind === ENTRY_KIND.data ? 1 : 0)
  draft.cursor = { ...draft.cursor, seq: entry.leaf.seq, hash: entry.hash, lastCommit, holes }
  draft.rows.set(entry.leaf.seq, bareRow('before', entry, { epoch: 0 }))
}

async function takeCommitEntry (chat: Chat, draft: Draft, entry: VerifiedEntry): Promise<void> {
  const pending = draft.record.commit
  const outcome = await judged(chat, draft, async hashAt => await takeCommit(draft.record, draft.keys, entry, { now: chat.deps.now(), hashAt, mls: chat.deps.mls }))
  const cursor = { ...draft.cursor, seq: entry.leaf.seq, hash: entry.hash, lastCommit: entry.leaf.seq }
  if (!outcome.ok) {
    draft.cursor = cursor
    draft.rows.set(entry.leaf.seq, bareRow('held', entry, draft.keys, `${outcome.error.code}: ${outcome.error.message}`))
    alarm(chat, draft, { kind: 'commit', seq: entry.leaf.seq, message: `a member's commit does not hold (${outcome.error.message}): the chat's owner must void it` })
    return
  }
  draft.cursor = cursor
  if (outcome.lie !== undefined) alarm(chat, draft, outcome.lie)
  draft.record = outcome.record
  draft.keys = outcome.keys
  draft.members = outcome.record.members.map(m => openManifest(m.manifest))
  draft.rows.set(entry.leaf.seq, bareRow('commit', entry, outcome.keys))
  if (outcome.won && pending?.added != null && pending.welcome !== null) {
    const { member, keyPackage, pq } = pending.added
    const at = { term: cursor.term, seq: cursor.seq, hash: cursor.hash }
    draft.ops.push(...chat.deps.invite(outcome.record, at, { account: member.account, keyPackage, pq, welcome: pending.welcome }))
    draft.invited = true
  }
}

function alarm (chat: Chat, draft: Draft, finding: Finding): void {
  draft.cursor = withAlarm(draft.cursor, finding, chat.deps.now())
  alarmed(chat, draft)
}

function alarmed (chat: Chat, draft: Draft): void {
  draft.events.push({ type: 'chat', chat: chat.id, title: chat.title, change: 'alarm' })
}

/** Judges an entry by the chain's hashes: the recent ones from memory, and when it names an older one, again with that from the disk. */
async function judged<T> (chat: Chat, draft: Draft, judge: (hashAt: (seq: number) => Digest | undefined) => T | Promise<T>): Promise<T> {
  const known = (seq: number): Digest | undefined => draft.rows.get(seq)?.hash ?? chat.hashAt(seq)
  const missed: number[] = []
  const verdict = await judge(seq => {
    const hash = known(seq)
    if (hash === undefined) missed.push(seq)
    return hash
  })
  const [seq] = missed
  const row = seq === undefined ? undefined : await chat.timeline.at(seq)
  return row === undefined ? verdict : await judge(other => other === seq ? row.hash : known(other))
}

async function takeDataEntry (chat: Chat, draft: Draft, entry: VerifiedEntry): Promise<void> {
  const { keys: { epoch, content }, members } = draft
  const step = await judged(chat, draft, hashAt => takeEntry(draft.cursor, entry, { log: chat.log, epoch, content, me: chat.deps.me, members, hashAt, now: chat.deps.now() }))
  draft.cursor = step.cursor
  draft.rows.set(entry.leaf.seq, step.row)
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
    failOwn(chat, draft, item)
    return
  }
  draft.ops.push(chat.itemDel(item))
  draft.settled.push(item)
  if (item.mark) return
  draft.reached.push({ id: item.id, state: 'stored' })
  draft.events.push({ type: 'messageState', chat: chat.id, id: base32Text(item.id), state: 'stored', error: null })
}

/** It stands in the log where nobody can read it, sealed for an epoch that was over there: the person must know, and may write it again. */
function failOwn (chat: Chat, draft: Draft, item: OutboxItem): void {
  const error = { code: ProofError.code, message: 'the relay put the message where its keys no longer hold, so nobody can read it: send it again' }
  const failed = { ...item, error }
  draft.ops.push(chat.itemOp(failed))
  draft.failed.push(failed)
  draft.reached.push({ id: item.id, state: 'failed' })
  draft.events.push({ type: 'messageState', chat: chat.id, id: base32Text(item.id), state: 'failed', error })
}

async function takeEffect (chat: Chat, draft: Draft, entry: VerifiedEntry, row: Row, effect: LogEffect): Promise<void> {
  switch (effect.type) {
    case 'message':
      if (!effect.own && (row.kind === 'message' || row.kind === 'service')) {
        draft.events.push({ type: 'message', message: rowView(entry.leaf.seq, row, draft.cursor, chat.view) })
      }
      break
    case 'marked':
      await markOwn(chat, draft, effect.delivered, 'delivered', effect.read.to)
      await markOwn(chat, draft, effect.read, 'read', 0)
      break
    case 'ownRead':
      draft.cursor = { ...draft.cursor, unread: 0 }
      break
    case 'deleted':
      for (const id of effect.targets) await takeBack(chat, draft, entry.leaf.seq, id, effect.by)
      break
    case 'alarm':
      alarmed(chat, draft)
      break
  }
}

/** A message is taken back for all: its words go here, and, when this account says so, at the home. */
async function takeBack (chat: Chat, draft: Draft, at: number, id: EntryId, by: KeyBytes): Promise<void> {
  const found = [...draft.rows].map(([seq, row]) => ({ seq, row })).find(({ row }) => sameBytes(row.id, id)) ?? await chat.timeline.find(id)
  if (found === undefined || found.seq >= at || !mayDelete(found.row, by, chat.record.direct)) return
  const { seq, row } = found
  draft.rows.set(seq, erasedRow(row))
  draft.ops.push(...chat.timeline.put(seq, erasedRow(row)))
  if (sameBytes(by, chat.deps.me)) {
    draft.ops.push(erasingOp(chat, seq, id))
    draft.erasing = true
  }
  const wasUnread = seq > draft.cursor.read && row.kind === 'message' && row.from !== null && !sameBytes(row.from, chat.deps.me)
  if (wasUnread) draft.cursor = { ...draft.cursor, unread: Math.max(0, draft.cursor.unread - 1) }
  draft.events.push({ type: 'messageDeleted', chat: chat.id, id: base32Text(id), seq, by: peerIdText(by) })
}

/**
 * Tells of each own message between two marks; what is read in the same mark is not told as delivered first. Of very
 * many the newest are told, and those that somebody waits for: one mark must fit one batch.
 */
async function markOwn (chat: Chat, draft: Draft, span: { from: number, to: number }, state: 'delivered' | 'read', skipTo: number): Promise<void> {
  const start = Math.max(span.from, skipTo)
  const from = Math.max(start, span.to - LIMITS.markSpan)
  if (from > start) for (const id of chat.watched()) if (await isBetween(chat, id, start, from)) draft.reached.push({ id, state })
  for (let seq = from + 1; seq <= span.to; seq++) {
    const row = draft.rows.get(seq) ?? await chat.timeline.at(seq)
    if (row?.kind !== 'message' || row.from === null || !sameBytes(row.from, chat.deps.me)) continue
    draft.reached.push({ id: row.id, state })
    draft.events.push({ type: 'messageState', chat: chat.id, id: base32Text(row.id), state, error: null })
  }
}

async function isBetween (chat: Chat, id: EntryId, from: number, to: number): Promise<boolean> {
  const found = await chat.timeline.find(id)
  return found !== undefined && found.seq > from && found.seq <= to
}
