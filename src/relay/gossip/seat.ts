/** A place for gossip before there is a host: who subscribed meanwhile is subscribed when it begins. */
import type { LogId } from '../../protocol/wire/index.js'
import { NO_GOSSIP, type Gossip, type GossipReader } from './types.js'

interface Wish { readonly log: LogId, readonly topic: Uint8Array, readonly reader: GossipReader, stop: () => void }

/** See the file's head. */
export class GossipSeat implements Gossip {
  readonly #wishes = new Set<Wish>()
  #gossip: Gossip = NO_GOSSIP

  get isOn (): boolean { return this.#gossip.isOn }

  /** Gossip is there now. */
  take (gossip: Gossip): void {
    this.#gossip = gossip
    for (const wish of this.#wishes) wish.stop = gossip.subscribe(wish.log, wish.topic, wish.reader)
  }

  subscribe (log: LogId, topic: Uint8Array, reader: GossipReader): () => void {
    const wish: Wish = { log, topic, reader, stop: this.#gossip.subscribe(log, topic, reader) }
    this.#wishes.add(wish)
    return () => {
      if (this.#wishes.delete(wish)) wish.stop()
    }
  }

  close (): void {
    this.#gossip.close()
    this.#gossip = NO_GOSSIP
    this.#wishes.clear()
  }
}
