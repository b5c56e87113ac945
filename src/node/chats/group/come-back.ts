/** A member that was removed from a group and is added again: its chat goes on where the new commit stands. */
import type { Chat } from '../chat.js'
import { engineFor, keysOf } from '../chat-keys.js'
import type { ChatRecord } from '../chat-record.js'
import { manifestsOf } from '../member-manifests.js'
import type { PastOpener } from '../past/opener.js'
import { pastOp, startPast } from '../past/past-record.js'
import { showRights } from '../rights.js'

/** Takes the record of the new joining, durably. What was verified of the log stays; what came since is opened backwards, if this account may read it. */
export async function comeBack (chat: Chat, joined: ChatRecord, opener: PastOpener): Promise<void> {
  const { deps } = chat
  // Who made the group has its log's owner key from the beginning: nobody else can void or move.
  const record = { ...joined, ownerSeed: joined.ownerSeed ?? chat.record.ownerSeed }
  const engine = engineFor(manifestsOf(record.members), deps.now, deps.mls)
  const past = startPast(record)
  const keys = await keysOf(engine, engine.decodeState(record.mls), record.gpq, record.log)
  await chat.serial.run(async () => {
    await deps.updates.write([...chat.recordOps(record), ...past === undefined ? [] : [pastOp(chat, past)]], [{ type: 'chat', chat: chat.id, title: chat.title, change: 'joined' }])
    chat.record = record
    chat.keys = keys
  })
  opener.restart()
  showRights(chat)
}

/** Whether an invitation that speaks of this number can bring back this account, which was removed before. */
export function mayComeBack ({ record, cursor }: Chat, seq: number): boolean { return record.stage === 'out' && seq > cursor.seq }
