/** Inbound connections that are open, per address, so that one address cannot hold all of a relay's places. Pure. */

/** Counts connections per address, up to a bound. */
export class OpenConnections {
  readonly #most: number
  readonly #counts = new Map<string, number>()

  /** `most`: connections of one address. */
  constructor (most: number) { this.#most = most }

  /** A connection begins: what to call when it ends, or undefined when its address has too many. */
  add (address: string): (() => void) | undefined {
    const count = this.#counts.get(address) ?? 0
    if (count >= this.#most) return undefined
    this.#counts.set(address, count + 1)
    let open = true
    return () => {
      if (!open) return
      open = false
      const now = (this.#counts.get(address) ?? 1) - 1
      if (now === 0) this.#counts.delete(address)
      else this.#counts.set(address, now)
    }
  }
}
