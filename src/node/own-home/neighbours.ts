/** Who is in the local network now, as far as it was heard lately. Anybody there can say anything: an address is a place to try, and whoever answers proves its key. */
import { LIMITS } from '../../protocol/wire/index.js'

interface Heard { readonly addresses: readonly string[], readonly at: number, readonly poked: number }

/** Neighbours by PeerId text. Times are the given clock's milliseconds. */
export class Neighbours {
  readonly #heard = new Map<string, Heard>()
  readonly #now: () => number

  constructor (now: () => number) { this.#now = now }

  /** How many are there. */
  get count (): number { return [...this.#heard.values()].filter(heard => this.#isFresh(heard)).length }

  /** Takes what was heard. @returns whether it is worth a dial at once: the peer is new, or elsewhere than before */
  hear (peerId: string, addresses: readonly string[]): boolean {
    const before = this.#heard.get(peerId)
    const now = this.#now()
    const isNews = before === undefined || !this.#isFresh(before) || addresses.some(address => !before.addresses.includes(address))
    const mayPoke = isNews && now - (before?.poked ?? -Infinity) >= LIMITS.lanPokeMs
    this.#heard.delete(peerId)
    this.#heard.set(peerId, { addresses: addresses.slice(0, LIMITS.addressesPerRelay), at: now, poked: mayPoke ? now : before?.poked ?? -Infinity })
    for (const oldest of this.#heard.keys()) {
      if (this.#heard.size <= LIMITS.lanNeighbours) break
      this.#heard.delete(oldest)
    }
    return mayPoke
  }

  /** Where a peer said it is; none when it was not heard lately. */
  addressesOf (peerId: string): readonly string[] {
    const heard = this.#heard.get(peerId)
    return heard !== undefined && this.#isFresh(heard) ? heard.addresses : []
  }

  #isFresh ({ at }: Heard): boolean { return this.#now() - at < LIMITS.lanHeardMs }
}
