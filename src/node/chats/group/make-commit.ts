/** Makes the commit that carries out a wish in a group, on the state of the day. Nothing is sent here. */
import { sealHandshake, sealLink, systemRandom, type MakeMlsEngine, type MlsEngine, type MlsMember, type MlsState } from '../../../protocol/crypto/index.js'
import { cachedPolicy, encodeCommitPayload, encodeHandshake, encodePolicy, encodeRoster, signCommitStatement, type Seen } from '../../../protocol/message/index.js'
import { encodeCaps, InternalError, LIMITS, sameBytes, type CheckedManifest, type EntryId, type KeyBytes, type Signer } from '../../../protocol/wire/index.js'
import { capsOf, engineFor, keysOf, leafIdentityFor, memberCapsOf, type ChatKeys } from '../chat-keys.js'
import type { ChatRecord, PendingCommit } from '../chat-record.js'
import { leafStanding, revokesSince } from '../devices/leaf-standing.js'
import { memberChange } from '../repair/lost-leaf.js'
import { leafIdentityOf, manifestOfMember, manifestsOf } from '../member-manifests.js'
import { checkNewcomer, newcomerOf } from '../newcomer.js'
import { policyAt, withPolicy } from './group-policy.js'
import { hasPath, type Todo } from './intent.js'
import { tagOf } from './members-tag.js'
import { giveOwnerKey, isKeyDue, mayHold } from './owner-key.js'
import { takenAway } from './taken-away.js'

/** Somebody to add, as its relay gave it. */
export interface Candidate { readonly manifest: CheckedManifest, readonly keyPackage: Uint8Array }

/** What a commit is made from. */
export interface GroupCommitParts {
  readonly record: ChatRecord
  readonly keys: ChatKeys
  readonly me: CheckedManifest
  readonly device: Signer
  /** Where the log stands, and its last commit. */
  readonly seen: Seen
  readonly base: number
  readonly todo: Todo
  /** The wishes that are carried out by it. */
  readonly done: readonly EntryId[]
  /** One for each of `todo.add` that could be had. */
  readonly candidates: readonly Candidate[]
  /** What members call themselves, as they signed it. */
  readonly profiles?: readonly Uint8Array[]
  /** Milliseconds. */
  readonly now: number
  /** Tree and manifests of more bytes go beside the letters; LIMITS.letterRosterBytes unless told. */
  readonly letterBytes?: number | undefined
  /** The MLS engine; the library's unless told. */
  readonly mls?: MakeMlsEngine | undefined
}

/** A commit, and the roster for those it adds, where that does not fit their letters. */
export interface GroupCommit { readonly commit: PendingCommit, readonly roster?: Uint8Array }

// What a leaf takes in a tree, with its share of the nodes above, as a rule: an estimate in favour of rosters.
const LEAF_BYTES = 600
// A letter takes no more manifests.
const LETTER_MANIFESTS = 64

/**
 * The commit, to be kept before it is handed to the home.
 *
 * @throws TooLargeError when it does not fit an entry; ProofError, ForbiddenError for a candidate that does not hold
 */
export async function makeGroupCommit (parts: GroupCommitParts): Promise<GroupCommit> {
  const { record, keys, me, device, seen, base, done, todo, candidates, profiles = [], letterBytes = LIMITS.letterRosterBytes } = parts
  const { log, gpq, epoch } = record
  const engine = engineFor([...manifestsOf(record.members), me, ...candidates.map(c => c.manifest)], () => parts.now, parts.mls)
  const state = engine.decodeState(record.mls)
  const newcomers = await Promise.all(candidates.map(async ({ manifest, keyPackage }) => ({ manifest, key: await checkNewcomer(engine, manifest, keyPackage) })))
  const id = systemRandom(16)
  const account = me.manifest.account
  const isRenewed = hasPath(todo) && leafStanding(record, me, device.key) !== 'holds'
  const repaired = todo.add.filter(one => isMember(record, one))
  const group = { ...groupAfter(record, todo, newcomers, isRenewed ? me : undefined), repaired }
  const endsHolder = (isRenewed && revokesSince(ownManifest(record, me), me)) || repaired.some(one => mayHold(record, one))
  const given = hasPath(todo) && isKeyDue(record, account, group, endsHolder) ? await giveOwnerKey({ engine, state, record, after: group, me: account, id }) : undefined
  const aad = signCommitStatement({ v: 1, chat: log, epoch, id, seen, manifest: isRenewed ? me.hash : ownManifest(record, me).hash, ...given === undefined ? {} : { owner: given.gift } }, device)
  const manifests = group.members.map(({ manifest }) => manifest)
  const isLarge = newcomers.length > 0 && (manifests.length > LETTER_MANIFESTS || bytesIn(manifests, LEAF_BYTES) + bytesIn(profiles) > letterBytes)
  const made = await engine.commit(state, {
    add: newcomers.map(({ key }) => key.mls), remove: todo.remove.map(account => leafOf(engine, state, account)), update: isRenewed ? { identity: leafIdentityFor(me, device)(leafKeyOf(engine, state, me.manifest.account)) } : hasPath(todo), aad, treeInWelcome: !isLarge,
    ...todo.policy === undefined ? {} : { extensions: withPolicy(engine.extensions(state), todo.policy) }
  })
  const after = await keysOf(engine, made.state, gpq, log)
  const mayReadBefore = newcomers.length === repaired.length || (todo.policy ?? policyOf(record)).history
  const was = takenAway(record, { members: group.members, policy: policyAt(engine, made.state) }, account)
  const caps = memberChange(record.members, group.members, repaired.length > 0) === 'none' ? capsOf(after) : memberCapsOf(after)
  const handshake = encodeHandshake({ v: 1, mls: made.commit, manifests: [...newcomers.map(({ manifest }) => manifest.bytes), ...isRenewed ? [me.bytes] : []], ...was === undefined ? {} : { before: was }, ...record.began === undefined ? {} : { began: record.began }, ...todo.byLink === true && newcomers.length > 0 ? { byLink: true } : {} })
  const commit: PendingCommit = {
    id,
    base,
    payload: encodeCommitPayload({
      v: 1,
      handshake: sealHandshake(keys.handshake, handshake, { log, epoch, id }),
      link: mayReadBefore ? sealLink(after.link, record.history, log, after.epoch) : null,
      ...newcomers.length === 0 ? {} : { members: tagOf(after, group.members) }
    }),
    caps: encodeCaps(given === undefined ? caps : given.sign(caps)),
    mls: engine.encodeState(made.state),
    inner: made.commitHash,
    welcome: made.welcome ?? null,
    added: await Promise.all(newcomers.map(async ({ manifest, key }) => await newcomerOf(key, manifest, gpq, log))),
    intents: [...done],
    ...given === undefined ? {} : { ownerSeed: given.seed }
  }
  return { commit, ...made.tree === undefined ? {} : { roster: encodeRoster({ v: 1, tree: made.tree, manifests, ...profiles.length === 0 ? {} : { profiles: [...profiles] } }) } }
}

const isMember = ({ members }: ChatRecord, account: KeyBytes): boolean => members.some(one => sameBytes(one.account, account))

/** The members and the policy after the commit; `renewed`: the own manifest that the leaf stands on then, where that is another one. */
function groupAfter (record: ChatRecord, { remove, policy }: Todo, newcomers: ReadonlyArray<{ readonly manifest: CheckedManifest }>, renewed: CheckedManifest | undefined): Pick<ChatRecord, 'members' | 'policy'> {
  const stay = record.members.filter(m => !remove.some(account => sameBytes(account, m.account))).map(m => renewed !== undefined && sameBytes(m.account, renewed.manifest.account) ? { account: m.account, manifest: renewed.bytes } : m)
  const come = newcomers.map(({ manifest: { manifest: { account }, bytes } }) => ({ account, manifest: bytes }))
  return { members: [...stay, ...come], policy: policy === undefined ? record.policy : encodePolicy(policy) }
}

/** What a letter has left for names, beside the tree and the members' manifests. */
export function roomForNames ({ members }: Pick<ChatRecord, 'members'>, letterBytes: number = LIMITS.letterRosterBytes): number {
  return letterBytes - bytesIn(members.map(({ manifest }) => manifest), LEAF_BYTES)
}

function bytesIn (list: readonly Uint8Array[], more = 0): number { return list.reduce((sum, one) => sum + one.length + more, 0) }

/** The group's policy. @throws InternalError for a chat that has none */
export function policyOf ({ policy }: Pick<ChatRecord, 'policy'>): ReturnType<typeof cachedPolicy> {
  if (policy === undefined) throw new InternalError('only a group has a policy')
  return cachedPolicy(policy)
}

/** The manifest that the own leaf stands on. */
function ownManifest ({ members }: ChatRecord, me: CheckedManifest): CheckedManifest {
  const own = members.find(m => sameBytes(m.account, me.manifest.account))
  if (own === undefined) throw new InternalError('this account is no member of the group')
  return manifestOfMember(own)
}

function leafOf (engine: MlsEngine, state: MlsState, account: KeyBytes): number { return memberOf(engine, state, account).leaf }

/** The key that a leaf signs with: renewed leaves keep it. */
function leafKeyOf (engine: MlsEngine, state: MlsState, account: KeyBytes): KeyBytes { return memberOf(engine, state, account).signatureKey }

function memberOf (engine: MlsEngine, state: MlsState, account: KeyBytes): MlsMember {
  const member = engine.members(state).find(({ identity, signatureKey }) => sameBytes(leafIdentityOf(identity, signatureKey).identity.account, account))
  if (member === undefined) throw new InternalError('an account that is to be removed, or renews its leaf, has none')
  return member
}
