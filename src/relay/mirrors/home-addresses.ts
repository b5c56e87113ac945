/**
 * Where another home may be: each mirrored log's people say where theirs is, and anybody who is hosted here can say
 * anything of any home. So none of them counts for all: what led there last is dialed each time, and of what the others
 * say, some in each turn. No I/O.
 */
import { LIMITS } from '../../protocol/wire/index.js'

// What led there and what is tried beside it stay below the 25 addresses that libp2p dials for one peer: a log names 16 at most.
const KEPT = LIMITS.addressesPerRelay / 2

/** The addresses of one home. Logs are named by their map keys. */
export class HomeAddresses {
  readonly #said = new Map<string, readonly string[]>()
  #dialed: readonly string[] = []
  #good: readonly string[] = []

  /** What is said of a log's home now; its turn is next. */
  say (log: string, addrs: readonly string[]): void {
    const others = [...this.#said].filter(([name]) => name !== log)
    this.#said.clear()
    for (const [name, said] of [[log, addrs] as const, ...others]) this.#said.set(name, said)
  }

  /** The log does not live there any more. */
  forget (log: string): void { this.#said.delete(log) }

  /** What to dial now. */
  next (): readonly string[] {
    const addrs = new Set(this.#good)
    const most = addrs.size + KEPT
    for (const [log, said] of [...this.#said]) {
      const fresh = said.filter(address => !addrs.has(address))
      if (addrs.size > this.#good.length && addrs.size + fresh.length > most) break
      for (const address of fresh) addrs.add(address)
      // Who had its turn waits for the others.
      this.#said.delete(log)
      this.#said.set(log, said)
    }
    this.#dialed = [...addrs]
    return this.#dialed
  }

  /** One of what was dialed last led there. */
  reached (): void { this.#good = this.#dialed.slice(0, KEPT) }
}
