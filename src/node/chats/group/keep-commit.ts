/** Makes a commit on what a chat has come to, and keeps it until the log shows it. */
import { signerFromSeed, InternalError, LIMITS, sameBytes, type EntryId } from '../../../protocol/wire/index.js'
import type { MediaFile } from '../../../protocol/message/index.js'
import type { Chat } from '../chat.js'
import { seenAt } from '../cursor.js'
import type { ChatRecord } from '../chat-record.js'
import { ownCommitOps } from '../devices/own-commit.js'
import type { Todo } from './intent.js'
import { makeGroupCommit, type Candidate } from './make-commit.js'

/** What a commit is to do, with whom, and the wishes that it carries out. */
export interface CommitWork { readonly todo: Todo, readonly candidates: readonly Candidate[], readonly done: readonly EntryId[] }

/** In the chat's turn: nothing else may be taken between the look at the state and the commit on top of it. @throws as {@link makeGroupCommit} */
export async function keepCommit (chat: Chat, { todo, candidates, done }: CommitWork): Promise<void> {
  const { record, keys, cursor, deps } = chat
  const profiles = candidates.length === 0 ? [] : await chat.names.signed(record.members.map(m => m.account), LIMITS.mlsMembers * LIMITS.profileBytes)
  const { commit, roster } = await makeGroupCommit({
    record: asHolder(chat), keys, me: deps.manifest(), device: deps.device, seen: seenAt(cursor), base: cursor.lastCommit, todo, candidates, profiles, now: deps.now(), mls: deps.mls, letterBytes: deps.letterRosterBytes, done
  })
  const kept = roster === undefined ? commit : { ...commit, roster: await keepRoster(chat, roster) }
  const next = { ...record, commit: kept }
  await deps.kv.batch([...chat.recordOps(next), ...ownCommitOps(deps.vault, record, kept)])
  chat.record = next
}

/** The record, without an owner key that is not the log's any more: what a thief of the leaf has replaced orders nothing. Derives a key, so it is asked last. */
export function asHolder ({ record, place }: Pick<Chat, 'record' | 'place'>): ChatRecord {
  const { ownerSeed } = record
  return ownerSeed === null || sameBytes(signerFromSeed(ownerSeed).key, place.owner) ? record : { ...record, ownerSeed: null }
}

async function keepRoster ({ deps: { files } }: Chat, roster: Uint8Array): Promise<MediaFile> {
  if (files === undefined) throw new InternalError('there is nowhere to keep a roster')
  return await files.keep(roster)
}
