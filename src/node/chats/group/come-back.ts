/** A member that was removed from a group and is added again: its chat goes on where the new commit stands. */
import type { Seen } from '../../../protocol/message/index.js'
import { ProofError } from '../../../protocol/wire/index.js'
import { hasArrived } from '../arrival.js'
import type { Chat } from '../chat.js'
import { engineFor, keysOf } from '../chat-keys.js'
import type { Cursor } from '../cursor.js'
import { checkpointOps } from '../devices/checkpoint.js'
import type { ChatRecord } from '../chat-record.js'
import { manifestsOf } from '../member-manifests.js'
import type { PastOpener } from '../past/opener.js'
import { backPast, pastOp } from '../past/past-record.js'
import { showRights } from '../rights.js'
import type { SignedProfile } from '../names.js'
import { isMemberOf } from '../take-name.js'

/** What an invitation came to: the chat's record, and what its members call themselves. */
export interface Joined { readonly record: ChatRecord, readonly profiles: readonly SignedProfile[] }

/**
 * Takes the record of the new joining, durably. What was verified of the log stays; what came since is opened backwards, if this
 * account may read it. In the chat's turn `onBack` is called: whatever follows the log begins anew, and what is on its way is called back.
 */
export async function comeBack (chat: Chat, { record: joined, profiles }: Joined, opener: PastOpener, onBack: () => void): Promise<void> {
  const { deps } = chat
  const record = withOwnerKey(chat, joined)
  const engine = engineFor(manifestsOf(record.members), deps.now, deps.mls)
  const past = backPast(record)
  const keys = await keysOf(engine, engine.decodeState(record.mls), record.gpq, record.log)
  await chat.serial.run(async () => {
    // A takeover from below the new place must not lead back to what this account was before it was removed.
    const { cursor, ops } = chat.snapshots.take({ record, cursor: await placeBefore(chat, record), ownCommit: false })
    await deps.updates.write([...chat.recordOps(record), ...ops, ...chat.cursorOps(cursor), ...past === undefined ? [] : [pastOp(chat, past)], ...profiles.flatMap(profile => chat.names.ops(profile, isMemberOf(record.members))), ...checkpointOps(chat, { record, cursor })], [{ type: 'chat', chat: chat.id, title: chat.title, change: 'joined' }])
    chat.record = record
    chat.cursor = cursor
    chat.keys = keys
    for (const profile of profiles) chat.names.keep(profile)
    // In one step: by the keys of now nothing may go out that is on its way, sealed by those of before.
    showRights(chat)
    onBack()
  })
  opener.restart()
}

/** A group's owner key that was this account's stays: nobody gives it another one while it is out. Whether it is still the log's, the log shows. */
function withOwnerKey ({ record: { ownerSeed, direct } }: Chat, joined: ChatRecord): ChatRecord {
  // It counts as given to nobody: whoever had the leaf has it too.
  return joined.ownerSeed !== null || ownerSeed === null || direct ? joined : { ...joined, ownerSeed, holders: [] }
}

/** Slow mode begins anew with the commit that brings somebody in. */
function withoutPosts (cursor: Cursor): Cursor { return cursor.posts === undefined ? cursor : { ...cursor, posts: [] } }

/**
 * Where the log is read on from: at the place that was verified, or, if that is beyond the commit that lets the account in,
 * at the one before the commit by which it went out.
 */
async function placeBefore ({ cursor, snapshots }: Chat, { joined }: ChatRecord): Promise<Cursor> {
  const { read, alarm, back } = cursor
  if (joined === null || joined.seq > cursor.seq) return withoutPosts(cursor)
  const last = await snapshots.at(lastKept(cursor))
  if (last === undefined) throw new ProofError('this chat cannot be gone on with here: what it was before this account went out is not kept')
  // What a takeover took back is still on its way, and each run stays in its record.
  const { back: _then, ...then } = last.cursor
  return withoutPosts({ ...then, runs: cursor.runs.like(then.runs), read: Math.max(then.read, Math.min(read, then.seq)), alarm, ...back === undefined ? {} : { back } })
}

const lastKept = ({ snapshots = [] }: Cursor): number => snapshots.at(-1) ?? 0

/** Whether an invitation that speaks of this place can bring in this account anew: it was removed before, or a takeover lost the commit that let it in. */
export function mayComeBack (chat: Chat, { seq, term }: Pick<Seen, 'seq' | 'term'>): boolean {
  const { record: { stage, joined }, cursor } = chat
  const isLost = !hasArrived(chat) && term > (joined?.term ?? Infinity)
  // The log may have been read on since this account went out, and beyond the commit that lets it in.
  return (stage === 'out' && seq > lastKept(cursor)) || (isLost && seq > cursor.seq)
}
