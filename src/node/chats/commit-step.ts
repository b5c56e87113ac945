/** What a commit entry does to a chat: adopt the own one, follow another's, or hold it. No I/O; MLS is asked. */
import { openHandshake, type CommitPolicy } from '../../protocol/crypto/index.js'
import { decodeCommitPayload, decodeHandshake } from '../../protocol/message/index.js'
import { decodeCaps, encodeCaps, ForbiddenError, openManifest, PetrelError, ProofError, sameBytes, type CheckedManifest, type VerifiedEntry } from '../../protocol/wire/index.js'
import { capsOf, engineFor, keysOf, manifestOfLeaf, type ChatKeys } from './chat-keys.js'
import type { ChatMember, ChatRecord } from './chat-record.js'

/** The chat after a commit; `won` when it was the own pending one. A commit that does not hold leaves the chat as it was. */
export type CommitOutcome =
  | { ok: true, record: ChatRecord, keys: ChatKeys, won: boolean }
  | { ok: false, error: PetrelError }

/** Takes a commit entry at its place in the log. */
export async function takeCommit (record: ChatRecord, keys: ChatKeys, entry: VerifiedEntry, now: number): Promise<CommitOutcome> {
  try {
    if (record.commit !== null && sameBytes(record.commit.id, entry.leaf.id)) return await adopt(record, record.commit, entry, now)
    return await follow(record, keys, entry, now)
  } catch (error) {
    if (error instanceof PetrelError) return { ok: false, error }
    throw error
  }
}

async function adopt (record: ChatRecord, pending: NonNullable<ChatRecord['commit']>, entry: VerifiedEntry, now: number): Promise<CommitOutcome> {
  const members = pending.added === null ? record.members : [...record.members, pending.added.member]
  const engine = engineFor(members.map(m => openManifest(m.manifest)), () => now)
  const state = engine.decodeState(pending.mls)
  const keys = await keysOf(engine, state, record.gpq, record.log)
  requireCaps(entry, keys)
  return { ok: true, won: true, keys, record: { ...record, stage: 'ready', members, mls: pending.mls, epoch: state.epoch, history: keys.history, commit: null } }
}

async function follow (record: ChatRecord, keys: ChatKeys, entry: VerifiedEntry, now: number): Promise<CommitOutcome> {
  if (entry.payload === null) throw new ProofError('the commit was erased')
  const payload = decodeCommitPayload(entry.payload)
  const handshake = decodeHandshake(openHandshake(keys.handshake, payload.handshake, { log: record.log, epoch: record.epoch, id: entry.leaf.id }))
  const manifests = [...record.members.map(m => m.manifest), ...handshake.manifests].map(m => openManifest(m))
  const engine = engineFor(manifests, () => now)
  const processed = await engine.process(engine.decodeState(record.mls), handshake.mls, record.direct ? directPolicy : refuseAll)
  if (processed.removedSelf) throw new ForbiddenError('this account was removed from the chat')
  const next = await keysOf(engine, processed.state, record.gpq, record.log)
  requireCaps(entry, next)
  const members = engine.members(processed.state).map(m => memberOf(manifestOfLeaf(manifests, m.identity, m.signatureKey)))
  // Another's commit won: the own pending one was made for an epoch that is over.
  return { ok: true, won: false, keys: next, record: { ...record, members, mls: engine.encodeState(processed.state), epoch: processed.state.epoch, history: next.history, commit: null } }
}

function memberOf (manifest: CheckedManifest | undefined): ChatMember {
  if (manifest === undefined) throw new ProofError('a member has no manifest that vouches for it')
  return { account: manifest.manifest.account, manifest: manifest.bytes }
}

/** The home was told the keys of the next epoch: they must be the ones that the members derive. */
function requireCaps (entry: VerifiedEntry, keys: ChatKeys): void {
  const { append, read } = capsOf(keys)
  const told = entry.leaf.caps === null ? undefined : decodeCaps(entry.leaf.caps)
  if (told === undefined || !sameBytes(encodeCaps({ append: told.append, read: told.read }), encodeCaps({ append, read }))) {
    throw new ProofError('the commit installs capability keys that its members do not derive')
  }
}

/** In a direct chat members may renew their own leaves, and nothing else. */
const directPolicy: CommitPolicy = change => {
  if (change.added.length > 0 || change.removed.length > 0 || change.extensions !== undefined) {
    throw new ForbiddenError('nobody may add, remove or change rights in a direct chat')
  }
}

const refuseAll: CommitPolicy = () => { throw new ForbiddenError('groups come with a later version: update Petrel') }
