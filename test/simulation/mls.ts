/**
 * A deterministic stand-in behind the MLS interface: members, epochs and shared secrets as a group has them, each step a
 * few hashes. It hides nothing from anybody; it keeps every rule that the code above relies on (who is a member, one
 * epoch after another, a credential judged before it is let in, the own commit not processed).
 */
import { createHash } from 'node:crypto'
import type { AddedMember, CommitChange, CommitOptions, JoinOptions, KeyPackageOptions, MakeMlsEngine, MlsEngine, MlsEngineOptions, MlsExtension, MlsMember, MlsState } from '../../src/protocol/crypto/index.js'
import { systemRandom } from '../../src/protocol/crypto/index.js'
import { base32Text, BadInputError, ConflictError, decodeCbor, DecryptError, ed25519Key, encodeCbor, ForbiddenError, NotFoundError, ProofError, sameBytes, sha256, type Digest } from '../../src/protocol/wire/index.js'
import { MLS_EXTENSIONS } from '../../src/protocol/crypto/mls/extensions.js'

interface Leaf { leaf: number, identity: Uint8Array, signatureKey: Uint8Array }
interface Package { identity: Uint8Array, signatureKey: Uint8Array, notBefore: number, notAfter: number, extensions: MlsExtension[] }
interface Group { groupId: Uint8Array, epoch: number, own: number, secret: Uint8Array, leaves: Leaf[], extensions: MlsExtension[] }
interface Commit { groupId: Uint8Array, epoch: number, sender: number, aad: Uint8Array, added: Leaf[], lives: Array<[number, number]>, removed: number[], identity: Uint8Array | null, extensions: MlsExtension[] | null, nonce: Uint8Array }

const groups = new WeakMap<MlsState, Group>()

function stateOf (group: Group): MlsState {
  const state: MlsState = Object.freeze({ suite: 'cloud', groupId: group.groupId, epoch: group.epoch, ownLeaf: group.own })
  groups.set(state, group)
  return state
}

function groupOf (state: MlsState): Group {
  const group = groups.get(state)
  if (group === undefined) throw new BadInputError('this is no state of the stand-in')
  return group
}

function decoded<T> (bytes: Uint8Array, what: string): T {
  const [mark, value] = decodeCbor(bytes, 1 << 20) as [string, T]
  if (mark !== what) throw new BadInputError(`the stand-in expected a ${what}`)
  return value
}

const encoded = (what: string, value: unknown): Uint8Array => encodeCbor([what, value])

function secretAfter (secret: Uint8Array, bytes: Uint8Array): Uint8Array { return new Uint8Array(createHash('sha256').update(secret).update(bytes).digest()) }

const member = ({ leaf, identity, signatureKey }: Leaf): MlsMember => ({ leaf, identity, signatureKey })

/** A group after a commit. */
function after (group: Group, commit: Commit, bytes: Uint8Array): Group {
  const stay = group.leaves.filter(({ leaf }) => !commit.removed.includes(leaf))
    .map(one => one.leaf === commit.sender && commit.identity !== null ? { ...one, identity: commit.identity } : one)
  return { ...group, epoch: group.epoch + 1, extensions: commit.extensions ?? group.extensions, leaves: [...stay, ...commit.added], secret: secretAfter(group.secret, bytes) }
}

function makeCommit (group: Group, options: CommitOptions, now: number): { commit: Commit, bytes: Uint8Array } {
  const packages = (options.add ?? []).map(bytes => decoded<Package>(bytes, 'package'))
  for (const one of packages) requireLife(one, now)
  let free = Math.max(...group.leaves.map(one => one.leaf)) + 1
  const commit: Commit = {
    groupId: group.groupId, epoch: group.epoch, sender: group.own, aad: options.aad ?? new Uint8Array(),
    added: packages.map(({ identity, signatureKey }) => ({ leaf: free++, identity, signatureKey })),
    lives: packages.map(({ notBefore, notAfter }) => [notBefore, notAfter]),
    removed: [...options.remove ?? []],
    identity: typeof options.update === 'object' ? options.update.identity : null,
    extensions: options.extensions === undefined ? null : options.extensions.map(({ type, data }) => ({ type, data })),
    nonce: systemRandom(16)
  }
  return { commit, bytes: encoded('commit', commit) }
}

function requireLife ({ notBefore, notAfter }: Package, now: number): void {
  const seconds = Math.floor(now / 1000)
  if (seconds < notBefore || seconds > notAfter) throw new ProofError('the key package has expired or is not valid yet')
}

function keyPackage ({ identity, notBefore, notAfter, extensions = [] }: KeyPackageOptions): Package {
  const signatureKey = ed25519Key(systemRandom(32))
  return {
    signatureKey, identity: typeof identity === 'function' ? identity(signatureKey) : identity,
    notBefore: Math.floor(notBefore / 1000), notAfter: Math.floor(notAfter / 1000), extensions: [...extensions]
  }
}

async function take (options: MlsEngineOptions, state: MlsState, bytes: Uint8Array): Promise<{ change: CommitChange, next: Group }> {
  const group = groupOf(state)
  const commit = decoded<Commit>(bytes, 'commit')
  if (!sameBytes(commit.groupId, group.groupId)) throw new BadInputError('the commit is for another group')
  if (commit.epoch !== group.epoch) throw new ConflictError('the commit starts from another epoch', { details: { epoch: group.epoch } })
  if (commit.sender === group.own) throw new NotFoundError('this is the own leaf\'s commit', { details: { commitHash: base32Text(sha256(bytes)) } })
  const sender = group.leaves.find(({ leaf }) => leaf === commit.sender)
  if (sender === undefined) throw new ProofError('the commit is from nobody')
  const updated = { ...sender, identity: commit.identity ?? sender.identity }
  for (const one of [...commit.added, updated]) if (!await options.validateCredential(one)) throw new ForbiddenError('a leaf carries a credential that is not vouched for')
  const added = commit.added.map((one, i): AddedMember => ({ ...member(one), notBefore: commit.lives[i]![0], notAfter: commit.lives[i]![1] }))
  const change: CommitChange = {
    epoch: commit.epoch, sender: member(sender), aad: commit.aad, added, removed: group.leaves.filter(({ leaf }) => commit.removed.includes(leaf)).map(member),
    updated: { before: member(sender), after: member(updated) }, removedSelf: commit.removed.includes(group.own),
    ...commit.extensions === null ? {} : { extensions: { before: group.extensions, after: commit.extensions } }
  }
  return { change, next: after(group, commit, bytes) }
}

async function join (options: MlsEngineOptions, { welcome, keyPackage: own, gpq, groupId }: JoinOptions): Promise<MlsState> {
  const group = decoded<Group>(welcome, 'welcome')
  const { signatureKey } = decoded<Package>(own, 'private')
  const leaf = group.leaves.find(one => sameBytes(one.signatureKey, signatureKey))
  if (leaf === undefined) throw new BadInputError('the Welcome is for another key package')
  if (groupId !== undefined && !sameBytes(groupId, group.groupId)) throw new ForbiddenError('the Welcome leads into another group')
  const hash = group.extensions.find(({ type }) => type === MLS_EXTENSIONS.pqHash)?.data
  if (hash !== undefined && (gpq === undefined || !sameBytes(hash, sha256(gpq)))) throw new ProofError('the G_pq beside the Welcome is another')
  for (const one of group.leaves) if (!await options.validateCredential(one)) throw new ForbiddenError('a member\'s credential is not vouched for')
  return stateOf({ ...group, own: leaf.leaf })
}

/** The stand-in's engine. */
export const standInMls: MakeMlsEngine = (options): MlsEngine => ({
  suite: 'cloud',
  createKeyPackage: given => {
    const made = keyPackage(given)
    const bytes = encoded('package', made)
    return Promise.resolve({ public: bytes, private: encoded('private', made), signatureKey: made.signatureKey, ref: sha256(bytes) })
  },
  readKeyPackage: bytes => {
    const read = decoded<Package>(bytes, 'package')
    requireLife(read, options.now())
    return Promise.resolve({ ...read, ref: sha256(bytes) })
  },
  createGroup: ({ groupId, keyPackage: own, gpq, extensions = [] }) => {
    const { identity, signatureKey } = decoded<Package>(own, 'private')
    const pq = gpq === undefined ? [] : [{ type: MLS_EXTENSIONS.pqHash as number, data: sha256(gpq) }]
    return Promise.resolve(stateOf({ groupId, epoch: 0, own: 0, secret: systemRandom(32), leaves: [{ leaf: 0, identity, signatureKey }], extensions: [...pq, ...extensions] }))
  },
  commit: (state, given = {}) => {
    const group = groupOf(state)
    const { commit, bytes } = makeCommit(group, given, options.now())
    const next = after(group, commit, bytes)
    return Promise.resolve({ state: stateOf(next), commit: bytes, commitHash: sha256(bytes), ...commit.added.length === 0 ? {} : { welcome: encoded('welcome', next) } })
  },
  process: async (state, bytes, policy) => {
    const { change, next } = await take(options, state, bytes)
    await policy(change)
    return change.removedSelf ? { ...change, removedSelf: true, state: undefined } : { ...change, removedSelf: false, state: stateOf(next) }
  },
  welcomeFor: welcome => welcome,
  join: async given => await join(options, given),
  exportSecret: (state, label, context, length) => Promise.resolve(
    new Uint8Array(createHash('sha256').update(groupOf(state).secret).update(label).update(context).digest().subarray(0, length))),
  sealToMember: (_state, leaf, plaintext, { label, context }) => Promise.resolve(encoded('sealed', [leaf, label, context, plaintext])),
  openAsMember: async (state, sealed, { label, context }) => {
    const [leaf, forLabel, forContext, plaintext] = await Promise.resolve(decoded<[number, string, Uint8Array, Uint8Array]>(sealed, 'sealed'))
    if (leaf !== groupOf(state).own || forLabel !== label || !sameBytes(forContext, context)) throw new DecryptError('the stand-in does not open it')
    return plaintext
  },
  members: state => groupOf(state).leaves.map(member),
  extensions: state => groupOf(state).extensions,
  epochAuthenticator: (state): Digest => sha256(groupOf(state).secret),
  encodeState: state => encoded('state', groupOf(state)),
  decodeState: bytes => stateOf(decoded<Group>(bytes, 'state'))
})
