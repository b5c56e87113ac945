/** Sessions by key: Noise proved the device, its manifest says whose it is, admission says what it may. */
import {
  ForbiddenError, LIMITS, lists, QuotaError, ROLE, sameBytes, SessionError, TooLargeError,
  pb, PUSH, type CheckedManifest, type KeyBytes, type PetrelError, type Way
} from '../../protocol/wire/index.js'
import type { Clock } from '../../store/index.js'
import type { Manifests } from '../accounts/manifests.js'
import { mapKey } from '../bytes-text.js'
import type { Logger } from '../logger.js'
import type { LiveSession, Peer } from '../peer.js'
import type { KeyedBuckets } from '../rate-limit.js'
import type { Door } from './admission.js'
import { ClonedError, type Runs, type SeenDevice, type SeenDevices } from './seen.js'

/** What a device asks for. */
export interface SessionWish { readonly account: KeyBytes, readonly manifest: Uint8Array, readonly token: string | undefined, readonly runs: Runs, readonly way: Way }
/** A device of an account, and whether it has a session now. */
export interface ListedDevice extends SeenDevice { readonly open: boolean }

/** The parts sessions are made of. */
export interface SessionParts {
  readonly clock: Clock
  readonly random: (length: number) => Uint8Array
  readonly manifests: Manifests
  readonly door: Door
  readonly seen: SeenDevices
  readonly opens: KeyedBuckets
  readonly sessionMs: number
  readonly log: Logger
  /** Called when a session has ended before its channel: what it followed ends with the same word. */
  readonly onEnd: (peer: Peer, why: PetrelError) => void
}

/** Newest manifests of guests, which are not stored; the one seen longest ago gives way. */
const GUEST_MANIFESTS = 1024

/** See the file's head. */
export class Sessions {
  readonly #parts: SessionParts
  readonly #byAccount = new Map<string, Set<Peer>>()
  /** Under which account each peer stands: a session that ran out is gone from its peer, and its place here must not stay. */
  readonly #accountOf = new Map<Peer, string>()
  /** The same peers by device: it is asked for each visit, and again and again while that lasts. */
  readonly #byDevice = new Map<string, Set<Peer>>()
  readonly #guests = new Map<string, CheckedManifest>()

  constructor (parts: SessionParts) { this.#parts = parts }

  /** Open sessions. */
  * live (): Generator<Peer> {
    const now = this.#parts.clock.now()
    for (const peer of this.#accountOf.keys()) if (peer.isLive(now)) yield peer
  }

  /** How many there are. */
  get count (): number {
    let count = 0
    for (const _peer of this.live()) count++
    return count
  }

  /** Channels that are remembered for a session, one that ran out too. */
  get kept (): number { return this.#accountOf.size }

  /** Whether a device has a live session here of an account that the relay hosts. */
  hosts (device: KeyBytes): boolean { return this.hostedAccount(device) instanceof Uint8Array }

  /** The account of a device's live session: null when the relay does not host it, undefined without a session. */
  hostedAccount (device: KeyBytes): KeyBytes | null | undefined {
    const now = this.#parts.clock.now()
    let found: null | undefined
    for (const peer of this.#byDevice.get(mapKey(device)) ?? []) {
      if (peer.session === undefined || !peer.isLive(now)) continue
      if (peer.session.role === ROLE.hosted) return peer.session.account
      found = null
    }
    return found
  }

  /**
   * Opens a session in place of the channel's older one.
   *
   * @throws ProofError for a manifest that does not hold or contradicts the one that is held
   * @throws ForbiddenError when the device is not in the manifest, SessionError when it is revoked
   * @throws AdmissionError, RateLimitError, QuotaError, TooLargeError, BadInputError
   */
  async open (peer: Peer, wish: SessionWish): Promise<LiveSession> {
    const { clock, door, manifests, opens, random, sessionMs } = this.#parts
    const now = clock.now()
    opens.require(peer.name, 1, now, 'sessions')
    if ((wish.token?.length ?? 0) > LIMITS.tokenBytes) throw new TooLargeError('a token is not that long')
    const presented = await manifests.open(wish.account, wish.manifest)
    if (!sameBytes(presented.manifest.account, wish.account)) throw new ForbiddenError('the manifest is another account\'s')
    const { newest, isNews } = await this.#judge(presented)
    requireDevice(newest, peer.device)
    const accountName = mapKey(wish.account)
    const others = [...this.#byAccount.get(accountName) ?? []].filter(other => other !== peer && other.isLive(now))
    if (others.length >= LIMITS.sessionsPerAccount) throw new QuotaError(`the account has ${LIMITS.sessionsPerAccount} sessions here: close some`)
    const role = await door.admit(wish.account, wish.token, now)
    if (role === ROLE.hosted) {
      await this.#noteOpened(peer, wish, now)
      if (isNews) await manifests.put(newest)
    } else this.#rememberGuest(newest)
    // A manifest that came meanwhile on another connection may have revoked this device.
    const latest = await this.#known(wish.account)
    if (latest !== undefined) requireDevice(latest, peer.device)
    const session: LiveSession = { id: random(16), account: wish.account, accountName, role, opened: now, expires: now + sessionMs }
    this.#close(peer)
    peer.open(session)
    if (!peer.channel.isClosed) this.#add(accountName, peer)
    this.#parts.log('debug', 'session.opened', { hosted: role === ROLE.hosted })
    return session
  }

  /** Takes note of the device. Where two copies of one home run at once, both are out: neither knows which one the person means. */
  async #noteOpened (peer: Peer, wish: SessionWish, now: number): Promise<void> {
    try {
      const besides = [...this.#byDevice.get(peer.name) ?? []].some(other => other !== peer && other.isLive(now))
      await this.#parts.seen.opened(wish.account, peer.device, now, { ...wish.runs, way: wish.way, besides })
    } catch (error) {
      if (error instanceof ClonedError && error.both) for (const other of [...this.#byDevice.get(peer.name) ?? []]) if (other !== peer) this.#end(other, new ClonedError({ both: true, last: true }))
      throw error
    }
  }

  /** The newest manifest that is known of a session's account, if it is another than the device has shown. */
  async newerManifest (account: KeyBytes, shown: Uint8Array): Promise<Uint8Array | undefined> {
    const known = await this.#known(account)
    return known === undefined || sameBytes(known.bytes, shown) ? undefined : known.bytes
  }

  /** The devices of an account as they were seen here. */
  async devices (account: KeyBytes): Promise<ListedDevice[]> {
    const now = this.#parts.clock.now()
    const open = new Map([...this.#byAccount.get(mapKey(account)) ?? []].filter(peer => peer.isLive(now)).map(peer => [peer.name, peer]))
    return (await this.#parts.seen.list(account)).map(device => open.has(mapKey(device.device)) ? { ...device, seen: now, open: true } : { ...device, open: false })
  }

  /** Tells all sessions of an account of its newer manifest. Who has no room for it learns it at the next session. */
  tell ({ manifest, bytes }: CheckedManifest): void {
    const body = pb.AccountPush.encode({ manifest: bytes })
    for (const peer of this.#byAccount.get(mapKey(manifest.account)) ?? []) {
      if (!peer.channel.isClosed && peer.channel.remoteHello.creditBytes >= body.length + LIMITS.pushOverheadBytes) peer.channel.tryPush(PUSH.account, body)
    }
  }

  /** Another term for a live session. @throws SessionError when it has expired or was revoked */
  renew (peer: Peer): LiveSession {
    const now = this.#parts.clock.now()
    const session = peer.require(now)
    session.expires = now + this.#parts.sessionMs
    return session
  }

  /** Ends the channel's session, if it has one or had one that ran out. */
  close (peer: Peer): void {
    if (!this.#accountOf.has(peer)) return
    this.#leave(peer, new SessionError('the session was closed: open a new one'))
  }

  /** Ends the sessions of devices that a manifest does not list. */
  judgeAgain (checked: CheckedManifest): void {
    for (const peer of [...this.#byAccount.get(mapKey(checked.manifest.account)) ?? []]) {
      if (!lists(checked.manifest, peer.device)) this.#end(peer, revokedError(checked))
    }
  }

  /** Ends all sessions of an account. */
  endAccount (account: KeyBytes, why: PetrelError): void {
    for (const peer of [...this.#byAccount.get(mapKey(account)) ?? []]) this.#end(peer, why)
  }

  async #judge (presented: CheckedManifest): Promise<{ newest: CheckedManifest, isNews: boolean }> {
    const judged = await this.#parts.manifests.judge(presented)
    const guest = this.#guests.get(mapKey(presented.manifest.account))
    // A guest's newest manifest is remembered only in memory: good enough that a revoked device does not get in by an old one.
    const { generation, version } = judged.newest.manifest
    if (guest !== undefined && (guest.manifest.generation > generation || (guest.manifest.generation === generation && guest.manifest.version > version))) return { newest: guest, isNews: judged.isNews }
    return judged
  }

  async #known (account: KeyBytes): Promise<CheckedManifest | undefined> {
    return await this.#parts.manifests.find(account) ?? this.#guests.get(mapKey(account))
  }

  #rememberGuest (newest: CheckedManifest): void {
    const name = mapKey(newest.manifest.account)
    this.#guests.delete(name)
    this.#guests.set(name, newest)
    for (const oldest of this.#guests.keys()) {
      if (this.#guests.size <= GUEST_MANIFESTS) break
      this.#guests.delete(oldest)
    }
    this.judgeAgain(newest)
  }

  #end (peer: Peer, why: PetrelError): void {
    this.#leave(peer, why)
    this.#parts.onEnd(peer, why)
    this.#parts.log('info', 'session.ended', { code: why.code })
  }

  #leave (peer: Peer, why: PetrelError): void {
    this.#close(peer)
    peer.end(why)
  }

  #saw (account: KeyBytes, device: KeyBytes, lost: boolean): void {
    const { clock, log, seen } = this.#parts
    seen.closed(account, device, clock.now(), lost).catch((error: unknown) => { log('debug', 'session.not-noted', { reason: error instanceof Error ? error.name : 'unknown' }) })
  }

  #add (account: string, peer: Peer): void {
    const peers = this.#byAccount.get(account) ?? new Set()
    this.#byAccount.set(account, peers.add(peer))
    this.#accountOf.set(peer, account)
    const same = this.#byDevice.get(peer.name) ?? new Set()
    this.#byDevice.set(peer.name, same.add(peer))
  }

  #close (peer: Peer): void {
    const account = this.#accountOf.get(peer)
    if (account === undefined) return
    this.#accountOf.delete(peer)
    const { session } = peer
    if (session?.role === ROLE.hosted) this.#saw(session.account, peer.device, peer.channel.isClosed)
    const same = this.#byDevice.get(peer.name)
    same?.delete(peer)
    if (same?.size === 0) this.#byDevice.delete(peer.name)
    const peers = this.#byAccount.get(account)
    peers?.delete(peer)
    if (peers?.size === 0) this.#byAccount.delete(account)
  }
}

/** With the record that says so, as far as an error has room for it: a relay's own word is not enough to stop a device. */
function revokedError ({ bytes }: CheckedManifest): SessionError {
  const manifest = Buffer.from(bytes).toString('base64url')
  return new SessionError('this device was revoked by its account', { details: { revoked: true, ...manifest.length > LIMITS.failureDetailsBytes / 2 ? {} : { manifest } } })
}

function requireDevice (checked: CheckedManifest, device: KeyBytes): void {
  const { manifest } = checked
  if (lists(manifest, device)) return
  if (manifest.revoked.some(one => sameBytes(one.key, device))) throw revokedError(checked)
  throw new ForbiddenError('the account\'s manifest does not list this device')
}
