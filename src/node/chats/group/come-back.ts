/** A member that was removed from a group and is added again: its chat goes on where the new commit stands. */
import type { Seen } from '../../../protocol/message/index.js'
import { hasArrived } from '../arrival.js'
import type { Chat } from '../chat.js'
import { engineFor, keysOf } from '../chat-keys.js'
import { checkpointOps } from '../devices/checkpoint.js'
import type { ChatRecord } from '../chat-record.js'
import { manifestsOf } from '../member-manifests.js'
import type { PastOpener } from '../past/opener.js'
import { pastOp, startPast } from '../past/past-record.js'
import { showRights } from '../rights.js'
import type { SignedProfile } from '../names.js'
import { isMemberOf } from '../take-name.js'

/** What an invitation came to: the chat's record, and what its members call themselves. */
export interface Joined { readonly record: ChatRecord, readonly profiles: readonly SignedProfile[] }

/** Takes the record of the new joining, durably. What was verified of the log stays; what came since is opened backwards, if this account may read it. */
export async function comeBack (chat: Chat, { record, profiles }: Joined, opener: PastOpener): Promise<void> {
  const { deps } = chat
  const engine = engineFor(manifestsOf(record.members), deps.now, deps.mls)
  const past = startPast(record)
  const keys = await keysOf(engine, engine.decodeState(record.mls), record.gpq, record.log)
  await chat.serial.run(async () => {
    // A takeover from below the new place must not lead back to what this account was before it was removed.
    const { cursor, ops } = chat.snapshots.take({ record, cursor: chat.cursor, ownCommit: false })
    await deps.updates.write([...chat.recordOps(record), ...ops, ...chat.cursorOps(cursor), ...past === undefined ? [] : [pastOp(chat, past)], ...profiles.flatMap(profile => chat.names.ops(profile, isMemberOf(record.members))), ...checkpointOps(chat, { record, cursor })], [{ type: 'chat', chat: chat.id, title: chat.title, change: 'joined' }])
    chat.record = record
    chat.cursor = cursor
    chat.keys = keys
    for (const profile of profiles) chat.names.keep(profile)
  })
  opener.restart()
  showRights(chat)
}

/** Whether an invitation that speaks of this place can bring in this account anew: it was removed before, or a takeover lost the commit that let it in. */
export function mayComeBack (chat: Chat, { seq, term }: Pick<Seen, 'seq' | 'term'>): boolean {
  const { record: { stage, joined }, cursor } = chat
  const isLost = !hasArrived(chat) && term > (joined?.term ?? Infinity)
  return (stage === 'out' || isLost) && seq > cursor.seq
}
