/** What one batch of entries changes, gathered before it is written. */
import type { MessageState, UpdateEvent } from '../../protocol/api/index.js'
import { base32Text, sameBytes, type CheckedManifest, type EntryId, type Leaf, type VerifiedEntry, type WalkedEntry } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { Said } from '../updates/index.js'
import type { AboutDraft } from './about/about-draft.js'
import type { Finding } from './alarm.js'
import { withoutPlace } from './arrival.js'
import type { Chat } from './chat.js'
import type { ChatKeys } from './chat-keys.js'
import { homeOf, type ChatRecord } from './chat-record.js'
import { withAlarm, type Cursor } from './cursor.js'
import { DraftRows } from './draft-rows.js'
import type { Intent } from './group/intent.js'
import type { SignedProfile } from './names.js'
import type { OpenedRun } from './open-run.js'
import type { OutboxItem } from './outbox-item.js'
import { PastDeletes } from './past/past-deletes.js'
import type { Preview } from './pipes/preview.js'
import type { LeftBehind } from './promises.js'
import type { NumberedRow, TimelineChange } from './timeline.js'
import { epochOf, type BackItem } from './taken-back.js'

/** What one batch of entries does, gathered before it is written. */
export interface Draft {
  cursor: Cursor
  record: ChatRecord
  keys: ChatKeys
  members: readonly CheckedManifest[]
  rows: DraftRows
  /** What of rows is written. */
  lines: TimelineChange
  /** What ids of this batch stood for before it, by their names: read at once. */
  found: Map<string, NumberedRow | undefined>
  /** Ids of it that stood for nothing, as long as nobody has asked for one of them: they are not among those yet. */
  newIds: readonly EntryId[]
  /** Whether none of them stood for anything, and none comes twice. */
  areIdsNew: boolean
  ops: KeyValueOp[]
  events: Array<UpdateEvent | Said>
  /** Whether so much comes at once that what is said is told by its place alone. */
  isLong: boolean
  settled: OutboxItem[]
  failed: OutboxItem[]
  /** What members called themselves. */
  names: SignedProfile[]
  /** Previews whose ids the log has now. */
  shown: Preview[]
  reached: Array<{ id: EntryId, state: MessageState }>
  invited: boolean
  /** Something is to be erased at the home. */
  erasing: boolean
  /** Numbers whose words go here. */
  erased: Set<number>
  /** Leaves of this batch whose words were gone when they came, by their numbers. */
  wordless: Map<number, Leaf>
  /** Messages that entries of this batch are about, by their ids' text. */
  about: Map<string, AboutDraft>
  /** The most that what was known about them takes. */
  factBytes: number
  /** Orders to take back what is not opened yet, those of this batch too: several may be about one message. */
  pastDeletes: PastDeletes
  /** Taken back entries that stand in the log again. */
  returned: BackItem[]
  /** The last entry was a commit that holds: whether the own one, and the wishes that it carried out then. */
  committed: { own: boolean, wishes: Intent[] } | null
  /** The place where this account came in was found again after a takeover. */
  arrived: boolean
  /** What the messages up to the next commit say. */
  opened: OpenedRun | undefined
  /** Takeovers that this batch has come by. */
  left: LeftBehind[]
  /** Entries are read again that were taken before: they change cursor, record and keys, and are not told. */
  isReplay: boolean
}

/** A batch that begins with a chat as it is. */
export function newDraft (chat: Chat): Draft {
  return {
    cursor: chat.cursor, record: chat.record, keys: chat.keys, members: chat.manifests, rows: new DraftRows(), lines: chat.timeline.change(), found: new Map(), newIds: [], ops: [], events: [], settled: [], failed: [], names: [], shown: [], reached: [], invited: false,
    erasing: false, erased: new Set(), wordless: new Map(), about: new Map(), factBytes: 0, pastDeletes: new PastDeletes(chat), returned: [], committed: null, arrived: false, isLong: false, areIdsNew: false, isReplay: false, opened: undefined, left: []
  }
}

/** The owner's order: unless a later one is known, the log lives where it says. */
export function openTerm (chat: Chat, draft: Draft, { action, bytes }: NonNullable<WalkedEntry['opened']>): void {
  // A letter may have come from the term before, and speak of more of it than is kept.
  if (action.term > (draft.record.joined?.term ?? Infinity)) draft.record = withoutPlace(draft.record, action.seq)
  if (action.term <= (draft.record.home?.term ?? 1)) return
  draft.record = { ...draft.record, home: homeOf(action, bytes) }
  draft.events.push({ type: 'chat', chat: chat.id, title: chat.title, change: 'moved' })
}

/** After a commit that holds there is a state to go back to; after one that puts this account out none that it could go on from. */
export function snapshotOfCommit (chat: Chat, draft: Draft): void {
  const { committed, isReplay } = draft
  draft.committed = null
  if (committed !== null && !isReplay && draft.record.stage !== 'out') snapshot(chat, draft, committed.own ? committed.wishes : null)
}

/** Keeps the state of the draft. `wishes`: what the entry carried out, when it is this account's own commit; else null. */
export function snapshot (chat: Chat, draft: Draft, wishes: Intent[] | null): void {
  const { cursor, ops, dropped } = chat.snapshots.take({ record: draft.record, cursor: draft.cursor, ownCommit: wishes !== null, ...wishes === null || wishes.length === 0 ? {} : { wishes } })
  draft.cursor = cursor
  // Of many commits in one batch those that do not stay are not written at all: they may take megabytes each.
  const isDropped = (op: KeyValueOp): boolean => op.type === 'put' && dropped.some(seq => sameBytes(op.key, chat.snapshots.del(seq).key))
  draft.ops = [...dropped.length === 0 ? draft.ops : draft.ops.filter(op => !isDropped(op)), ...ops]
}

/** What a takeover had taken back stands in the log again. */
export function takeReturned (chat: Chat, draft: Draft, back: BackItem, { leaf }: VerifiedEntry): void {
  draft.ops.push(chat.back.del(back.order))
  draft.returned.push(back)
  const { row } = back
  const isOwn = row.from !== null && sameBytes(row.from, chat.deps.me)
  if (isOwn && row.kind === 'message') {
    draft.reached.push({ id: leaf.id, state: 'stored' })
    draft.events.push({ type: 'messageState', chat: chat.id, id: base32Text(leaf.id), state: 'stored', error: null })
  }
  if (!back.read || isOwn || row.kind !== 'message') return
  // It had been read, and it is not new for having another number.
  const unread = Math.max(0, draft.cursor.unread - 1)
  draft.cursor = { ...draft.cursor, unread, read: unread === 0 ? Math.max(draft.cursor.read, leaf.seq) : draft.cursor.read }
}

/** An own commit that a takeover took back is adopted a second time from what it led to the first time. Not in another epoch than it was made in. */
export function withReturning (record: ChatRecord, back: BackItem | undefined): ChatRecord {
  return back?.own?.pending == null || epochOf(back) !== record.epoch ? record : { ...record, commit: back.own.pending }
}

/** Raises the chat's alarm, and tells of it. */
export function alarm (chat: Chat, draft: Draft, finding: Finding): void {
  draft.cursor = withAlarm(draft.cursor, finding, chat.deps.now())
  alarmed(chat, draft)
}

/** Tells of an alarm that the cursor has. */
export function alarmed (chat: Chat, draft: Draft): void {
  draft.events.push({ type: 'chat', chat: chat.id, title: chat.title, change: 'alarm' })
}
