/** Links by which others join groups: made, ended, used. */
import { systemRandom } from '../../protocol/crypto/index.js'
import { CUT, formatLink, grantName, hasRight, isCut, mayAsMember, parseLink, type PetrelLink } from '../../protocol/message/index.js'
import type { CallOptions, GroupLink, GroupLinkDraft, JoinRequest, JoinResult } from '../../protocol/api/index.js'
import { base32Text, BadInputError, ForbiddenError, LIMITS, peerIdText, randomSeed, sameBytes, TooLargeError, UnavailableError, type KeyBytes } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { NodeCore } from '../core.js'
import { relayKeyOf } from '../gateway/index.js'
import { groupLinkName, type GroupLinkRecord } from '../links/index.js'
import { chatInfo } from './chats.js'
import type { Group } from './group-view.js'
import { findGroup } from './groups.js'
import { atRelay } from './reach.js'

// An answer takes a letter there and a letter back: a person looks at a command for so long.
const WAIT_MS = 10_000

/** Makes a link; its key works before it is handed out. @throws ForbiddenError, UnavailableError, TooLargeError, BadInputError */
export async function createGroupLink (core: NodeCore, words: string, { expiresInMs, uses, approve = false, name = '', signal }: CallOptions & GroupLinkDraft): Promise<GroupLink> {
  const group = await findGroup(core, words)
  requireMayInvite(core, group)
  if (expiresInMs !== undefined && !(Number.isSafeInteger(expiresInMs) && expiresInMs > 0)) throw new BadInputError('a link\'s life must be a whole number of milliseconds above 0')
  if (uses !== undefined && !(Number.isSafeInteger(uses) && uses > 0)) throw new BadInputError('a link is used at least once')
  if (core.links.links().length >= LIMITS.groupLinks) throw new TooLargeError(`this account has ${LIMITS.groupLinks} links of groups already: revoke some (petrel group revoke)`)
  await requireInbox(core, signal)
  const createdAt = core.now()
  const link: GroupLinkRecord = {
    id: base32Text(systemRandom(10)), chat: group.chat.log, seed: randomSeed(), name, createdAt, expiresAt: expiresInMs === undefined ? null : createdAt + expiresInMs, uses: uses ?? null, used: 0, approve
  }
  await atHome(core, signal, async own => { await core.publisher.grantTo(link.seed, link.expiresAt, own) })
  await core.vault.kv.batch([core.links.putLink(link)])
  await core.vault.published([groupLinkName(link.id)], signal === undefined ? {} : { signal })
  return linkView(core, link)
}

/** The links of a group that are still good, newest first. */
export async function listGroupLinks (core: NodeCore, words: string): Promise<GroupLink[]> {
  const { chat } = await findGroup(core, words)
  const now = core.now()
  return core.links.links().filter(link => sameBytes(link.chat, chat.log) && (link.expiresAt === null || link.expiresAt > now)).sort((a, b) => b.createdAt - a.createdAt).map(link => linkView(core, link))
}

/** Ends a link at the relay, then here. @throws NotFoundError */
export async function revokeGroupLink (core: NodeCore, words: string, id: string, { signal }: CallOptions): Promise<void> {
  const { chat } = await findGroup(core, words)
  const link = core.links.find(chat.log, id)
  await atHome(core, signal, async own => { await core.publisher.revoke(link.seed, own) })
  await core.vault.kv.batch([core.links.dropLink(link)])
}

/** Who waits to be let into a group. */
export async function listJoinRequests (core: NodeCore, words: string): Promise<JoinRequest[]> {
  const { chat } = await findGroup(core, words)
  return core.links.waiting(chat.log).map(({ account, name, link, receivedAt }) => ({ chat: chat.id, account: peerIdText(account), name, link, requestedAt: new Date(receivedAt) }))
}

/** Lets somebody in who waits, or not. @throws NotFoundError, ForbiddenError */
export async function answerJoinRequest (core: NodeCore, words: string, who: string, accept: boolean, { signal }: CallOptions): Promise<void> {
  const group = await findGroup(core, words)
  if (accept) requireMayInvite(core, group)
  await core.joins.decide(core.links.findWaiting(group.chat.log, who), accept, signal === undefined ? {} : { signal })
}

/** Asks to join by a link, once, and waits a while for what comes of it. @throws BadInputError for what is no group's link */
export async function joinGroup (core: NodeCore, text: string, { waitMs = WAIT_MS, signal }: CallOptions & { waitMs?: number }): Promise<JoinResult> {
  const link = parseLink(text)
  if (link.group === undefined && isCut(link)) throw new BadInputError(CUT)
  if (link.group === undefined) throw new BadInputError('this is a person\'s link: petrel contacts add takes it')
  if (sameBytes(link.account, core.account.key)) throw new BadInputError('this is your own link: send it to somebody else')
  const token = grantName(link.group)
  if (!isUnderWay(core, token)) await ask(core, link, link.group, signal)
  await core.joinings.settled(token, waitMs, signal)
  return await resultOf(core, token)
}

/** Whether asking again would change nothing: no answer is there, or this account is in. */
function isUnderWay (core: NodeCore, token: Uint8Array): boolean {
  const joining = core.joinings.get(token)
  if (joining === undefined || joining.state === 'refused') return false
  const there = joining.chat === null ? undefined : core.chats.get(joining.chat)
  return there === undefined ? joining.state !== 'joined' : there.chat.record.stage !== 'out'
}

async function ask (core: NodeCore, link: PetrelLink, seed: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
  await requireInbox(core, signal)
  const more = core.contacts.get(link.account) === undefined ? await meet(core, link, link.account, signal) : []
  await core.updates.write([...more, ...core.joinings.begin({ seed, account: link.account }, core.now()), core.post.joinOp(link.account, seed)], [])
  core.post.kick()
}

/** Remembers who made the link, who is to answer: with a key to the own inbox for that. */
async function meet (core: NodeCore, { relays, name }: PetrelLink, account: KeyBytes, signal: AbortSignal | undefined): Promise<KeyValueOp[]> {
  const known = core.met.get(account)
  const manifest = await core.finder.lookUp(account, relays.map(address => ({ peer: relayKeyOf(address), addrs: [address] })), signal === undefined ? {} : { signal })
  const ops = core.met.meet(manifest, { selfName: name ?? null, ourGrant: known?.ourGrant ?? randomSeed(), ...relays.length > 0 ? { addrs: relays } : {} }, core.now())
  if (ops === undefined) throw new TooLargeError('this account has asked so many by links of groups that no other is remembered')
  return ops
}

async function resultOf (core: NodeCore, token: Uint8Array): Promise<JoinResult> {
  const joining = core.joinings.get(token)
  if (joining === undefined) return { state: 'refused', chat: null, reason: null }
  const there = joining.chat === null ? undefined : core.chats.get(joining.chat)
  return { state: there === undefined ? joining.state : 'joined', chat: there === undefined ? null : await chatInfo(core, there), reason: joining.reason }
}

function requireMayInvite (core: NodeCore, { chat }: Group): void {
  const { policy, record, deps: { me } } = chat
  if (record.stage === 'out') throw new ForbiddenError('this account is not a member of this group any more')
  if (!hasRight(policy, me, 'inviteUsers') && !mayAsMember(policy, me, 'inviteUsers', core.now())) throw new ForbiddenError('you may not add others to this group')
}

/** A node that is its own home has just begun: what it needs is made in a moment, without anybody else. */
async function requireInbox (core: NodeCore, signal: AbortSignal | undefined): Promise<void> {
  const { home } = core.account
  if (home !== undefined && core.account.isOwn(home.peer) && !core.publisher.isShown(home.peer)) await core.publisher.publish(home.peer, signal === undefined ? {} : { signal })
  if (core.account.inbox === null) throw new UnavailableError('this account has no inbox yet: add a relay first (petrel relays add ADDRESS)')
}

/** A link that the relay does not know of is none, so both begin at the relay. */
async function atHome ({ publisher }: NodeCore, signal: AbortSignal | undefined, work: (options: CallOptions) => Promise<void>): Promise<void> {
  if (publisher.home !== undefined) await atRelay(publisher.home, signal === undefined ? {} : { signal }, work)
}

/** The link says who made it and where that one is reached, and nothing else. */
function linkView (core: NodeCore, { id, chat, seed, name, createdAt, expiresAt, uses, used, approve }: GroupLinkRecord): GroupLink {
  const { account, relays } = parseLink(core.account.link())
  return { id, chat: base32Text(chat), name, link: formatLink({ account, relays, group: seed }), createdAt: new Date(createdAt), expiresAt: expiresAt === null ? null : new Date(expiresAt), uses, used, approve }
}
