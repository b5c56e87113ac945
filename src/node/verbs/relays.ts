/** Which relays are the account's homes. */
import type { CallOptions, RelayInfo } from '../../protocol/api/index.js'
import { AdmissionError, BadInputError, ConflictError, LIMITS, NotFoundError, peerIdText, ROLE, sameBytes, TooLargeError, toPetrelError, UnavailableError, type KeyBytes } from '../../protocol/wire/index.js'
import type { HomeRelay } from '../account/index.js'
import type { NodeCore } from '../core.js'
import type { EngineRoom } from '../engine-room.js'
import { relayKeyOf, type RelayLink } from '../gateway/index.js'
import { atRelay, reach } from './reach.js'

/** Makes a relay a home: reaches it, opens a session, and publishes the account there. */
export async function addRelay (core: NodeCore, room: EngineRoom, address: string, options: CallOptions & { token?: string }): Promise<RelayInfo> {
  const peer = relayKeyOf(address)
  if (core.account.isOwn(peer)) throw new BadInputError('that is this node itself: it is a home while it runs with --lan and has no relay')
  const { relays } = core.account
  const known = relays.find(r => sameBytes(r.peer, peer))
  if (known === undefined && relays.length >= LIMITS.homeRelays) throw tooMany()
  // Another address of a home is tried as it is, not over the connection there is.
  const isElsewhere = known?.address !== address
  const resume = isElsewhere ? await comeHome(core, peer, address) : () => undefined
  try {
    const link = core.pool.link(peer, [address])
    link.setAddrs([address])
    if (options.token !== undefined) link.setToken(options.token)
    await reach(link, options)
    if (link.role !== ROLE.hosted) throw new AdmissionError('the relay hosts only people who bring a token: ask its operator for one, and add it with --token')
    const entry: HomeRelay = { peer, address, token: options.token ?? known?.token ?? null }
    // As they are now: another relay may have been added meanwhile.
    const now = core.account.relays
    const isThere = now.some(r => sameBytes(r.peer, peer))
    if (!isThere && now.length >= LIMITS.homeRelays) throw tooMany()
    await core.vault.kv.batch([core.account.setRelays(isThere ? now.map(r => sameBytes(r.peer, peer) ? entry : r) : [...now, entry])])
  } catch (error) {
    if (isElsewhere) await core.pool.link(peer, [address]).close()
    throw error
  } finally {
    core.joining.delete(peerIdText(peer))
    resume()
    room.watchHomes()
  }
  await room.publish(peer, options)
  const entry = core.account.relays.find(r => sameBytes(r.peer, peer))
  if (entry === undefined) throw new NotFoundError('the relay was removed again meanwhile')
  return await relayView(core, entry, options)
}

const tooMany = (): TooLargeError => new TooLargeError(`an account has at most ${LIMITS.homeRelays} home relays`)

/** A relay that was only visited, or is reached elsewhere, is left and entered under one's own name. */
async function comeHome (core: NodeCore, peer: KeyBytes, address: string): Promise<() => void> {
  const resume = await leave(core, peer)
  core.joining.set(peerIdText(peer), address)
  return resume
}

/** Closes the link to a relay; the chats there pause until the returned function is called. */
async function leave (core: NodeCore, peer: KeyBytes): Promise<() => void> {
  const there = core.chats.all().filter(s => sameBytes(s.chat.home.peer, peer) || sameBytes(s.chat.link.peer, peer))
  await Promise.all(there.map(async s => { await s.stop() }))
  await core.pool.links().find(l => sameBytes(l.peer, peer))?.close()
  return () => { for (const session of there) session.start() }
}

/** The relays in use: the homes, then those only reached for chats that live there. */
export async function listRelays (core: NodeCore, options: CallOptions): Promise<RelayInfo[]> {
  // A device that has stopped has no links any more; one that is to be let in yet has homes, and goes to them then.
  if (core.standing.error !== undefined) return core.standing.stopped === 'unlisted' ? core.account.relays.map(relay => waitingView(core, relay)) : []
  const homes = await Promise.all(core.account.relays.map(async r => await relayView(core, r, options)))
  const others = core.pool.links().filter(l => !core.account.relays.some(r => sameBytes(r.peer, l.peer)))
  return [...homes, ...others.map(l => linkView(l, { address: l.addrs[0] ?? '', home: false, own: core.account.isOwn(l.peer), usage: null }))]
}

/** Stops using a relay as a home, also one that is gone. An inbox that lived there moves first; chats that live there go on there, reached as a visitor. */
export async function removeRelay (core: NodeCore, room: EngineRoom, words: string, options: CallOptions): Promise<void> {
  const relay = homeCalled(core, words)
  const others = core.account.relays.filter(r => r !== relay)
  if (others.length === 0) throw new ConflictError('this is the account\'s only home, and the inbox lives there: add another first (petrel relays add ADDRESS)')
  const link = core.pool.link(relay.peer, [relay.address])
  if (relay === core.account.home) await moveTo(core, others, options)
  // As they are now: another relay may have been added meanwhile.
  await core.vault.kv.batch([core.account.setRelays(core.account.relays.filter(r => !sameBytes(r.peer, relay.peer)))])
  // Whoever asks there learns where to go; one that is gone is not waited for.
  if (link.state === 'connected') await core.publisher.farewell(link, { ...options, deadlineMs: LIMITS.farewellMs }).catch((error: unknown) => { core.log('info', 'relay.farewell', { code: toPetrelError(error).code }) })
  // What is still needed there is reached as a stranger from now on.
  const resume = await leave(core, relay.peer)
  room.watchHomes()
  resume()
}

/** Lets the inbox live at another home. */
export async function moveInbox (core: NodeCore, room: EngineRoom, words: string, options: CallOptions): Promise<RelayInfo> {
  const relay = homeCalled(core, words)
  if (relay !== core.account.home) {
    await moveTo(core, [relay], options)
    room.watchHomes()
    await room.publish(relay.peer, options)
  }
  return await relayView(core, relay, options)
}

/** Moves the inbox to the first of some homes that can be reached, and puts a word to each contact into the post. */
async function moveTo (core: NodeCore, candidates: readonly HomeRelay[], options: CallOptions): Promise<void> {
  const { account, contacts, pool, post, publisher, updates } = core
  const linkOf = (relay: HomeRelay): RelayLink => pool.link(relay.peer, [relay.address])
  let failure: unknown
  for (const to of candidates.toSorted((a, b) => Number(linkOf(b).state === 'connected') - Number(linkOf(a).state === 'connected'))) {
    try {
      await atRelay(linkOf(to), options, async own => { await publisher.moveInbox([to, ...account.relays.filter(r => !sameBytes(r.peer, to.peer))], own) })
      await updates.write(contacts.all().filter(c => !c.blocked).map(c => post.op(c.account, null)), [])
      return
    } catch (error) {
      failure = error
    }
  }
  throw new UnavailableError(`the inbox has to move, and no other home can be reached: ${toPetrelError(failure).message}`, { cause: failure })
}

function homeCalled (core: NodeCore, words: string): HomeRelay {
  const relay = core.account.relays.find(r => r.address === words || peerIdText(r.peer) === words || core.account.addrsOf(r).includes(words))
  if (relay === undefined) throw new NotFoundError(`no home relay has the address "${words.slice(0, 120)}": see petrel relays list`)
  return relay
}

async function relayView (core: NodeCore, relay: HomeRelay, options: CallOptions): Promise<RelayInfo> {
  const link = core.pool.link(relay.peer, [relay.address])
  let usage: RelayInfo['usage'] = null
  if (link.state === 'connected') {
    try {
      const { bytes, quotaBytes } = await link.usage({ ...options, deadlineMs: 2000 })
      usage = { bytes, quota: quotaBytes }
    } catch {
      // A relay that cannot say now is listed all the same.
    }
  }
  const behind = core.publisher.behind(relay.peer)
  return {
    ...linkView(link, { address: core.account.addrsOf(relay)[0] ?? relay.address, home: true, own: core.account.isOwn(relay.peer), usage }),
    inbox: core.account.home !== undefined && sameBytes(core.account.home.peer, relay.peer),
    behind: behind === null ? null : { code: behind.code, message: behind.message }
  }
}

function waitingView ({ account }: NodeCore, { peer, address }: HomeRelay): RelayInfo {
  return { address, peer: peerIdText(peer), state: 'waiting', home: true, role: null, error: null, usage: null, own: account.isOwn(peer), inbox: account.home !== undefined && sameBytes(account.home.peer, peer), behind: null }
}

function linkView (link: RelayLink, { address, home, own, usage }: Pick<RelayInfo, 'address' | 'home' | 'own' | 'usage'>): RelayInfo {
  const { lastError, role } = link
  return {
    address,
    peer: peerIdText(link.peer),
    state: link.state === 'closed' ? 'waiting' : link.state,
    home,
    role: role === null ? null : role === 1 ? 'hosted' : 'guest',
    error: lastError === null ? null : { code: lastError.code, message: lastError.message },
    usage,
    own,
    inbox: false,
    behind: null
  }
}
