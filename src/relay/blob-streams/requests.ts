/**
 * Requests for blocks that a relay has made at once, shared out among the accounts it makes them for: none has more than
 * half, and whoever has fewest is next. So an account whose sources hardly answer slows down itself, and nobody else. Pure.
 */
import { AbortedError, type PetrelError } from '../../protocol/wire/index.js'

interface Waiter { readonly owner: string, readonly resolve: () => void, readonly reject: (error: PetrelError) => void }

/** See the file's head. */
export class Requests {
  readonly #total: number
  readonly #perOwner: number
  readonly #taken = new Map<string, number>()
  #all = 0
  #queue: Waiter[] = []

  /** @param total of all together */
  constructor (total: number, perOwner = Math.ceil(total / 2)) {
    this.#total = total
    this.#perOwner = perOwner
  }

  /** Resolves when the owner may make one. @throws AbortedError */
  async take (owner: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new AbortedError(undefined, { cause: signal.reason })
    const { promise, resolve, reject } = Promise.withResolvers<undefined>()
    const waiter: Waiter = { owner, resolve: () => { resolve(undefined) }, reject }
    const onAbort = (): void => {
      this.#queue = this.#queue.filter(one => one !== waiter)
      reject(new AbortedError(undefined, { cause: signal.reason }))
    }
    this.#queue.push(waiter)
    signal.addEventListener('abort', onAbort)
    this.#serve()
    try {
      await promise
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** One of the owner's has ended. */
  give (owner: string): void {
    const left = this.#of(owner) - 1
    if (left > 0) this.#taken.set(owner, left)
    else this.#taken.delete(owner)
    this.#all--
    this.#serve()
  }

  #of (owner: string): number { return this.#taken.get(owner) ?? 0 }

  #serve (): void {
    while (this.#all < this.#total) {
      let next: Waiter | undefined
      // The first of those with fewest.
      for (const waiter of this.#queue) if (this.#of(waiter.owner) < (next === undefined ? this.#perOwner : this.#of(next.owner))) next = waiter
      if (next === undefined) return
      const served = next
      this.#queue = this.#queue.filter(one => one !== served)
      this.#taken.set(served.owner, this.#of(served.owner) + 1)
      this.#all++
      served.resolve()
    }
  }
}
