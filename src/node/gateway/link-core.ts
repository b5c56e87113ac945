/** The edge of the link machine: it dials, opens and renews sessions, keeps one timer, and tells who waits. */
import { METHOD, pb, peerIdText, type PetrelError, ROLE, toPetrelError, UnavailableError, DeadlineError, LIMITS, type KeyBytes, type Role } from '../../protocol/wire/index.js'
import type { GatewayChannel, GatewayPush, MovedNotice } from '../../relay/net/index.js'
import type { RelayAddresses } from './addresses.js'
import { patiently, type LinkClock } from './clock.js'
import type { Dialer } from './dialer.js'
import { alarmAt, NEW_LINK, statusOf, stepLink, type LinkEffect, type LinkInput, type LinkMachine } from './link-machine.js'
import type { LinkTiming } from './timing.js'
import type { LinkState, LinkStatus } from './types.js'

/** A session at a relay, until the next one. */
export interface Session { readonly number: number, readonly channel: GatewayChannel }

/** Tells of what happens on links, for a log file: never a key's secret, a token or a text. */
export type LinkLog = (event: { readonly event: LinkState, readonly relay: string, readonly error: PetrelError | null }) => void

/** The number of a session of this home at one relay, and those of earlier ones, the newest first. */
export interface HomeRuns { readonly run: Uint8Array, readonly before: readonly Uint8Array[] }

/** What all links of a node share. */
export interface LinkWorld {
  readonly account: KeyBytes
  /** Asked before each session: what it gives is on the disk by then. Default: the home keeps none. */
  readonly runs?: ((relay: KeyBytes) => Promise<HomeRuns>) | undefined
  readonly dialer: Dialer
  readonly timing: LinkTiming
  readonly clock: LinkClock
  readonly random: () => number
  readonly log: LinkLog
}

/** What the parts of a link want to hear of its core. */
export interface CoreEvents {
  /** A new session: before anybody who waits for it goes on. */
  readonly onSession: (session: Session) => void
  /** The channel is gone or going. */
  readonly onLost: () => void
  readonly onPush: (push: GatewayPush) => undefined | Promise<void>
  /** The relay holds another manifest of this account than it was shown. */
  readonly onManifest: (bytes: Uint8Array) => void
  readonly onMoved: (notice: MovedNotice) => void
}

/** What a link says of itself when it opens a session, and where it dials. All may change. */
export interface Credentials { readonly addrs: RelayAddresses, token: string | undefined, manifest: Uint8Array }

/** A session shorter than this would be renewed in a tight loop. */
const MIN_SESSION_MS = 50
/** How long a relay may take to say goodbye. */
const GOODBYE_MS = 1000

/** See the file's head. */
export class LinkCore {
  readonly peer: KeyBytes
  readonly credentials: Credentials
  readonly #world: LinkWorld
  readonly #events: CoreEvents
  readonly #listeners = new Set<(status: LinkStatus) => void>()
  readonly #waiters = new Set<{ resolve: (session: Session) => void, reject: (error: PetrelError) => void }>()
  #machine: LinkMachine = NEW_LINK
  #dialing = new AbortController()
  #channel: GatewayChannel | undefined
  #session: Session | undefined
  #cancelAlarm: () => void = () => undefined
  #draining: GatewayChannel | undefined
  #ended: Promise<void> = Promise.resolve()

  constructor (peer: KeyBytes, credentials: Credentials, world: LinkWorld, events: CoreEvents) {
    this.peer = peer
    this.credentials = credentials
    this.#world = world
    this.#events = events
  }

  get status (): LinkStatus { return statusOf(this.#machine) }

  /** The session that calls may use now. */
  get session (): Session | undefined { return this.#session }

  onState (listener: (status: LinkStatus) => void): () => void {
    this.#listeners.add(listener)
    return () => { this.#listeners.delete(listener) }
  }

  start (): void { this.#input({ type: 'start' }) }
  poke (): void { this.#input({ type: 'poke' }) }
  /** Credentials were replaced. */
  changed (what: 'addrs' | 'token' | 'manifest'): void { this.#input({ type: 'changed', what }) }
  /** A call was refused for want of a session. */
  sessionLost (session: Session, error: PetrelError): void { this.#input({ type: 'session-lost', session: session.number, error }) }

  /** Ends the link for good. Resolves when the relay was told, or could not be. */
  async close (): Promise<void> {
    this.#input({ type: 'close' })
    await this.#ended
  }

  /**
   * Waits for a session, until a moment of the clock.
   * @throws the refusal while refused; UnavailableError when the time is over or the link closed (`details.sent` false); AbortedError
   */
  async whenReady (until: number, signal: AbortSignal | undefined): Promise<Session> {
    if (this.#session !== undefined && signal?.aborted !== true) return this.#session
    const no = this.#noSession()
    if (no !== undefined) throw no
    const { promise, resolve, reject } = Promise.withResolvers<Session>()
    const waiter = { resolve, reject }
    this.#waiters.add(waiter)
    // Nobody hears of it when the wait ends first.
    promise.catch(() => undefined)
    try {
      return await patiently(promise, { clock: this.#world.clock, signal, until, late: () => this.#late() })
    } finally {
      this.#waiters.delete(waiter)
    }
  }

  #late (): PetrelError {
    const { lastError } = this.status
    return new UnavailableError(`no session with relay ${peerIdText(this.peer)} came in time${lastError === null ? '' : `: ${lastError.message}`}`, { cause: lastError ?? undefined, details: { sent: false } })
  }

  /** Why no session will come, if so. */
  #noSession (): PetrelError | undefined {
    const { state, lastError } = this.status
    if (state === 'refused' && lastError !== null) return lastError
    return state === 'closed' ? new UnavailableError('the link to the relay is closed', { details: { sent: false } }) : undefined
  }

  #input (input: LinkInput): void {
    const before = this.status
    const { clock, random, timing } = this.#world
    const { state, effects } = stepLink(this.#machine, input, { now: clock.now(), random: random() }, timing)
    this.#machine = state
    if (state.phase.name !== 'ready') this.#session = undefined
    this.#cancelAlarm()
    const due = alarmAt(state)
    this.#cancelAlarm = due === null ? () => undefined : clock.after(Math.max(0, due - clock.now()), () => { this.#input({ type: 'alarm' }) })
    for (const effect of effects) this.#do(effect)
    this.#announce(before)
  }

  #announce (before: LinkStatus): void {
    const { status } = this
    const session = this.#session
    const no = this.#noSession()
    for (const waiter of [...this.#waiters]) {
      if (session !== undefined) waiter.resolve(session)
      else if (no !== undefined) waiter.reject(no)
    }
    if (status.state === before.state && status.role === before.role && status.lastError === before.lastError) return
    if (status.state !== before.state) this.#world.log({ event: status.state, relay: peerIdText(this.peer), error: status.lastError })
    for (const listener of [...this.#listeners]) listener(status)
  }

  #do (effect: LinkEffect): void {
    switch (effect.type) {
      case 'dial': void this.#dial(effect.attempt, effect.movedTo); break
      case 'open': void this.#open(effect.attempt); break
      case 'renew': void this.#renew(effect.attempt); break
      case 'probe': void this.#probe(); break
      case 'session': this.#begin(effect.session); break
      case 'cut': this.#cut(effect.error, effect.hangUp); break
      case 'drain': this.#drain(); break
      case 'end': this.#ended = this.#goodbye(); break
    }
  }

  async #dial (attempt: number, movedTo: readonly string[]): Promise<void> {
    const { dialer, timing } = this.#world
    const dialing = new AbortController()
    this.#dialing = dialing
    // Who sent this node away lets it in no more; once that one is gone, the relay may be back in its old place too.
    const isLeaving = this.#draining?.isClosed === false
    try {
      const channel = await dialer.dial(movedTo.length > 0 && (isLeaving || attempt % 2 === 0) ? movedTo : this.credentials.addrs.list, this.peer, {
        signal: dialing.signal,
        fresh: isLeaving,
        agent: 'petrel',
        limits: { probeIdleMs: timing.probeIdleMs, probeAnswerMs: timing.probeAnswerMs },
        onPush: push => push.channel === this.#channel ? this.#events.onPush(push) : undefined,
        onMoved: notice => { this.#moved(attempt, notice) }
      })
      if (dialing.signal.aborted) {
        void channel.close()
        return
      }
      this.#channel = channel
      this.credentials.addrs.worked(channel.remoteAddress)
      void channel.closed.then(error => { this.#input({ type: 'lost', attempt, error }) })
      this.#input({ type: 'dialed', attempt })
    } catch (error) {
      this.#input({ type: 'failed', attempt, error: toPetrelError(error) })
    }
  }

  /** On a lost channel the loss itself is the news, and tells the reason better. */
  async #ask (attempt: number, type: 'failed' | 'renew-failed', ask: (channel: GatewayChannel) => Promise<void>): Promise<void> {
    const channel = this.#channel
    if (channel === undefined) return
    try {
      await ask(channel)
    } catch (error) {
      if (!channel.isClosed && channel === this.#channel) this.#input({ type, attempt, error: toPetrelError(error) })
    }
  }

  async #open (attempt: number): Promise<void> {
    const { account, runs, timing } = this.#world
    await this.#ask(attempt, 'failed', async channel => {
      const { run, before } = await runs?.(this.peer) ?? { run: new Uint8Array(), before: [] }
      const { manifest, token } = this.credentials
      const request = pb.OpenSessionRequest.encode({ account, manifest, run, runsBefore: [...before], ...token === undefined ? {} : { token } })
      const { manifest: newer, ...reply } = sessionReply(await channel.call(METHOD.openSession, request, { deadlineMs: timing.attemptMs }))
      if (newer !== undefined) this.#events.onManifest(newer)
      this.#input({ type: 'opened', attempt, ...reply })
    })
  }

  async #renew (attempt: number): Promise<void> {
    await this.#ask(attempt, 'renew-failed', async channel => {
      const { manifest: _manifest, ...reply } = sessionReply(await channel.call(METHOD.renewSession, pb.RenewSessionRequest.encode({}), { deadlineMs: this.#world.timing.attemptMs }))
      this.#input({ type: 'renewed', attempt, ...reply })
    })
  }

  /** Any answer will do, a refusal too. */
  async #probe (): Promise<void> {
    const channel = this.#channel
    try {
      await channel?.call(METHOD.usage, pb.Empty.encode({}), { deadlineMs: this.#world.timing.probeAnswerMs })
    } catch (error) {
      if (error instanceof DeadlineError) channel?.abort(new UnavailableError('the relay does not answer any more'))
    }
  }

  #begin (number: number): void {
    if (this.#channel === undefined) return
    this.#session = { number, channel: this.#channel }
    this.#events.onSession(this.#session)
  }

  #cut (error: PetrelError, hangUp: boolean): void {
    this.#dialing.abort()
    const channel = this.#release()
    if (channel !== undefined && !channel.isClosed) channel.abort(error)
    // Answers may still come on the old channel.
    if (hangUp && this.#draining?.isClosed !== false) this.#world.dialer.hangUp(this.peer, error)
  }

  /** Calls in flight may end on the old channel; it closes after that, or when the relay closes it. */
  #drain (): void {
    const channel = this.#release()
    if (channel === undefined) return
    this.#draining = channel
    const cancel = this.#world.clock.after(this.#world.timing.drainMs, () => { void channel.close() })
    void channel.closed.then(cancel)
  }

  #release (): GatewayChannel | undefined {
    const channel = this.#channel
    this.#channel = undefined
    if (channel !== undefined) this.#events.onLost()
    return channel
  }

  async #goodbye (): Promise<void> {
    this.#dialing.abort()
    void this.#draining?.close()
    const channel = this.#release()
    if (channel?.isClosed === false) {
      try {
        // The session would end with the channel anyway; so it is gone from lists at once.
        await channel.call(METHOD.closeSession, pb.CloseSessionRequest.encode({}), { deadlineMs: GOODBYE_MS })
      } catch {
        // Whatever the relay says, this side leaves.
      }
      await channel.close()
    }
    // Also where the relay has ended the channel, as it does to a device that was revoked.
    this.#world.dialer.hangUp(this.peer, new UnavailableError('the link to the relay is closed'))
  }

  #moved (attempt: number, notice: MovedNotice): void {
    const own = `/p2p/${peerIdText(this.peer)}`
    const sameRelay = notice.relays.filter(address => address.endsWith(own)).slice(0, LIMITS.addressesPerRelay)
    this.credentials.addrs.announce(sameRelay)
    this.#events.onMoved(notice)
    this.#input({ type: 'moved', attempt, sameRelay, retryMs: notice.retryMs })
  }
}

function sessionReply (bytes: Uint8Array): { expiresMs: number, role: Role, manifest: Uint8Array | undefined } {
  const { expiresMs, role, manifest } = pb.SessionReply.decode(bytes)
  // A role this version does not know is worth a guest's rights.
  return { expiresMs: Math.min(Math.max(expiresMs, MIN_SESSION_MS), LIMITS.sessionMs), role: role === ROLE.hosted ? ROLE.hosted : ROLE.guest, manifest }
}
