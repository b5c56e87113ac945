/** Takes an entry from before this account came into a chat: numbered and hashed, not read; at the end of them the account has arrived. */
import { ENTRY_KIND, ProofError, sameBytes, type WalkedEntry } from '../../protocol/wire/index.js'
import { CaughtError } from './alarm.js'
import { arrivedAt, isArrival } from './arrival.js'
import type { Chat } from './chat.js'
import type { ChatRecord } from './chat-record.js'
import type { Draft } from './draft.js'
import { areMembers } from './group/members-tag.js'
import { bareRow } from './log-machine.js'
import { pastOp, startPast } from './past/past-record.js'
import { voidIn } from './void-step.js'

/** Whether an entry stands up to where this account came in, or where it is out: it has no keys for it yet. An order that voids the commit which put it out it can read. */
export function isBefore ({ record }: Pick<Draft, 'record'>, entry: WalkedEntry): boolean {
  return entry.leaf.seq <= arrivedAt(record) || (record.stage === 'out' && voidIn(entry) === undefined)
}

/** See the file's head. @throws ProofError when the log is another one than the invitation spoke of */
export function takeBefore (chat: Chat, draft: Draft, entry: WalkedEntry): void {
  const { leaf, hash } = entry
  const { joined } = draft.record
  if (joined !== null && isArrival(joined, entry, draft.keys)) arrive(chat, draft, entry, joined)
  const lastCommit = leaf.kind === ENTRY_KIND.commit ? leaf.seq : draft.cursor.lastCommit
  const holes = draft.cursor.holes + (leaf.kind === ENTRY_KIND.data ? 1 : 0)
  draft.cursor = { ...draft.cursor, seq: leaf.seq, hash, lastCommit, holes }
  draft.rows.set(leaf.seq, bareRow('before', entry, { epoch: 0 }))
}

function arrive (chat: Chat, draft: Draft, { leaf, hash, payload, place: { term } }: WalkedEntry, { hash: told, isGone }: NonNullable<ChatRecord['joined']>): void {
  if (isGone !== true && !sameBytes(hash, told)) throw new ProofError('the chat\'s log is not the one that the invitation spoke of')
  // Whoever invited it chose the manifests: by others than the group has, messages would count for this account that count for nobody else.
  if (!draft.record.direct && !areMembers(payload, draft.keys, draft.record.members)) {
    throw new CaughtError({ kind: 'broken', seq: leaf.seq, claim: true, message: 'whoever invited this account handed it other records of the members than the group has: somebody has to remove it and add it anew' })
  }
  draft.record = { ...draft.record, joined: { seq: leaf.seq, hash, term, id: leaf.id }, ...draft.record.direct && draft.record.epoch <= 1 ? {} : { began: leaf.id } }
  if (isGone !== true || draft.isReplay) return
  // What was before is opened from the new place on: what stood between the kept end and the old one is gone.
  const past = startPast(draft.record)
  if (past !== undefined) draft.ops.push(pastOp(chat, past))
  draft.arrived = true
}
