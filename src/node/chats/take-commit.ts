/** Takes a commit entry of a chat's log into a batch: the next epoch, or the entry held and an alarm. */
import { cachedPolicy } from '../../protocol/message/index.js'
import { ProofError, sameBytes, type KeyBytes, type VerifiedEntry } from '../../protocol/wire/index.js'
import type { Chat } from './chat.js'
import { engineFor } from './chat-keys.js'
import type { ChatRecord, PendingCommit } from './chat-record.js'
import { takeCommit, type CommitOutcome } from './commit-step.js'
import { loseLeaf, ofOtherDevice } from './devices/other-commit.js'
import { lostCommitOps } from './devices/own-commit.js'
import { isComparable, marksAfter } from './cursor.js'
import { alarm, snapshot, withReturning, type Draft } from './draft.js'
import { withWishes, type Intent } from './group/intent.js'
import { roomForNames } from './group/make-commit.js'
import { groupNotice } from './group/notice.js'
import { judged } from './judged.js'
import { bareRow } from './log-machine.js'
import { accountName, manifestsOf } from './member-manifests.js'
import { ownPast, ownPastOps } from './own-past.js'
import { epochOf, type BackItem } from './taken-back.js'
import { rowView } from './view.js'

/** See the file's head. */
export async function takeCommitEntry (chat: Chat, draft: Draft, entry: VerifiedEntry): Promise<void> {
  const back = draft.isReplay ? undefined : chat.back.get(entry.leaf.id)
  if (back?.own?.pending === null && epochOf(back) === draft.record.epoch) back.own = { ...back.own, pending: await ownPast(chat, draft.record, entry) ?? null }
  draft.record = withReturning(draft.record, back)
  const before = draft.record
  const pending = before.commit
  const known = draft.isReplay ? (await chat.timeline.at(entry.leaf.seq))?.kind : undefined
  const { outcome, isElsewhere } = await outcomeOf(chat, draft, entry, known !== undefined)
  // An invitation may come for a place that is not far beyond, and be read late: the log is read on from here then.
  if (!draft.isReplay && (outcome.ok ? outcome.renews === true : outcome.missing !== undefined)) snapshot(chat, draft, null)
  if (!outcome.ok && outcome.missing !== undefined && !draft.isReplay) { loseLeaf(chat, draft, entry); return }
  const cursor = { ...draft.cursor, seq: entry.leaf.seq, hash: entry.hash, lastCommit: entry.leaf.seq }
  if (!outcome.ok) {
    if (known !== undefined && known !== 'held') throw new ProofError(`this node cannot go back over commit ${entry.leaf.seq} of this chat: it does not have any more what it led to`)
    draft.cursor = cursor
    // The own one came at a time at which it is not allowed: nobody takes it, and it is not handed over again.
    if (!before.direct && pending !== null && sameBytes(pending.id, entry.leaf.id)) draft.record = { ...draft.record, commit: null, ...back?.own == null ? {} : { intents: withWishes(draft.record.intents, back.own.wishes) } }
    const { error: { code, message }, committer } = outcome
    draft.rows.set(entry.leaf.seq, { ...bareRow('held', entry, draft.keys, `${code}: ${message}`), from: committer ?? null })
    const whose = committer === undefined ? 'a member' : chat.nameOf(committer)
    alarm(chat, draft, { kind: 'commit', seq: entry.leaf.seq, message: `${whose}'s commit does not hold (${message}): the chat's owner must void it` })
    return
  }
  const accounts = ({ members }: Pick<ChatRecord, 'members'>): KeyBytes[] => members.map(({ account }) => account)
  draft.cursor = before.direct || before.members === outcome.record.members ? cursor : { ...cursor, marks: marksAfter(cursor, entry.leaf.seq, accounts(before), accounts(outcome.record), chat.deps.me) }
  if (outcome.lie !== undefined) alarm(chat, draft, outcome.lie)
  // Who comes in does not know who wrote last before: for all others slow mode begins anew as well, or they would not count the same messages.
  if (draft.cursor.posts !== undefined && (outcome.repairs === true || newcomers(before, outcome.record).length > 0)) draft.cursor = { ...draft.cursor, posts: [] }
  draft.record = outcome.record
  draft.keys = outcome.keys
  draft.members = manifestsOf(outcome.record.members)
  const notice = outcome.renews === true ? undefined : groupNotice(chat.record.direct ? null : before, outcome.record, { byLink: outcome.byLink, me: chat.deps.me, banned: outcome.banned })
  const row = notice === undefined ? bareRow('commit', entry, outcome.keys) : { ...bareRow('service', entry, outcome.keys), from: outcome.committer ?? chat.deps.me, body: notice }
  draft.rows.set(entry.leaf.seq, row)
  draft.committed = { own: outcome.won, wishes: outcome.won && !isElsewhere ? wishesOf(before, back) : [] }
  if (draft.isReplay) return
  if (outcome.won) draft.ops.push(...await ownPastOps(chat, before, outcome.record, entry.leaf.id, draft.committed.wishes))
  if (notice !== undefined || before.members.length !== outcome.record.members.length || (outcome.record.stage === 'out' && outcome.renews !== true)) {
    const change = outcome.record.stage === 'out' ? 'removed' as const : 'members' as const
    // One that a takeover had taken back was told before.
    if (notice !== undefined && back?.row.kind !== 'service') draft.events.push({ type: 'message', message: rowView(entry.leaf.seq, row, draft.cursor, chat.view) })
    draft.events.push({ type: 'chat', chat: chat.id, title: outcome.record.policy === undefined ? chat.title : cachedPolicy(outcome.record.policy).title, change })
  }
  if (pending !== null && (!outcome.won || isElsewhere)) draft.ops.push(...lostCommitOps(chat.deps.vault, pending))
  if (!outcome.won || isElsewhere || pending === null) return
  if (pending.welcome === null) tellNewcomers(chat, draft, before)
  else await inviteThem(chat, draft, pending, pending.welcome)
}

/** What a commit does to the chat; one that another device of this account made is adopted from what that one has kept. `isKnown`: it was taken before. */
async function outcomeOf (chat: Chat, draft: Draft, entry: VerifiedEntry, isKnown: boolean): Promise<{ outcome: CommitOutcome, isElsewhere: boolean }> {
  const take = async (record: ChatRecord): Promise<CommitOutcome> =>
    await judged(chat, draft, async hashAt => await takeCommit(record, draft.keys, entry, { now: chat.deps.now(), me: chat.deps.me, hashAt, isComparable: seen => isComparable(draft.cursor, seen), mls: chat.deps.mls }))
  const outcome = await take(draft.record)
  // Over what was taken before a replay leads by what was kept of it then.
  const kept = outcome.ok || outcome.missing === undefined ? undefined : await ownPast(chat, draft.record, entry)
  const elsewhere = outcome.ok || outcome.missing === undefined ? undefined : kept ?? ofOtherDevice(chat, draft, entry, outcome.missing, isKnown)
  return elsewhere === undefined ? { outcome, isElsewhere: false } : { outcome: await take({ ...draft.record, commit: elsewhere }), isElsewhere: true }
}

/** The wishes that an own commit carries out. */
function wishesOf ({ commit, intents = [] }: ChatRecord, back: BackItem | undefined): Intent[] {
  return [...back?.own?.wishes ?? [], ...intents.filter(({ id }) => commit?.intents?.some(one => sameBytes(one, id)) === true)]
}

/** Who is a member after a commit and was none before. */
function newcomers (before: ChatRecord, after: ChatRecord): KeyBytes[] {
  const known = new Set(before.members.map(({ account }) => accountName(account)))
  return after.members.map(({ account }) => account).filter(account => !known.has(accountName(account)))
}

/** Whom it adds was invited when it first stood in the log: they may know only of the home before. */
function tellNewcomers ({ deps }: Chat, draft: Draft, before: ChatRecord): void {
  const { home } = draft.record
  const added = home === undefined ? [] : newcomers(before, draft.record)
  if (home !== undefined) draft.ops.push(...added.map(account => deps.tellMove(account, home.action)))
  draft.invited ||= added.length > 0
}

async function inviteThem (chat: Chat, draft: Draft, pending: PendingCommit, welcome: Uint8Array): Promise<void> {
  const { roster } = pending
  const { cursor } = draft
  const at = { term: cursor.term, seq: cursor.seq, hash: cursor.hash }
  const profiles = roster === undefined && !draft.record.direct ? await chat.names.signed(draft.record.members.map(m => m.account), roomForNames(draft.record, chat.deps.letterRosterBytes)) : []
  const engine = engineFor([], chat.deps.now, chat.deps.mls)
  for (const { member, keyPackage, ref, pq } of pending.added) {
    // What is sealed to the others would be most of the letter.
    const own = ref === undefined || pending.added.length === 1 ? welcome : engine.welcomeFor(welcome, ref)
    draft.ops.push(...chat.deps.invite(draft.record, at, { account: member.account, keyPackage, pq, welcome: own, began: pending.id, profiles, ...roster === undefined ? {} : { roster } }))
  }
  if (roster !== undefined) draft.ops.push(...chat.deps.files?.posted(chat.log, roster) ?? [])
  draft.invited ||= pending.added.length > 0
}
