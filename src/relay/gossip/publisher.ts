/** Publishes what is appended to a home's logs that have a topic: what comes within a moment goes out together. */
import type { GossipSub } from '@libp2p/gossipsub'
import { LIMITS, type LogId } from '../../protocol/wire/index.js'
import type { Cancel, Hint } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import type { LogContext } from '../logs/context.js'
import { decodeMeta } from '../logs/meta.js'
import { receiptOf, wireEntry } from '../logs/statements.js'
import { encodeBatch, topicName } from './batch.js'

/** What a publisher is made of. */
export interface PublisherParts {
  readonly context: LogContext
  readonly pubsub: Pick<GossipSub, 'publish' | 'getSubscribers'>
  /** To fewer readers nothing is published. */
  readonly crossover: number
  /** Told each batch. */
  readonly published: (entries: number, bytes: number) => void
}

/** See the file's head. */
export class Publisher {
  readonly #parts: PublisherParts
  /** How far each log was published; the one that was last long ago gives way, and is then published from its newest entry on. */
  readonly #upTo = new Map<string, number>()
  readonly #due = new Map<string, LogId>()
  readonly #cancelHints: Cancel
  #cancelTimer: Cancel | undefined
  #running = false
  #closed = false

  constructor (parts: PublisherParts) {
    this.#parts = parts
    this.#cancelHints = parts.context.store.bus.subscribeAll(hint => { this.#hinted(hint) })
  }

  /** Publishes nothing more. */
  close (): void {
    this.#closed = true
    this.#cancelHints()
    this.#cancelTimer?.()
  }

  #hinted ({ log }: Hint): void {
    const head = this.#parts.context.store.logs.headNow(log)
    // As with most logs.
    if (head !== undefined && decodeMeta(head.meta).topic === null) return
    this.#due.set(mapKey(log), log)
    if (this.#closed || this.#running || this.#cancelTimer !== undefined) return
    this.#cancelTimer = this.#parts.context.clock.after(LIMITS.gossipGatherMs, () => {
      this.#cancelTimer = undefined
      void this.#run()
    })
  }

  async #run (): Promise<void> {
    this.#running = true
    try {
      for (const [name, log] of this.#due) {
        this.#due.delete(name)
        if (this.#closed) break
        // What cannot be read or sent now costs nobody a message: readers have the log.
        await this.#publish(name, log).catch(() => undefined)
      }
    } finally {
      this.#running = false
    }
  }

  async #publish (name: string, log: LogId): Promise<void> {
    const { context: { store, attester }, pubsub, crossover, published } = this.#parts
    const head = await store.logs.head(log)
    const { topic, elsewhere, down } = decodeMeta(head.meta)
    if (topic === null || elsewhere !== null || down !== null) return
    const before = this.#upTo.get(name) ?? head.seq - 1
    this.#note(name, head.seq)
    const text = topicName(topic)
    // Below the crossover each of them is fed by its follow, which costs less.
    if (pubsub.getSubscribers(text).length < crossover) return
    for (let after = before; after < head.seq && !this.#closed;) {
      const { entries } = await store.logs.read(log, after, LIMITS.readItems, LIMITS.gossipBatchBytes)
      const [first, last] = [entries[0], entries.at(-1)]
      if (first === undefined || last === undefined) return
      const attested = await attester.attestOne(receiptOf(log, last, head.term))
      const bytes = encodeBatch(log, first.prevHash, entries.map(wireEntry), attested)
      await pubsub.publish(text, bytes)
      published(entries.length, bytes.length)
      after = last.seq
    }
  }

  #note (name: string, seq: number): void {
    this.#upTo.delete(name)
    this.#upTo.set(name, seq)
    for (const oldest of this.#upTo.keys()) {
      if (this.#upTo.size <= LIMITS.gossipLogsKept) break
      this.#upTo.delete(oldest)
    }
  }
}
