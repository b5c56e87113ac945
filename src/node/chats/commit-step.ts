/** What a commit entry does to a chat: adopt the own one, follow another's, or hold it. No I/O; MLS is asked. */
import { inspectCommit, openHandshake, openLink, type CommitChange, type CommitPolicy, type MakeMlsEngine, type MlsCredential, type MlsEngine, type MlsState } from '../../protocol/crypto/index.js'
import { decodeCommitPayload, decodeHandshake, decodePolicy, judgeGroupChange, openCommitStatement, type CommitStatement, type Handshake, type Seen } from '../../protocol/message/index.js'
import {
  decodeCaps, DIGEST_LENGTH, entryHash, ForbiddenError, fromBase32Text, InternalError, LIMITS, lists, NotFoundError, PetrelError, ProofError, requireSuccession, sameBytes,
  type CheckedManifest, type Digest, type EntryId, type KeyBytes, type VerifiedEntry
} from '../../protocol/wire/index.js'
import { wordOf, type Finding } from './alarm.js'
import { engineFor, keysOf, memberCapsOf, type ChatKeys } from './chat-keys.js'
import type { ChatMember, ChatRecord, PendingCommit } from './chat-record.js'
import { bans, judgeCommit, policyAt } from './group/group-policy.js'
import { requireTag } from './group/members-tag.js'
import { keepGiven, requireGift, takeGift } from './group/owner-key.js'
import { requireTakenAway } from './group/taken-away.js'
import { accountName, Manifests, manifestsOf } from './member-manifests.js'
import { withoutRepairs } from './repair/judge-repair.js'
import { memberChange, type MemberChange } from './repair/lost-leaf.js'

/**
 * The chat after a commit and who made it (null: this account, when `won` says that it was the own pending one), `lie` when its author had been shown another chain.
 * A commit that does not hold leaves the chat as it was; `committer` says whose it is, when MLS proves that.
 * `missing`: another device of this account made it, and what it led to is kept under this hash.
 */
export type CommitOutcome =
  | { ok: true, record: ChatRecord, keys: ChatKeys, won: boolean, committer: KeyBytes | null, byLink: boolean, /** Leaves were repaired; `renews`: this account's, which comes in again by a letter. */ repairs?: boolean, renews?: boolean, /** This account was removed, and is banned. */ banned?: boolean, lie?: Finding }
  | { ok: false, error: PetrelError, committer?: KeyBytes, missing?: Digest }

/** What a commit is judged by beside the chat itself. */
export interface CommitContext {
  /** Unix milliseconds. */
  now: number
  /** This account: needed in a group. */
  me?: KeyBytes
  /** The chain's hash at a number this node verified, or undefined when it no longer has it. */
  hashAt: (seq: number) => Digest | undefined
  /** Whether what the author had seen can be compared with this chain; it can unless told. */
  isComparable?: (seen: Seen) => boolean
  /** The MLS engine; the library's unless told. */
  mls?: MakeMlsEngine | undefined
}

/** Takes a commit entry at its place in the log. */
export async function takeCommit (record: ChatRecord, keys: ChatKeys, entry: VerifiedEntry, context: CommitContext): Promise<CommitOutcome> {
  const author: Author = {}
  try {
    // Erased later it would hold for those who had read it, and for nobody else.
    if (entry.leaf.erasers.length > 0) throw new ProofError('a commit cannot be one that can be erased')
    // The home knows the id since it was told the commit. Other bytes under it are another's commit, and count for this member as for all: adopting its own would take it into an epoch of its own.
    if (record.commit !== null && sameBytes(record.commit.id, entry.leaf.id) && sameBytes(entry.leaf.entry, entryHash(record.commit.payload))) return await adopt(record, keys, entry, context)
    return await follow(record, keys, entry, context, author)
  } catch (error) {
    if (error instanceof NotFoundError && context.me !== undefined) return ofOwnLeaf(record, keys, entry, context, error)
    if (error instanceof PetrelError) return { ok: false, error, ...author.is === undefined ? {} : { committer: author.is } }
    throw error
  }
}

async function adopt (record: ChatRecord, before: ChatKeys, entry: VerifiedEntry, { now, me, mls }: CommitContext): Promise<CommitOutcome> {
  const { commit: pending } = record
  if (pending === null) throw new InternalError('there is no own commit to adopt')
  const payload = decodeCommitPayload(pending.payload)
  // Opened again, since a takeover may bring it back in another epoch than it was made in, and there it holds for nobody.
  const handshake = openedHandshake(record, before, { leaf: entry.leaf, payload: pending.payload })
  const manifests = new Manifests(manifestsOf([...record.members, ...handshake.manifests.map(manifest => ({ manifest }))]))
  const engine = engineFor(manifests, () => now, mls)
  const state = engine.decodeState(pending.mls)
  const keys = await keysOf(engine, state, record.gpq, record.log)
  const members = membersAt(engine, state, manifests)
  const repaired = repairedBy(record, pending)
  const { mirror, owner } = requireCaps(record, entry, keys, memberChange(record.members, members, repaired.length > 0))
  requireOwnKey(pending, owner)
  if (!record.direct) judgeOwn(record, entry, { engine, state, members, me })
  const done = pending.intents ?? []
  const left = record.intents?.filter(({ id }) => !done.some(one => sameBytes(one, id)))
  const kept = me === undefined ? {} : keepGiven(record, { members, policy: policyAt(engine, state), repaired }, owner === undefined ? undefined : pending.ownerSeed ?? null, me)
  const next = { ...record, ...mirror, ...kept, ...left === undefined ? {} : { intents: left } }
  return { ok: true, won: true, keys, committer: null, byLink: handshake.byLink === true, repairs: repaired.length > 0, record: advanced(next, { id: entry.leaf.id, engine, state, keys, members, link: payload.link }) }
}

/** The home could have been told other keys than this account told it. */
function requireOwnKey ({ caps }: NonNullable<ChatRecord['commit']>, told: KeyBytes | undefined): void {
  const { owner } = decodeCaps(caps)
  if (owner === undefined ? told !== undefined : told === undefined || !sameBytes(owner, told)) throw new ProofError('the commit gives the log another owner key than this account has made')
}

/** Whose a commit is, as soon as that is proved. */
interface Author { is?: KeyBytes }

/** The own leaf signed it, and nobody can process their own: whether a device of this account made it is what the others ask as well. */
function ofOwnLeaf (record: ChatRecord, keys: ChatKeys, entry: VerifiedEntry, { now, me, mls }: CommitContext, error: NotFoundError): CommitOutcome {
  const { commitHash } = error.details
  if (me === undefined || typeof commitHash !== 'string') return { ok: false, error }
  try {
    const handshake = openedHandshake(record, keys, entry)
    const manifests = new Manifests(manifestsOf([...record.members, ...handshake.manifests.map(manifest => ({ manifest }))]))
    const claim = inspectCommit(handshake.mls)
    const engine = engineFor(manifests, () => now, mls)
    const leaf = claim.updated ?? engine.members(engine.decodeState(record.mls)).find(one => one.leaf === claim.senderLeaf)
    requireStatement(record, claim.aad, entry, leaf === undefined ? undefined : manifestFor(leaf, manifests))
    return { ok: false, error, committer: me, missing: fromBase32Text(commitHash, DIGEST_LENGTH) }
  } catch (fault) {
    if (fault instanceof PetrelError) return { ok: false, error: fault, committer: me }
    throw fault
  }
}

async function follow (record: ChatRecord, keys: ChatKeys, entry: VerifiedEntry, { now, me, hashAt, isComparable, mls }: CommitContext, author: Author): Promise<CommitOutcome> {
  if (entry.payload === null) throw new ProofError('the commit was erased')
  const payload = decodeCommitPayload(entry.payload)
  const handshake = openedHandshake(record, keys, entry)
  const manifests = new Manifests(manifestsOf([...record.members, ...handshake.manifests.map(manifest => ({ manifest }))]))
  const engine = engineFor(manifests, () => now, mls)
  const before = engine.decodeState(record.mls)
  let repaired: readonly KeyBytes[] = []
  let banned = false
  const processed = await engine.process(before, handshake.mls, async change => {
    // The leaf has signed it: from here on it is this member's, whatever is wrong with it.
    author.is = manifestFor(change.sender, manifests).manifest.account
    const { rest, accounts } = withoutRepairs(change, leaf => manifestFor(leaf, manifests))
    repaired = accounts
    if (record.direct) await directPolicy(rest)
    else judgeGroup(record, entry, manifests, rest)
    banned = me !== undefined && bans(change, record.policy, me)
  })
  const committer = manifestFor(processed.sender, manifests)
  if (processed.removedSelf) {
    requireStatement(record, processed.aad, entry, manifestFor(processed.updated?.after ?? processed.sender, manifests))
    const renews = repaired.some(account => me !== undefined && sameBytes(account, me))
    return { ok: true, won: false, keys, committer: committer.manifest.account, byLink: false, renews, banned, record: { ...record, stage: 'out', commit: null, intents: [], ...renews ? {} : { ownerSeed: null } } }
  }
  const next = await keysOf(engine, processed.state, record.gpq, record.log)
  const members = membersAt(engine, processed.state, manifests)
  const { mirror, owner } = requireCaps(record, entry, next, memberChange(record.members, members, repaired.length > 0))
  if (payload.link !== null || record.direct || !mayHide(record, engine, processed, processed.added.length > repaired.length)) requireLink(record, next, payload.link)
  const standing = new Map(engine.members(processed.state).map(m => [m.leaf, manifestFor(m, manifests)]))
  const filled = new Set(processed.added.map(({ leaf }) => leaf))
  for (const member of engine.members(before)) requireNoStepBack(manifestFor(member, manifests), standing.get(member.leaf), filled.has(member.leaf))
  const after = standing.get(processed.sender.leaf)
  const statement = requireStatement(record, processed.aad, entry, after)
  const { seen } = statement
  requireBegan(record, handshake)
  const group = { members, policy: policyAt(engine, processed.state), repaired }
  if (!record.direct && processed.added.length > 0) requireTag(payload.members, next, members)
  // The commit that makes a direct chat has nothing before it that anybody would walk back to.
  if (!record.direct || record.epoch > 0) requireTakenAway(record, group, committer.manifest.account, handshake.before)
  requireGift(record, group, statement, owner, committer.manifest.account)
  const held = me === undefined ? {} : await takeGift(record, group, statement, { engine, state: before, me })
  const lie = isComparable?.(seen) === false ? undefined : contradicts(seen, entry, { hashAt, ...wordOf(committer.manifest.account, me, !record.direct) })
  // Another's commit won: the own pending one was made for an epoch that is over.
  return { ok: true, won: false, keys: next, committer: committer.manifest.account, byLink: handshake.byLink === true, repairs: repaired.length > 0, ...(lie === undefined ? {} : { lie }), record: advanced({ ...record, ...mirror, ...held }, { id: entry.leaf.id, engine, state: processed.state, keys: next, members, link: payload.link }) }
}

function openedHandshake (record: ChatRecord, keys: ChatKeys, { leaf, payload }: Pick<VerifiedEntry, 'leaf' | 'payload'>): Handshake {
  if (payload === null) throw new ProofError('the commit was erased')
  return decodeHandshake(openHandshake(keys.handshake, decodeCommitPayload(payload).handshake, { log: record.log, epoch: record.epoch, id: leaf.id }))
}

/** Where a commit leads. */
interface Next { id: EntryId, engine: MlsEngine, state: MlsState, keys: ChatKeys, members: ChatMember[], link: Uint8Array | null }

/** The record in the next epoch. */
function advanced (record: ChatRecord, { id, engine, state, keys, members, link }: Next): ChatRecord {
  const accounts = accountsOf(members)
  const { leaving, segments = [] } = record
  return {
    ...record, stage: 'ready', members, mls: engine.encodeState(state), epoch: state.epoch, history: keys.history, commit: null,
    ...record.direct ? {} : { policy: policyAt(engine, state) }, began: id,
    ...leaving === undefined ? {} : { leaving: leaving.filter(account => accounts.has(accountName(account))) },
    ...link === null ? { segments: [...segments, { epoch: record.epoch, history: record.history }].slice(-LIMITS.historySegments) } : {}
  }
}

function membersAt (engine: MlsEngine, state: MlsState, manifests: Manifests): ChatMember[] {
  return engine.members(state).map(m => manifestFor(m, manifests)).map(({ manifest, bytes }) => ({ account: manifest.account, manifest: bytes }))
}

/** The members whose leaves an own commit has taken out and put in anew. */
function repairedBy ({ members }: ChatRecord, { added }: PendingCommit): KeyBytes[] {
  const accounts = accountsOf(members)
  return added.map(({ member }) => member.account).filter(account => accounts.has(accountName(account)))
}

function accountsOf (members: readonly ChatMember[]): Set<string> { return new Set(members.map(({ account }) => accountName(account))) }

function judgeGroup (record: ChatRecord, entry: VerifiedEntry, manifests: Manifests, change: CommitChange): void {
  judgeCommit(change, {
    policy: record.policy, members: record.members.map(m => m.account), at: entry.leaf.time, accountOf: leaf => manifestFor(leaf, manifests).manifest.account
  })
}

/** The own commit is judged as others judge it: by the time that it got in the log, which is not this device's. */
function judgeOwn ({ members: before, policy }: ChatRecord, { leaf }: VerifiedEntry, { engine, state, members, me }: Pick<Next, 'engine' | 'state' | 'members'> & { me: KeyBytes | undefined }): void {
  const after = policyAt(engine, state)
  if (policy === undefined || after === undefined || me === undefined) throw new ProofError('the group has no policy, so nobody may change it')
  const accounts = (list: readonly ChatMember[], without: readonly ChatMember[]): KeyBytes[] => {
    const others = accountsOf(without)
    return list.map(m => m.account).filter(account => !others.has(accountName(account)))
  }
  judgeGroupChange({ policy: decodePolicy(policy), members: before.map(m => m.account), at: leaf.time }, {
    actor: me, added: accounts(members, before), removed: accounts(before, members), ...sameBytes(policy, after) ? {} : { policy: decodePolicy(after) }
  })
}

/** Whether a commit may leave out the way back: it brings newcomers who may not see what was before. */
function mayHide ({ policy }: ChatRecord, engine: MlsEngine, { state }: { readonly state: MlsState }, brings: boolean): boolean {
  const after = policyAt(engine, state) ?? policy
  return brings && after !== undefined && !decodePolicy(after).history
}

function manifestFor ({ identity, signatureKey }: MlsCredential, manifests: Manifests): CheckedManifest {
  const manifest = manifests.of(identity, signatureKey)
  if (manifest === undefined) throw new ProofError('a member has no manifest that vouches for it')
  return manifest
}

/** A leaf stays its account's, unless it was emptied and filled, and its manifest only moves forward: else a revoked device could bring back the one that lists it. */
function requireNoStepBack (before: CheckedManifest, after: CheckedManifest | undefined, isRefilled: boolean): void {
  if (after === undefined || sameBytes(before.hash, after.hash)) return
  if (isRefilled && !sameBytes(before.manifest.account, after.manifest.account)) return
  if (!sameBytes(before.manifest.account, after.manifest.account)) throw new ForbiddenError('a commit puts another account into a member\'s leaf')
  requireSuccession(before, after)
}

/** The commit was made by a device of the committer, for this very place. */
function requireStatement (record: ChatRecord, aad: Uint8Array, entry: VerifiedEntry, committer: CheckedManifest | undefined): CommitStatement {
  const { statement, device } = openCommitStatement(aad)
  if (!sameBytes(statement.chat, record.log) || statement.epoch !== record.epoch || !sameBytes(statement.id, entry.leaf.id)) {
    throw new ProofError('the commit was made for another place')
  }
  if (committer === undefined || !sameBytes(statement.manifest, committer.hash) || !lists(committer.manifest, device)) {
    throw new ProofError('the commit is from a device that its account\'s manifest does not list')
  }
  return statement
}

/** As for messages: the author had seen another chain than this node. */
function contradicts ({ seq, hash }: Seen, entry: VerifiedEntry, { hashAt, ...by }: Pick<CommitContext, 'hashAt'> & Pick<Finding, 'by'>): Finding | undefined {
  const found = { kind: 'view', seq: entry.leaf.seq, claim: true, ...by } as const
  if (seq >= entry.leaf.seq) return { ...found, message: `the author of commit ${entry.leaf.seq} had seen ${seq} entries: the relay left out some or put them in another order, or the author lies` }
  const own = seq === 0 ? undefined : hashAt(seq)
  return own === undefined || sameBytes(own, hash) ? undefined : { ...found, message: `the author of commit ${entry.leaf.seq} had seen another history of this chat, at number ${seq}: the relay shows different ones to different people, or the author lies` }
}

/**
 * The home was told the keys of the next epoch: they must be the ones that the members derive. A commit that changes who
 * is a member, or repairs a leaf, names the mirror key too (one of an earlier version may leave it as it was); one that takes
 * devices out may, and no other commit does. A topic is the epoch's own, or none.
 *
 * @returns what the record keeps of the mirror key, and the owner key that it names
 */
function requireCaps ({ direct }: ChatRecord, entry: VerifiedEntry, keys: ChatKeys, change: MemberChange): { mirror: Pick<ChatRecord, 'mirror'>, owner?: KeyBytes } {
  const told = entry.leaf.caps === null ? undefined : decodeCaps(entry.leaf.caps)
  const { append, read, mirrors: [mirror] = [] } = memberCapsOf(keys)
  const mirrors = told?.mirrors
  // In a group somebody's right to mirror may end with it.
  const mirrorsHold = mirrors === undefined ? direct || change !== 'members' : (change !== 'none' && mirrors.length === 1 && mirrors.every(key => mirror !== undefined && sameBytes(key, mirror)))
  if (told === undefined || !sameBytes(told.append, append) || !sameBytes(told.read, read) || !mirrorsHold || (told.topic !== undefined && !sameBytes(told.topic, keys.topic))) {
    throw new ProofError('the commit installs capability keys that its members do not derive')
  }
  return { mirror: mirrors === undefined ? {} : { mirror: keys.mirror }, ...told.owner === undefined ? {} : { owner: told.owner } }
}

/**
 * The way back to what was before must be there and lead there: of earlier epochs a member keeps no key but the one it
 * walks back from, so a commit without it would take the chat's past from everybody who reads the log again.
 */
function requireLink (record: ChatRecord, next: ChatKeys, link: Uint8Array | null): void {
  if (link === null) throw new ForbiddenError('a commit in a direct chat leaves out the link to what was before')
  if (!sameBytes(openLink(next.link, link, record.log, next.epoch), record.history)) throw new ProofError('a commit\'s link does not lead to what was before')
}

/**
 * A commit names the one that began the epoch it ends. Whoever walks back knows no other way which of the commits that
 * stand there its members took: their maker can seal one that they refused so that it looks like the beginning.
 */
function requireBegan ({ direct, epoch, began: is }: ChatRecord, { began: told }: Handshake): void {
  // A version that knew of no commits in direct chats but the first did not note that one.
  if (direct && epoch <= 1 && told === undefined) return
  const holds = is === undefined ? epoch > 0 || told === undefined : told !== undefined && sameBytes(is, told)
  if (!holds) throw new ProofError('the commit names another one before it than began the epoch')
}

/** In a direct chat members may renew their own leaves, and nothing else. */
const directPolicy: CommitPolicy = change => {
  if (change.added.length > 0 || change.removed.length > 0 || change.extensions !== undefined) {
    throw new ForbiddenError('nobody may add, remove or change rights in a direct chat, but repair a leaf that a revoked device holds')
  }
}
