/**
 * Emptying a running relay of connections. Nobody new is let in; those who are here are sent away in small waves, so that
 * they do not all come back, here or elsewhere, at once. Each keeps its channel until its calls are answered: whoever was
 * told that something is stored was told before its channel ended.
 */
import { LIMITS } from '../protocol/wire/index.js'
import type { Cancel, Clock } from '../store/index.js'
import type { GatewayChannel } from './net/index.js'

/** What an operator sees of a drain. Times in ms since 1970. */
export interface DrainProgress {
  readonly since: number
  /** Channels that were open when it began. */
  readonly total: number
  /** Channels that are open still. */
  readonly left: number
  /** Calls that are not answered yet. */
  readonly calls: number
  /** Nobody is left. */
  readonly done: boolean
}

/** What a drain works on. */
export interface DrainParts {
  readonly clock: Clock
  /** The channels that are open. */
  readonly channels: ReadonlySet<GatewayChannel>
  /** Calls that are not answered, of one channel or of all. */
  readonly callsOf: (channel?: GatewayChannel) => number
  /** Takes no further calls of a channel. */
  readonly refuse: (channel: GatewayChannel) => void
}

/** Between two waves. */
const WAVE_MS = 250
/** In a wave: as many as reconnect to another relay without being felt there; more when else it would take longer than a minute. */
const WAVE_CHANNELS = 8
const WAVES = 200
/** Who was told to go may still have calls on the way: its channel is closed by then, once all are answered. */
const SETTLE_MS = 1000

/** One drain, from its beginning to its end or until it is undone. */
export class Drain {
  readonly #parts: DrainParts
  readonly #since: number
  readonly #total: number
  readonly #wave: number
  readonly #to: readonly string[]
  /** When each channel was told to go. */
  readonly #told = new Map<GatewayChannel, number>()
  readonly #closing = new Set<GatewayChannel>()
  #cancel: Cancel = () => undefined
  #done = false
  #resolve: (isEmpty: boolean) => void = () => undefined
  /** Resolves with true when nobody is left, with false when it was undone before. */
  readonly ended: Promise<boolean>

  /** Begins at once. `to`: addresses where clients are sent. */
  constructor (parts: DrainParts, to: readonly string[]) {
    this.#parts = parts
    this.#to = to
    this.#since = parts.clock.now()
    this.#total = parts.channels.size
    this.#wave = Math.max(WAVE_CHANNELS, Math.ceil(this.#total / WAVES))
    this.ended = new Promise(resolve => { this.#resolve = resolve })
    this.#step()
  }

  /** How far it is. */
  get progress (): DrainProgress {
    const { channels, callsOf } = this.#parts
    return { since: this.#since, total: this.#total, left: channels.size, calls: callsOf(), done: this.#done }
  }

  /** Stops sending people away. Who was told to go comes back by itself. */
  undo (): void {
    this.#cancel()
    this.#resolve(false)
  }

  #step (): void {
    const { clock, channels, callsOf } = this.#parts
    const now = clock.now()
    let sent = 0
    for (const channel of channels) {
      const told = this.#told.get(channel)
      if (told !== undefined) this.#settle(channel, now - told)
      else if (sent < this.#wave) {
        sent++
        this.#told.set(channel, now)
        channel.moved(this.#to, LIMITS.drainRetryMs)
      }
    }
    for (const channel of this.#told.keys()) if (!channels.has(channel)) this.#told.delete(channel)
    this.#done = channels.size === 0 && callsOf() === 0
    if (this.#done) this.#resolve(true)
    else this.#cancel = clock.after(WAVE_MS, () => { this.#step() })
  }

  #settle (channel: GatewayChannel, toldMs: number): void {
    const { callsOf, refuse } = this.#parts
    if (this.#closing.has(channel) || toldMs < SETTLE_MS) return
    if (toldMs >= LIMITS.drainGraceMs) refuse(channel)
    if (callsOf(channel) > 0) return
    this.#closing.add(channel)
    void channel.close()
  }
}
