/** Inbound connections that have not proved anything yet: bounded in all and per address, so that silent ones cannot lock others out. */
import { performance } from 'node:perf_hooks'
import { UpgradeRoom, type Begun, type Moment } from './upgrade-room.js'

/** The part of its time after which one is given up for another. */
const HARDLY = 3 / 4

/** Now, and how long this thread has had nothing to do. */
function thisMoment (): Moment { return { at: performance.now(), idle: performance.eventLoopUtilization().idle } }

interface Pending {
  readonly address: string
  readonly cut: () => void
  readonly begun: Begun
}

/** Bounds of {@link PendingConnections}. */
export interface PendingBounds {
  readonly total: number
  readonly perAddress: number
  /** The time that one has, ms. */
  readonly deadlineMs: number
}

/**
 * The connections that wait. Over the total, the oldest of the address that has most is cut to make room, unless that is
 * the newcomer's own: whoever finishes a handshake in a normal time gets in, however many silent ones there are.
 * A host that is slow has less room than that ({@link UpgradeRoom}), and there a newcomer is refused, which costs next to
 * nothing, before one is cut for which half of the work is done: only for who will hardly be in time, or for an address that
 * has more than half of the room.
 */
export class PendingConnections<K> {
  readonly #bounds: PendingBounds
  readonly #now: () => Moment
  readonly #room: UpgradeRoom
  readonly #byKey = new Map<K, Pending>()
  // The keys of an address, oldest first.
  readonly #byAddress = new Map<string, Set<K>>()

  constructor (bounds: PendingBounds, now: () => Moment = thisMoment) {
    this.#bounds = bounds
    this.#now = now
    this.#room = new UpgradeRoom(bounds)
  }

  get size (): number { return this.#byKey.size }

  /**
   * A connection begins. False when its address has too many, or this host has enough to do: refuse it.
   * @param cut ends the connection; it is not in the list any more when this is called
   */
  add (key: K, address: string, cut: () => void): boolean {
    const own = this.#byAddress.get(address)?.size ?? 0
    if (own >= this.#bounds.perAddress || !this.#hasRoom(own)) return false
    this.#byKey.set(key, { address, cut, begun: { ...this.#now(), among: this.size + 1 } })
    const keys = this.#byAddress.get(address)
    if (keys === undefined) this.#byAddress.set(address, new Set([key]))
    else keys.add(key)
    return true
  }

  /** A connection has proved itself. Harmless when it is unknown. */
  upgraded (key: K): void {
    const pending = this.#byKey.get(key)
    if (pending === undefined) return
    this.#room.upgraded(pending.begun, this.#now())
    this.done(key)
  }

  /** A connection has ended before. Harmless when it is unknown. */
  ended (key: K): void {
    const pending = this.#byKey.get(key)
    if (pending === undefined) return
    this.#room.ended(pending.begun, this.#now())
    this.done(key)
  }

  /** A connection needs no room here any more. Harmless when it is unknown. */
  done (key: K): void {
    const pending = this.#byKey.get(key)
    if (pending === undefined) return
    this.#byKey.delete(key)
    const keys = this.#byAddress.get(pending.address)
    keys?.delete(key)
    if (keys?.size === 0) this.#byAddress.delete(pending.address)
  }

  /** Whether there is room for one more of an address that has so many, if need be for another one. */
  #hasRoom (own: number): boolean {
    const room = this.#room.room(this.#now())
    if (this.size < room) return true
    const isSlow = room < this.#bounds.total
    if (isSlow) this.#cutLate()
    else this.#cut(this.#oldestOfMost(own))
    if (isSlow && this.size >= room) this.#cut(this.#oldestOfMost(Math.max(own, room / 2)))
    return this.size < room
  }

  /** Ends those that will hardly be in time: mostly they are silent. */
  #cutLate (): void {
    const now = this.#now()
    for (const [key, { begun }] of this.#byKey) {
      if (now.at - begun.at <= this.#bounds.deadlineMs * HARDLY) return
      this.#room.ended(begun, now)
      this.#cut(key)
    }
  }

  #cut (key: K | undefined): void {
    if (key === undefined) return
    const pending = this.#byKey.get(key)
    this.done(key)
    pending?.cut()
  }

  /** The oldest of the address that has most, when that are more than so many. */
  #oldestOfMost (than: number): K | undefined {
    let most: Set<K> | undefined
    for (const keys of this.#byAddress.values()) {
      if (most === undefined || keys.size > most.size) most = keys
    }
    const [oldest] = most !== undefined && most.size > than ? most : []
    return oldest
  }
}
