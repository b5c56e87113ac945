/** Comes into a chat by a letter's invitation. Everything is checked before anything is kept. */
import { openPq, readCloudKeyPackagePrivate, type MakeMlsEngine } from '../../protocol/crypto/index.js'
import { decodePolicy, type ChatInvitation, type Roster } from '../../protocol/message/index.js'
import { chainStart, compareManifests, decodeGenesis, ForbiddenError, logIdOf, openOwnerAction, ProofError, sameBytes, signerFromSeed, type CheckedManifest, type KeyBytes } from '../../protocol/wire/index.js'
import { engineFor, keysOf } from './chat-keys.js'
import { homeOf, type ChatRecord } from './chat-record.js'
import { policyAt } from './group/group-policy.js'
import { startCursor, type Cursor } from './cursor.js'
import { Manifests, manifestsOf } from './member-manifests.js'
import type { SignedProfile } from './names.js'
import { profilesFrom } from './take-name.js'

/** What an invitation is opened with. */
export interface JoinParts {
  me: KeyBytes
  sender: CheckedManifest
  invitation: ChatInvitation
  /** What the invitation names as its roster, if it does. */
  roster?: Roster | undefined
  /** The private part of the key package that the invitation names. */
  keyPackage: Uint8Array
  now: number
  /** The MLS engine; the library's unless told. */
  mls?: MakeMlsEngine | undefined
}

/**
 * The record and cursor of a chat joined by an invitation, and what its members call themselves.
 *
 * @throws ProofError, ForbiddenError when it does not hold or is not what it says
 * @throws UnsupportedError, BadInputError, DecryptError for what cannot be opened
 */
export async function joinChat (parts: JoinParts): Promise<{ record: ChatRecord, cursor: Cursor, profiles: SignedProfile[] }> {
  const { invitation, now } = parts
  const genesis = decodeGenesis(invitation.genesis)
  if (genesis.kind !== 'log') throw new ForbiddenError('the invitation leads to a log that is no chat')
  const { direct } = invitation
  // Who shows up in a direct chat is its contact, under the name that this person gave it; a group's title stands in its policy.
  if (direct && invitation.title !== null) throw new ForbiddenError('a direct chat has no title of its own')
  const log = logIdOf(invitation.genesis)
  // The members' manifests as the log has them: so that this account judges messages as every other member does.
  const manifests = new Manifests(manifestsOf((parts.roster ?? invitation).manifests.map(manifest => ({ manifest }))))
  const engine = engineFor(manifests, () => now, parts.mls)
  const secrets = readCloudKeyPackagePrivate(parts.keyPackage)
  const gpq = await openPq(secrets.xwing, invitation.pq, log)
  const state = await engine.join({ welcome: invitation.welcome, keyPackage: secrets.mls, gpq, groupId: log, ...parts.roster === undefined ? {} : { tree: parts.roster.tree } })
  const members = engine.members(state).map(m => {
    const manifest = manifests.of(m.identity, m.signatureKey)
    if (manifest === undefined) throw new ProofError('a member of the chat has no manifest that vouches for it')
    return manifest
  })
  requireMembers(members, parts)
  const policy = policyAt(engine, state)
  if (direct !== (policy === undefined)) throw new ForbiddenError('the invitation calls a group a direct chat, or a direct chat a group')
  if (policy !== undefined) decodePolicy(policy)
  const keys = await keysOf(engine, state, gpq, log)
  const record: ChatRecord = {
    log,
    genesis: invitation.genesis,
    addrs: invitation.addrs,
    direct,
    title: null,
    ...policy === undefined ? {} : { policy },
    stage: 'ready',
    members: members.map(m => ({ account: m.manifest.account, manifest: m.bytes })),
    ownerSeed: ownerSeedIn(invitation, genesis.owner),
    gpq,
    mls: engine.encodeState(state),
    epoch: state.epoch,
    history: keys.history,
    mirror: keys.mirror,
    ...homeIn(invitation, genesis.owner),
    joined: { seq: invitation.at.seq, hash: invitation.at.hash, term: invitation.at.term, ...invitation.began === undefined ? {} : { id: invitation.began } },
    ...direct || invitation.segments === undefined ? {} : { segments: invitation.segments.map(({ epoch, history }) => ({ epoch, history })) },
    commit: null,
    createdAt: now
  }
  return { record, cursor: startCursor(chainStart(log, genesis.home)), profiles: profilesFrom((parts.roster ?? invitation).profiles ?? [], log, members) }
}

/** In a direct chat both hold the owner key. An invitation of an earlier version comes without. */
function ownerSeedIn ({ owner }: ChatInvitation, key: KeyBytes): Uint8Array | null {
  if (owner === undefined) return null
  if (!sameBytes(signerFromSeed(owner).key, key)) throw new ProofError('the owner key in the invitation is not the log\'s')
  return owner
}

/**
 * Where the log lives, if that is not where it began: only its owner's word says so. The owner key of a group may be
 * another one since; then the log itself shows, once it is read from its beginning, whether the order was given.
 */
function homeIn ({ moved, genesis, direct }: ChatInvitation, owner: KeyBytes): Pick<ChatRecord, 'home'> {
  if (moved === undefined) return {}
  const { action, signer } = openOwnerAction(moved)
  if (action.op !== 'term' || !sameBytes(action.log, logIdOf(genesis)) || (direct && !sameBytes(signer, owner))) throw new ProofError('the invitation names a home that the log\'s owner did not choose')
  return { home: homeOf(action, moved) }
}

function requireMembers (members: readonly CheckedManifest[], { me, sender, invitation }: JoinParts): void {
  const has = (account: KeyBytes): boolean => members.some(m => sameBytes(m.manifest.account, account))
  if (!has(me) || !has(sender.manifest.account)) throw new ForbiddenError('the chat is not one of its sender and this account')
  if (invitation.direct && members.length !== 2) throw new ForbiddenError('the invitation says a direct chat, and the group is not the two of you')
  if (members.some(m => sameBytes(m.manifest.account, sender.manifest.account) && compareManifests(sender, m) === 'fork')) {
    throw new ProofError('the sender\'s manifest contradicts the one in the chat')
  }
}
