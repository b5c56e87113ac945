/**
 * Gossip over gossipsub: a home publishes what is appended to its logs that have a topic, and readers take it. A message
 * is passed on only once its entries hold: by the chain, and by what the log's home signed. DESIGN section 3.
 */
import type { PeerId } from '@libp2p/interface'
import type { GossipSub, Message, TopicValidatorResult } from '@libp2p/gossipsub'
import { LIMITS, PetrelError, ProofError, sameBytes, type LogId } from '../../protocol/wire/index.js'
import type { Clock } from '../../store/index.js'
import type { Logger } from '../logger.js'
import type { LogContext } from '../logs/context.js'
import type { Host } from '../net/index.js'
import { follow, openBatch, topicName, type GossipBatch } from './batch.js'
import { GossipGate } from './gate.js'
import { Publisher } from './publisher.js'
import { STRIKE, type Strikes } from './strikes.js'
import type { Gossip, GossipReader } from './types.js'

/** What gossip is made of. */
export interface GossipParts {
  /** Its `pubsub` must be on. */
  readonly host: Host
  readonly clock: Clock
  readonly log: Logger
  /** The same that the host's scores were made with. */
  readonly strikes: Strikes
  /** The logs of a home that publishes; absent for who only reads. */
  readonly logs?: LogContext
  /** Readers from which on a home publishes. Default LIMITS.gossipCrossover. */
  readonly crossover?: number
  readonly metrics?: GossipMetrics
}

/** What is counted. */
export interface GossipMetrics {
  readonly published: (entries: number, bytes: number) => void
  /** A message of a neighbour: taken, known, or why not. */
  readonly heard: (outcome: string) => void
  readonly cutOff: (why: string) => void
}

/** The library's words. Its enumeration would load it (1 MB) into nodes that do not gossip; a test holds them together. @internal */
export const VERDICT = { accept: 'accept', ignore: 'ignore', reject: 'reject' } as unknown as { readonly [V in 'accept' | 'ignore' | 'reject']: TopicValidatorResult }

interface Subscription { readonly log: LogId, readonly readers: Set<GossipReader> }

/** See the file's head. */
export class RelayGossip implements Gossip {
  readonly isOn = true
  readonly #parts: GossipParts
  readonly #pubsub: GossipSub
  readonly #gate: GossipGate
  readonly #topics = new Map<string, Subscription>()
  readonly #publisher: Publisher | undefined

  private constructor (parts: GossipParts, pubsub: GossipSub) {
    this.#parts = parts
    this.#pubsub = pubsub
    const { clock, strikes, host, logs, crossover = LIMITS.gossipCrossover } = parts
    this.#gate = new GossipGate({ strikes, now: () => clock.now(), cutOff: (peer, why) => { this.#cutOff(peer, why) } })
    this.#gate.guard(pubsub)
    pubsub.topicValidators = new OneValidator((peer, message) => this.#judge(peer, message))
    host.node.addEventListener('peer:disconnect', this.#onGone)
    this.#publisher = logs === undefined ? undefined : new Publisher({ context: logs, pubsub, crossover, published: (entries, bytes) => { parts.metrics?.published(entries, bytes) } })
  }

  /** Begins. The host's gossip must be switched on. */
  static over (parts: GossipParts): RelayGossip | undefined {
    const { pubsub } = parts.host.node.services
    return pubsub === undefined ? undefined : new RelayGossip(parts, pubsub)
  }

  subscribe (log: LogId, topic: Uint8Array, reader: GossipReader): () => void {
    const name = topicName(topic)
    const there = this.#topics.get(name)
    if (there !== undefined && !sameBytes(there.log, log)) return () => undefined
    const subscription = there ?? { log, readers: new Set<GossipReader>() }
    this.#topics.set(name, subscription)
    subscription.readers.add(reader)
    if (there === undefined) this.#pubsub.subscribe(name)
    return () => {
      if (!subscription.readers.delete(reader) || subscription.readers.size > 0 || this.#topics.get(name) !== subscription) return
      this.#topics.delete(name)
      this.#pubsub.unsubscribe(name)
    }
  }

  close (): void {
    this.#publisher?.close()
    this.#parts.host.node.removeEventListener('peer:disconnect', this.#onGone)
    for (const name of this.#topics.keys()) this.#pubsub.unsubscribe(name)
    this.#topics.clear()
  }

  /** Judges a message of a neighbour, and hands what it brings to the readers. */
  #judge (peer: PeerId, message: Message): TopicValidatorResult {
    const { topic, data } = message
    const subscription = this.#topics.get(topic)
    if (subscription === undefined) return this.#refuse(peer, STRIKE.unknown, 'unknown', VERDICT.ignore)
    const [reader] = subscription.readers
    if (reader === undefined) return VERDICT.ignore
    let batch: GossipBatch
    try {
      batch = openBatch(data, subscription.log, reader.place())
    } catch (error) {
      if (!(error instanceof PetrelError)) throw error
      // Of a term that this reader has not come to, or has left: nobody is to blame, and nothing is passed on unchecked.
      if (error instanceof ProofError && error.details.term === true) return VERDICT.ignore
      return this.#refuse(peer, STRIKE.invalid, 'invalid', VERDICT.reject)
    }
    if (this.#parts.clock.now() - batch.statement.time > LIMITS.gossipOldMs) return this.#refuse(peer, STRIKE.old, 'old', VERDICT.ignore)
    for (const one of subscription.readers) this.#hand(batch, one)
    return VERDICT.accept
  }

  #hand (batch: GossipBatch, reader: GossipReader): void {
    const run = follow(batch, reader.place())
    this.#parts.metrics?.heard(typeof run === 'string' ? run : 'taken')
    if (run === 'known') return
    // On another chain the log itself shows who is wrong.
    if (run === 'behind' || run === 'forked') reader.onBehind?.(batch.last, batch.head)
    else reader.onRun(run)
  }

  #refuse (peer: PeerId, strikes: number, why: string, result: TopicValidatorResult): TopicValidatorResult {
    this.#parts.metrics?.heard(why)
    this.#gate.strike(peer, strikes, why)
    return result
  }

  #cutOff (peer: PeerId, why: string): void {
    const { host, log, metrics } = this.#parts
    if (why !== 'banned') {
      log('warn', 'gossip.cut-off', { why })
      metrics?.cutOff(why)
    }
    host.node.hangUp(peer).catch(() => undefined)
  }

  readonly #onGone = (event: CustomEvent<PeerId>): void => { this.#gate.forget(event.detail.toString()) }
}

/** The same judge for every topic, those that nobody asked for too: the library lets pass what has none. */
class OneValidator extends Map<string, (peer: PeerId, message: Message) => TopicValidatorResult> {
  readonly #judge: (peer: PeerId, message: Message) => TopicValidatorResult

  constructor (judge: (peer: PeerId, message: Message) => TopicValidatorResult) {
    super()
    this.#judge = judge
  }

  override get (): (peer: PeerId, message: Message) => TopicValidatorResult { return this.#judge }
}
