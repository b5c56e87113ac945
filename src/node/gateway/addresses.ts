/** Where a relay is dialled: what was said of it, by whomever, within bounds. Pure. */
import { LIMITS } from '../../protocol/wire/index.js'

/** So many of the oldest stay, the one that last worked first among them; the newest share the other places. */
const KEPT = LIMITS.addressesPerRelay / 2
/** What is new is tried at once so often; after that it waits for its turn, or one who makes up addresses would never let a dial end. */
const MOST_HEARD = 256

/** What is known of one relay's addresses. */
export class RelayAddresses {
  readonly #heard: Set<string>
  #list: readonly string[]
  /** What the relay itself said last. */
  #announced: readonly string[] = []

  constructor (addrs: readonly string[]) {
    this.#list = addrs.slice(0, LIMITS.addressesPerRelay)
    this.#heard = new Set(this.#list)
  }

  /** To dial now: at most LIMITS.addressesPerRelay. */
  get list (): readonly string[] {
    const others = this.#announced.filter(address => !this.#list.includes(address))
    return [...this.#list.slice(0, LIMITS.addressesPerRelay - others.length), ...others]
  }

  /** The relay itself says where it will be: kept beside the others, whatever replaces those. */
  announce (said: readonly string[]): void { if (said.length > 0) this.#announced = said.slice(0, KEPT) }

  /** Takes these and no others. @returns whether that is news */
  replace (addrs: readonly string[]): boolean {
    const next = addrs.slice(0, LIMITS.addressesPerRelay)
    if (next.length === this.#list.length && next.every((address, i) => address === this.#list[i])) return false
    this.#list = next
    return true
  }

  /**
   * Adds what somebody says. Who answers there must have the relay's key, so a wrong address costs time only: those
   * that somebody made up must not push out the one that works, nor keep the link busy.
   *
   * @returns whether there is one that was never heard before, so that trying at once makes sense
   */
  learn (said: readonly string[]): boolean {
    const fresh = said.filter(address => !this.#list.includes(address)).slice(0, LIMITS.addressesPerRelay - KEPT)
    if (fresh.length === 0) return false
    const news = this.#heard.size < MOST_HEARD && fresh.some(address => !this.#heard.has(address))
    if (news) for (const address of fresh) this.#heard.add(address)
    const all = [...this.#list, ...fresh]
    this.#list = all.length <= LIMITS.addressesPerRelay ? all : [...all.slice(0, KEPT), ...all.slice(KEPT - LIMITS.addressesPerRelay)]
    return news
  }

  /** The relay answered here: it is tried first from now on, and stays. */
  worked (address: string): void {
    const found = this.#list.find(one => bare(one) === bare(address))
    if (found !== undefined) this.#list = [found, ...this.#list.filter(one => one !== found)]
  }
}

/** Without the PeerId at its end, which says who is there and not where. */
function bare (address: string): string { return address.replace(/\/p2p\/[^/]+$/u, '') }
