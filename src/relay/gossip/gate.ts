/** What gossip's neighbours may send: counted before anything of it is looked at. Who sends more is struck, then cut off. */
import type { PeerId } from '@libp2p/interface'
import type { GossipSub } from '@libp2p/gossipsub'
import { LIMITS } from '../../protocol/wire/index.js'
import { TokenBucket } from '../rate-limit.js'
import { STRIKE, type Strikes } from './strikes.js'

/** One piece that came from a neighbour, as the library has decoded it. */
interface Rpc {
  readonly subscriptions?: ReadonlyArray<{ readonly subscribe?: boolean, readonly topic?: string }>
  messages?: ReadonlyArray<{ readonly topic: string, readonly data?: Uint8Array }>
  readonly control?: Readonly<Partial<Record<'ihave' | 'iwant' | 'idontwant', ReadonlyArray<{ readonly messageIDs?: readonly unknown[] }>> & Record<'graft' | 'prune', readonly unknown[]>>>
}

/** The library's way in, which it does not show: every piece from every neighbour passes here. The test of the gate holds it to that. */
interface Inside { handleReceivedRpc: (from: PeerId, rpc: Rpc) => Promise<void> }

interface Neighbour { readonly messages: TokenBucket, readonly bytes: TokenBucket, readonly controls: TokenBucket, readonly topics: Set<string> }

/** What a gate is made of. */
export interface GateParts {
  readonly strikes: Strikes
  /** Milliseconds. */
  readonly now: () => number
  /** Ends the connection of a neighbour. */
  readonly cutOff: (peer: PeerId, why: string) => void
}

/** See the file's head. */
export class GossipGate {
  readonly #parts: GateParts
  readonly #neighbours = new Map<string, Neighbour>()

  constructor (parts: GateParts) { this.#parts = parts }

  /** Puts itself before the library. */
  guard (pubsub: GossipSub): void {
    const inside = pubsub as unknown as Inside
    const take = inside.handleReceivedRpc.bind(inside)
    inside.handleReceivedRpc = async (from, rpc) => { if (this.#passes(from, rpc)) await take(from, rpc) }
  }

  /** A neighbour is gone. */
  forget (peer: string): void { this.#neighbours.delete(peer) }

  /** Strikes a neighbour, and cuts it off when that is enough. */
  strike (peer: PeerId, strikes: number, why: string): void {
    if (this.#parts.strikes.add(peer.toString(), strikes)) this.#parts.cutOff(peer, why)
  }

  #passes (from: PeerId, rpc: Rpc): boolean {
    const { strikes, cutOff } = this.#parts
    const name = from.toString()
    if (strikes.isBanned(name)) {
      cutOff(from, 'banned')
      return false
    }
    const neighbour = this.#of(name)
    if (!this.#takeTopics(neighbour, rpc)) {
      this.strike(from, STRIKE.topics, 'topics')
      return false
    }
    const now = this.#parts.now()
    const messages = rpc.messages ?? []
    const bytes = messages.reduce((sum, message) => sum + (message.data?.length ?? 0), 0)
    const isFlood = neighbour.controls.take(controlsOf(rpc), now) > 0 || neighbour.messages.take(messages.length, now) > 0 || neighbour.bytes.take(bytes, now) > 0
    if (isFlood) this.strike(from, STRIKE.flood, 'flood')
    return !isFlood
  }

  #takeTopics ({ topics }: Neighbour, { subscriptions = [] }: Rpc): boolean {
    for (const { subscribe, topic } of subscriptions) {
      if (topic === undefined) continue
      if (subscribe !== true) topics.delete(topic)
      else if (topics.size >= LIMITS.gossipTopicsPerPeer && !topics.has(topic)) return false
      else topics.add(topic)
    }
    return true
  }

  #of (name: string): Neighbour {
    const known = this.#neighbours.get(name)
    if (known !== undefined) return known
    const now = this.#parts.now()
    const bucket = (perSecond: number): TokenBucket => new TokenBucket({ perSecond, burst: perSecond * 10 }, now)
    const neighbour = { messages: bucket(LIMITS.gossipMessagesPerSecond), bytes: bucket(LIMITS.gossipBytesPerSecond), controls: bucket(LIMITS.gossipControlsPerSecond), topics: new Set<string>() }
    this.#neighbours.set(name, neighbour)
    return neighbour
  }
}

/** Everything beside messages that costs the one who takes it. */
function controlsOf ({ subscriptions = [], control }: Rpc): number {
  const ids = (all: ReadonlyArray<{ readonly messageIDs?: readonly unknown[] }> = []): number => all.reduce((sum, { messageIDs = [] }) => sum + 1 + messageIDs.length, 0)
  return subscriptions.length + ids(control?.ihave) + ids(control?.iwant) + ids(control?.idontwant) + (control?.graft?.length ?? 0) + (control?.prune?.length ?? 0)
}
