/** What a commit entry does to a chat: adopt the own one, follow another's, or hold it. No I/O; MLS is asked. */
import { openHandshake, openLink, type CommitPolicy, type MakeMlsEngine, type MlsMember } from '../../protocol/crypto/index.js'
import { decodeCommitPayload, decodeHandshake, openCommitStatement, type Seen } from '../../protocol/message/index.js'
import {
  decodeCaps, entryHash, ForbiddenError, lists, openManifest, PetrelError, ProofError, requireSuccession, sameBytes,
  type CheckedManifest, type Digest, type VerifiedEntry
} from '../../protocol/wire/index.js'
import type { Finding } from './alarm.js'
import { engineFor, keysOf, manifestOfLeaf, memberCapsOf, type ChatKeys } from './chat-keys.js'
import type { ChatMember, ChatRecord } from './chat-record.js'

/**
 * The chat after a commit; `won` when it was the own pending one, `lie` when its author had been shown another chain.
 * A commit that does not hold leaves the chat as it was.
 */
export type CommitOutcome =
  | { ok: true, record: ChatRecord, keys: ChatKeys, won: boolean, lie?: Finding }
  | { ok: false, error: PetrelError }

/** What a commit is judged by beside the chat itself. */
export interface CommitContext {
  /** Unix milliseconds. */
  now: number
  /** The chain's hash at a number this node verified, or undefined when it no longer has it. */
  hashAt: (seq: number) => Digest | undefined
  /** Whether what the author had seen can be compared with this chain; it can unless told. */
  isComparable?: (seen: Seen) => boolean
  /** The MLS engine; the library's unless told. */
  mls?: MakeMlsEngine | undefined
}

/** Takes a commit entry at its place in the log. */
export async function takeCommit (record: ChatRecord, keys: ChatKeys, entry: VerifiedEntry, context: CommitContext): Promise<CommitOutcome> {
  try {
    if (record.commit !== null && sameBytes(record.commit.id, entry.leaf.id)) return await adopt(record, record.commit, entry, context)
    return await follow(record, keys, entry, context)
  } catch (error) {
    if (error instanceof PetrelError) return { ok: false, error }
    throw error
  }
}

async function adopt (record: ChatRecord, pending: NonNullable<ChatRecord['commit']>, entry: VerifiedEntry, { now, mls }: CommitContext): Promise<CommitOutcome> {
  // The home knows the id since it was told the commit: other bytes under it would take this member into an epoch of its own.
  if (!sameBytes(entry.leaf.entry, entryHash(pending.payload))) throw new ProofError('the log has other bytes under the id of this account\'s own commit')
  const members = pending.added === null ? record.members : [...record.members, pending.added.member]
  const engine = engineFor(members.map(m => openManifest(m.manifest)), () => now, mls)
  const state = engine.decodeState(pending.mls)
  const keys = await keysOf(engine, state, record.gpq, record.log)
  const mirror = requireCaps(entry, keys, pending.added !== null)
  return { ok: true, won: true, keys, record: { ...record, ...mirror, stage: 'ready', members, mls: pending.mls, epoch: state.epoch, history: keys.history, commit: null } }
}

async function follow (record: ChatRecord, keys: ChatKeys, entry: VerifiedEntry, { now, hashAt, isComparable, mls }: CommitContext): Promise<CommitOutcome> {
  if (entry.payload === null) throw new ProofError('the commit was erased')
  const payload = decodeCommitPayload(entry.payload)
  const handshake = decodeHandshake(openHandshake(keys.handshake, payload.handshake, { log: record.log, epoch: record.epoch, id: entry.leaf.id }))
  const manifests = [...record.members.map(m => m.manifest), ...handshake.manifests].map(m => openManifest(m))
  const engine = engineFor(manifests, () => now, mls)
  const before = engine.decodeState(record.mls)
  const processed = await engine.process(before, handshake.mls, record.direct ? directPolicy : refuseAll)
  if (processed.removedSelf) throw new ForbiddenError('this account was removed from the chat')
  const next = await keysOf(engine, processed.state, record.gpq, record.log)
  requireCaps(entry, next, false)
  requireLink(record, next, payload.link)
  const standing = engine.members(processed.state).map(m => ({ leaf: m.leaf, manifest: manifestFor(m, manifests) }))
  for (const member of engine.members(before)) requireNoStepBack(manifestFor(member, manifests), standing.find(({ leaf }) => leaf === member.leaf)?.manifest)
  const committer = standing.find(({ leaf }) => leaf === processed.sender.leaf)?.manifest
  const seen = requireStatement(record, processed.aad, entry, committer)
  const lie = isComparable?.(seen) === false ? undefined : contradicts(seen, entry, hashAt)
  const members = standing.map(({ manifest }): ChatMember => ({ account: manifest.manifest.account, manifest: manifest.bytes }))
  // Another's commit won: the own pending one was made for an epoch that is over.
  return { ok: true, won: false, keys: next, ...(lie === undefined ? {} : { lie }), record: { ...record, stage: 'ready', members, mls: engine.encodeState(processed.state), epoch: processed.state.epoch, history: next.history, commit: null } }
}

function manifestFor ({ identity, signatureKey }: MlsMember, manifests: readonly CheckedManifest[]): CheckedManifest {
  const manifest = manifestOfLeaf(manifests, identity, signatureKey)
  if (manifest === undefined) throw new ProofError('a member has no manifest that vouches for it')
  return manifest
}

/** A leaf stays its account's, and its manifest only moves forward: else a revoked device could bring back the one that lists it. */
function requireNoStepBack (before: CheckedManifest, after: CheckedManifest | undefined): void {
  if (after === undefined || sameBytes(before.hash, after.hash)) return
  if (!sameBytes(before.manifest.account, after.manifest.account)) throw new ForbiddenError('a commit puts another account into a member\'s leaf')
  requireSuccession(before, after)
}

/** The commit was made by a device of the committer, for this very place. */
function requireStatement (record: ChatRecord, aad: Uint8Array, entry: VerifiedEntry, committer: CheckedManifest | undefined): Seen {
  const { statement, device } = openCommitStatement(aad)
  if (!sameBytes(statement.chat, record.log) || statement.epoch !== record.epoch || !sameBytes(statement.id, entry.leaf.id)) {
    throw new ProofError('the commit was made for another place')
  }
  if (committer === undefined || !sameBytes(statement.manifest, committer.hash) || !lists(committer.manifest, device)) {
    throw new ProofError('the commit is from a device that its account\'s manifest does not list')
  }
  return statement.seen
}

/** As for messages: the author had seen another chain than this node. */
function contradicts ({ seq, hash }: Seen, entry: VerifiedEntry, hashAt: CommitContext['hashAt']): Finding | undefined {
  const found = { kind: 'view', seq: entry.leaf.seq, claim: true } as const
  if (seq >= entry.leaf.seq) return { ...found, message: `the author of commit ${entry.leaf.seq} had seen ${seq} entries: the relay left out some or put them in another order, or the author lies` }
  const own = seq === 0 ? undefined : hashAt(seq)
  return own === undefined || sameBytes(own, hash) ? undefined : { ...found, message: `the author of commit ${entry.leaf.seq} had seen another history of this chat, at number ${seq}: the relay shows different ones to different people, or the author lies` }
}

/**
 * The home was told the keys of the next epoch: they must be the ones that the members derive. A commit that changes who
 * is a member names the mirror key too (one of an earlier version may leave it as it was), no other commit does, and
 * none in a direct chat the owner's. A topic is the epoch's own, or none.
 *
 * @returns what the record keeps of the mirror key
 */
function requireCaps (entry: VerifiedEntry, keys: ChatKeys, changesMembers: boolean): Pick<ChatRecord, 'mirror'> {
  const told = entry.leaf.caps === null ? undefined : decodeCaps(entry.leaf.caps)
  const { append, read, mirrors: [mirror] = [] } = memberCapsOf(keys)
  const mirrors = told?.mirrors
  const mirrorsHold = mirrors === undefined || (changesMembers && mirrors.length === 1 && mirrors.every(key => mirror !== undefined && sameBytes(key, mirror)))
  if (told === undefined || !sameBytes(told.append, append) || !sameBytes(told.read, read) || !mirrorsHold || told.owner !== undefined || (told.topic !== undefined && !sameBytes(told.topic, keys.topic))) {
    throw new ProofError('the commit installs capability keys that its members do not derive')
  }
  return mirrors === undefined ? {} : { mirror: keys.mirror }
}

/**
 * The way back to what was before must be there and lead there: of earlier epochs a member keeps no key but the one it
 * walks back from, so a commit without it would take the chat's past from everybody who reads the log again.
 */
function requireLink (record: ChatRecord, next: ChatKeys, link: Uint8Array | null): void {
  if (link === null) throw new ForbiddenError('a commit in a direct chat leaves out the link to what was before')
  if (!sameBytes(openLink(next.link, link, record.log, next.epoch), record.history)) throw new ProofError('a commit\'s link does not lead to what was before')
}

/** In a direct chat members may renew their own leaves, and nothing else. */
const directPolicy: CommitPolicy = change => {
  if (change.added.length > 0 || change.removed.length > 0 || change.extensions !== undefined) {
    throw new ForbiddenError('nobody may add, remove or change rights in a direct chat')
  }
}

const refuseAll: CommitPolicy = () => { throw new ForbiddenError('groups come with a later version: update Petrel') }
