/** Inbound connections that have not proved anything yet: bounded in all and per address, so that silent ones cannot lock others out. Pure. */

interface Pending {
  readonly address: string
  readonly cut: () => void
}

/** Bounds of {@link PendingConnections}. */
export interface PendingBounds {
  readonly total: number
  readonly perAddress: number
}

/**
 * The connections that wait. Over the total, the oldest of the address that has most is cut to make
 * room: whoever finishes a handshake in a normal time gets in, however many silent ones there are.
 */
export class PendingConnections<K> {
  readonly #bounds: PendingBounds
  readonly #byKey = new Map<K, Pending>()
  // The keys of an address, oldest first.
  readonly #byAddress = new Map<string, Set<K>>()

  constructor (bounds: PendingBounds) { this.#bounds = bounds }

  get size (): number { return this.#byKey.size }

  /**
   * A connection begins. False when its address has too many: refuse it.
   * @param cut ends the connection; it is not in the list any more when this is called
   */
  add (key: K, address: string, cut: () => void): boolean {
    const own = this.#byAddress.get(address)
    if (own !== undefined && own.size >= this.#bounds.perAddress) return false
    if (this.#byKey.size >= this.#bounds.total) this.#cutOne()
    this.#byKey.set(key, { address, cut })
    const keys = this.#byAddress.get(address)
    if (keys === undefined) this.#byAddress.set(address, new Set([key]))
    else keys.add(key)
    return true
  }

  /** A connection has proved itself, or has ended. Harmless when it is unknown. */
  done (key: K): void {
    const pending = this.#byKey.get(key)
    if (pending === undefined) return
    this.#byKey.delete(key)
    const keys = this.#byAddress.get(pending.address)
    keys?.delete(key)
    if (keys?.size === 0) this.#byAddress.delete(pending.address)
  }

  #cutOne (): void {
    let most: Set<K> | undefined
    for (const keys of this.#byAddress.values()) {
      if (most === undefined || keys.size > most.size) most = keys
    }
    const [oldest] = most ?? []
    if (oldest === undefined) return
    const pending = this.#byKey.get(oldest)
    this.done(oldest)
    pending?.cut()
  }
}
