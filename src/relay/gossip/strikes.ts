/** How gossip's neighbours behave: strikes that wear off, and who is cut off for them. No I/O. */
import { LIMITS } from '../../protocol/wire/index.js'

/** What a neighbour is struck for, and how hard: LIMITS.gossipStrikes end its connection. */
export const STRIKE = {
  /** A message that does not hold: four of them are enough. */
  invalid: LIMITS.gossipStrikes / 4,
  /** A message on a topic that nobody here has: an honest neighbour may be late to learn that. */
  unknown: 1,
  /** An old batch again. */
  old: 5,
  /** Something beyond the rate. */
  flood: 2,
  /** More topics than anybody needs. */
  topics: LIMITS.gossipStrikes
} as const

interface Record { strikes: number, at: number, bannedUntil: number }

/** See the file's head. Times are ms of any clock. */
export class Strikes {
  readonly #peers = new Map<string, Record>()
  readonly #now: () => number

  constructor (now: () => number) { this.#now = now }

  /** Strikes a neighbour. True when that is enough, and it is to be cut off now. */
  add (peer: string, strikes: number): boolean {
    const now = this.#now()
    const known = this.#peers.get(peer)
    const before = known === undefined ? 0 : Math.max(0, known.strikes - (now - known.at) / 1000)
    const wasBanned = known !== undefined && known.bannedUntil > now
    const record: Record = { strikes: before + strikes, at: now, bannedUntil: known?.bannedUntil ?? 0 }
    const isEnough = !wasBanned && record.strikes >= LIMITS.gossipStrikes
    if (isEnough) record.bannedUntil = now + LIMITS.gossipBanMs
    this.#peers.delete(peer)
    this.#peers.set(peer, record)
    for (const oldest of this.#peers.keys()) {
      if (this.#peers.size <= LIMITS.gossipPeersKept) break
      this.#peers.delete(oldest)
    }
    return isEnough
  }

  /** Whether a neighbour is not listened to. */
  isBanned (peer: string): boolean { return (this.#peers.get(peer)?.bannedUntil ?? 0) > this.#now() }

  /** What gossipsub adds to its own score: nothing for who behaves, and less than it would listen to for who is cut off. */
  readonly scoreOf = (peer: string): number => {
    if (this.isBanned(peer)) return -LIMITS.gossipStrikes
    const known = this.#peers.get(peer)
    return known === undefined ? 0 : -Math.max(0, known.strikes - (this.#now() - known.at) / 1000) / 10
  }
}
