/** Links whose holders may write without being strangers. */
import type { CallOptions, Invite } from '../../protocol/api/index.js'
import { base32Text, BadInputError, NotFoundError, randomSeed, UnavailableError } from '../../protocol/wire/index.js'
import { systemRandom } from '../../protocol/crypto/index.js'
import { inviteName, type InviteRecord } from '../account/index.js'
import type { NodeCore } from '../core.js'
import { atRelay } from './reach.js'

/** Makes an invite; its key works before the link is given out. */
export async function createInvite (core: NodeCore, options: CallOptions & { expiresInMs?: number }): Promise<Invite> {
  const { expiresInMs } = options
  if (expiresInMs !== undefined && !(Number.isSafeInteger(expiresInMs) && expiresInMs > 0)) throw new BadInputError('an invite\'s life must be a whole number of milliseconds above 0')
  // A node that is its own home has just begun: what it needs is made in a moment, without anybody else.
  const { home } = core.account
  if (home !== undefined && core.account.isOwn(home.peer) && !core.publisher.isShown(home.peer)) await core.publisher.publish(home.peer, options)
  if (core.account.inbox === null) throw new UnavailableError('this account has no inbox yet: add a relay first (petrel relays add ADDRESS)')
  const createdAt = core.now()
  const invite: InviteRecord = { id: base32Text(systemRandom(10)), seed: randomSeed(), createdAt, expiresAt: expiresInMs === undefined ? null : createdAt + expiresInMs }
  await atHome(core, options, async own => { await core.publisher.grantTo(invite.seed, invite.expiresAt, own) })
  await core.vault.kv.batch([core.account.putInvite(invite)])
  // Whoever comes by it is no stranger to any device.
  await core.vault.published([inviteName(invite.id)], options)
  return inviteView(core, invite)
}

/** Invites that are still good, newest first. */
export function listInvites (core: NodeCore): Invite[] {
  const now = core.now()
  return core.account.invites().filter(i => i.expiresAt === null || i.expiresAt > now).sort((a, b) => b.createdAt - a.createdAt).map(i => inviteView(core, i))
}

/** Ends an invite at the relay, then here. */
export async function revokeInvite (core: NodeCore, id: string, options: CallOptions): Promise<void> {
  const invite = core.account.invites().find(i => i.id === id || (id.length >= 4 && i.id.startsWith(id)))
  if (invite === undefined) throw new NotFoundError(`there is no invite "${id.slice(0, 80)}": see petrel invite list`)
  await atHome(core, options, async own => { await core.publisher.revoke(invite.seed, own) })
  await core.vault.kv.batch([core.account.dropInvite(invite.id)])
}

/** A link that the relay does not know of is none, so both begin at the relay. */
async function atHome ({ publisher }: NodeCore, options: CallOptions, work: (options: CallOptions) => Promise<void>): Promise<void> {
  if (publisher.home !== undefined) await atRelay(publisher.home, options, work)
}

function inviteView (core: NodeCore, { id, seed, createdAt, expiresAt }: InviteRecord): Invite {
  return { id, link: core.account.link(seed), createdAt: new Date(createdAt), expiresAt: expiresAt === null ? null : new Date(expiresAt) }
}
