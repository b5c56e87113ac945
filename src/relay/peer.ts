/** What a relay knows of one gateway channel: who is behind it, and what that device has proved. */
import { LIMITS, ROLE, SessionError, type KeyBytes, type LogId, type PetrelError, type Role } from '../protocol/wire/index.js'
import type { GatewayChannel } from './net/index.js'
import { mapKey } from './bytes-text.js'
import { Lanes } from './logs/lanes.js'
import { NOTHING_PROVED, type ProvenKey, type ProvenKeys } from './logs/access.js'
import type { RateOptions } from './options.js'
import { TokenBucket } from './rate-limit.js'

/** An open session. */
export interface LiveSession {
  /** 16 random bytes. */
  readonly id: Uint8Array
  readonly account: KeyBytes
  readonly accountName: string
  readonly role: Role
  readonly opened: number
  /** By the relay's clock, ms. */
  expires: number
}

/** One channel and its device. */
export class Peer {
  readonly channel: GatewayChannel
  /** The device's key, which Noise proved. */
  readonly device: KeyBytes
  /** The device's map key. */
  readonly name: string
  readonly lanes = new Lanes()
  readonly calls: TokenBucket
  readonly appends: TokenBucket
  /** Calls that are not answered yet. */
  inFlight = 0
  /** The relay is being emptied, and takes no further calls of this one. */
  isSentAway = false
  /** The log it appended to last. */
  lastLog: NamedLog | undefined
  /** Frames it sends by pipes. */
  readonly pipes: TokenBucket
  /** Bytes that come to it by pipes. */
  readonly pipeBytes: TokenBucket
  readonly #proven = new Map<string, ProvenKeys>()
  #session: LiveSession | undefined
  #ended: PetrelError | undefined
  #capabilities = 0
  /** When the first of the proved rights ends that were lent, ms. */
  #until = Infinity
  #isMirror = false
  #searching: Promise<unknown> = Promise.resolve()

  constructor (channel: GatewayChannel, rates: RateOptions, now: number) {
    this.channel = channel
    this.device = channel.remotePeer
    this.name = mapKey(channel.remotePeer)
    this.calls = new TokenBucket(rates.calls, now)
    this.appends = new TokenBucket(rates.appends, now)
    this.pipes = new TokenBucket(rates.pipes, now)
    this.pipeBytes = new TokenBucket(rates.pipeBytes, now)
  }

  /** The session, whatever its state; undefined when there is none. */
  get session (): LiveSession | undefined { return this.#session }

  /** Whether the session is open and has not run out. */
  isLive (now: number): boolean { return this.#session !== undefined && now < this.#session.expires }

  /** Whether no session was ever opened on this channel. */
  get isStranger (): boolean { return this.#session === undefined && this.#ended === undefined }

  /** What the session may hold; nothing without one. */
  get bounds (): { readonly capabilities: number, readonly follows: number } {
    if (this.#session === undefined) return { capabilities: 0, follows: 0 }
    // A mirror follows for all its people, and it can prove only what somebody here has made.
    return this.#session.role === ROLE.hosted || this.#isMirror
      ? { capabilities: LIMITS.capabilitiesPerSession, follows: LIMITS.followsPerSession }
      : { capabilities: LIMITS.capabilitiesPerGuest, follows: LIMITS.followsPerGuest }
  }

  /** How many capabilities are proved. */
  get capabilities (): number { return this.#capabilities }

  /** Starts a session in place of an older one. What was proved before is proved no more. */
  open (session: LiveSession): void {
    this.#session = session
    this.#ended = undefined
    this.#forget()
  }

  /** Ends the session; later calls get `why`. */
  end (why: PetrelError): void {
    if (this.#session === undefined) return
    this.#session = undefined
    this.#ended = why
    this.#forget()
  }

  /** The live session. @throws SessionError when there is none, or it has ended */
  require (now: number): LiveSession {
    const session = this.#session
    if (session === undefined) throw this.#ended ?? new SessionError('there is no session on this connection: open one')
    if (now >= session.expires) {
      this.end(new SessionError('the session has expired: open a new one'))
      throw new SessionError('the session has expired: open a new one', { details: { expired: true } })
    }
    if (now >= this.#until) this.#endLent(now)
    return session
  }

  /** What the device has proved for a log (map key). */
  proven (log: string): ProvenKeys { return this.#proven.get(log) ?? NOTHING_PROVED }

  /** Takes note of a proved key. */
  prove (log: string, right: keyof ProvenKeys, key: NonNullable<ProvenKeys[typeof right]>): void {
    const keys = this.proven(log)
    if (keys[right] === undefined) this.#capabilities++
    this.#proven.set(log, { ...keys, [right]: key })
    if (key.until === undefined) return
    this.#isMirror = true
    this.#until = Math.min(this.#until, key.until)
  }

  /** Forgets an append key whose grant was taken back. */
  unprove (log: string, isRevoked: (key: KeyBytes) => boolean): void {
    const keys = this.#proven.get(log)
    if (keys?.append === undefined || !isRevoked(keys.append.key)) return
    const { append, ...left } = keys
    this.#proven.set(log, left)
    this.#capabilities--
  }

  /** Runs a search of this peer after its earlier ones. */
  oneSearch<T> (search: () => Promise<T>): Promise<T> {
    const turn = this.#searching.then(search)
    this.#searching = turn.catch(() => undefined)
    return turn
  }

  /** Forgets the rights whose time is over, before anybody asks for them. */
  #endLent (now: number): void {
    this.#until = Infinity
    for (const [log, keys] of this.#proven) {
      const left = Object.entries(keys).filter(([, key]: [string, ProvenKey]) => key.until === undefined || now < key.until)
      this.#capabilities -= Object.keys(keys).length - left.length
      if (left.length === 0) this.#proven.delete(log)
      else this.#proven.set(log, Object.fromEntries(left))
      for (const [, { until = Infinity }] of left as Array<[string, ProvenKey]>) this.#until = Math.min(this.#until, until)
    }
  }

  #forget (): void {
    this.#proven.clear()
    this.#capabilities = 0
    this.#until = Infinity
    this.#isMirror = false
  }
}

/** A log named in a call: its bytes and its map key. */
export interface NamedLog { readonly log: LogId, readonly name: string }
