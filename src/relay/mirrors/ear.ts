/** What a mirrored log hears by gossip: it listens at the topic that the copy's keys name, from where the copy ends. */
import { sameBytes, type LogId } from '../../protocol/wire/index.js'
import type { LogHead } from '../../store/index.js'
import type { Gossip, GossipRun, ReaderPlace } from '../gossip/types.js'
import { decodeMeta } from '../logs/meta.js'

/** What an ear tells. */
export interface EarEvents {
  /** Entries that follow `from`, under the home's word. */
  readonly onRun: (run: GossipRun, from: ReaderPlace) => void
  /** The home has signed `head`, and what leads there from `from` did not come. */
  readonly onBehind: (head: Uint8Array, from: ReaderPlace) => void
}

/** See the file's head. */
export class Ear {
  readonly #gossip: Gossip
  readonly #log: LogId
  readonly #events: EarEvents
  #place: ReaderPlace | undefined
  #listening: { readonly topic: Uint8Array, readonly stop: () => void } | undefined

  constructor (gossip: Gossip, log: LogId, events: EarEvents) {
    this.#gossip = gossip
    this.#log = log
    this.#events = events
  }

  /** The copy stands there now: listens, elsewhere, or no more. */
  turn (head: LogHead): void {
    const { elsewhere, topic, down } = decodeMeta(head.meta)
    if (elsewhere?.at !== 'mirror' || down !== null || topic === null) { this.close(); return }
    const { home, term } = elsewhere
    this.#place = { home, term, seq: head.seq, hash: head.hash }
    if (this.#listening !== undefined && sameBytes(this.#listening.topic, topic)) return
    this.#listening?.stop()
    const place = (): ReaderPlace => this.#place ?? { home, term, seq: head.seq, hash: head.hash }
    const stop = this.#gossip.subscribe(this.#log, topic, {
      place,
      onRun: run => {
        const from = place()
        // The next batch may come before this one is stored.
        this.#place = { ...from, ...run.to }
        this.#events.onRun(run, from)
      },
      onBehind: (_seq, signed) => { this.#events.onBehind(signed, place()) }
    })
    this.#listening = { topic, stop }
  }

  /** Listens no more. */
  close (): void {
    this.#listening?.stop()
    this.#listening = undefined
    this.#place = undefined
  }
}

/** Whether a copy stands where a reader stood. */
export function standsAt (head: LogHead, { home, term, seq, hash }: ReaderPlace): boolean {
  return isAimedAt(head, { home, term }) && head.seq === seq && sameBytes(head.hash, hash)
}

/** Whether a copy is followed at that home in that term. */
export function isAimedAt ({ meta }: LogHead, { home, term }: Pick<ReaderPlace, 'home' | 'term'>): boolean {
  const { elsewhere } = decodeMeta(meta)
  return elsewhere?.at === 'mirror' && elsewhere.term === term && sameBytes(elsewhere.home, home)
}
