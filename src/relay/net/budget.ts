/** A counted allowance that is waited for in order: credit, calls in flight, reply bytes. */
import { AbortedError } from '../../protocol/wire/index.js'
import type { PetrelError } from '../../protocol/wire/index.js'

/** Someone who waits for an allowance. */
export interface Waiter {
  readonly amount: number
  readonly granted: () => void
  readonly refused: (error: PetrelError) => void
  done: boolean
}

/** An allowance of `capacity`. Who asks for more than there is waits; nobody overtakes. */
export class Budget {
  readonly capacity: number
  #free: number
  #queue: Waiter[] = []
  // Waiters before this index are done; the array is cut when half of it is.
  #head = 0
  #waiting = 0
  #closed: PetrelError | undefined

  constructor (capacity: number) {
    this.capacity = capacity
    this.#free = capacity
  }

  /** What is free now. */
  get free (): number { return this.#free }

  /** How many wait. */
  get waiting (): number { return this.#waiting }

  /** Takes `amount` if nobody waits and it is free. */
  tryTake (amount: number): boolean {
    if (this.#closed !== undefined || this.#waiting > 0 || amount > this.#free) return false
    this.#free -= amount
    return true
  }

  /**
   * Takes `amount` (at most the capacity) now, or when it is its turn: then `granted` is called.
   * `refused` is called when the budget closes first.
   *
   * @returns the waiter, to {@link drop} it; undefined when `granted` or `refused` was called at once
   */
  request (amount: number, granted: () => void, refused: (error: PetrelError) => void): Waiter | undefined {
    if (this.#closed !== undefined) {
      refused(this.#closed)
      return undefined
    }
    if (this.tryTake(amount)) {
      granted()
      return undefined
    }
    const waiter: Waiter = { amount, granted, refused, done: false }
    this.#queue.push(waiter)
    this.#waiting++
    return waiter
  }

  /** The waiter no longer wants it. */
  drop (waiter: Waiter): void {
    if (waiter.done) return
    waiter.done = true
    this.#waiting--
    // It may have been the first, and too large for what is free; those behind may fit.
    this.#serve()
  }

  /**
   * {@link request} as a promise. `granted` runs at the very moment of the grant, so that nobody can come in between.
   * @throws AbortedError by the signal, or the error the budget was closed with
   */
  async take (amount: number, signal?: AbortSignal, granted?: () => void): Promise<void> {
    if (signal?.aborted === true) throw new AbortedError(undefined, { cause: signal.reason })
    const { promise, resolve, reject } = Promise.withResolvers<undefined>()
    const waiter = this.request(amount, () => {
      granted?.()
      resolve(undefined)
    }, reject)
    if (waiter === undefined || signal === undefined) {
      await promise
      return
    }
    const onAbort = (): void => {
      this.drop(waiter)
      reject(new AbortedError(undefined, { cause: signal.reason }))
    }
    signal.addEventListener('abort', onAbort)
    try {
      await promise
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** Gives `amount` back. False when that is more than was ever taken: the giver lies. */
  give (amount: number): boolean {
    if (this.#free + amount > this.capacity) return false
    this.#free += amount
    this.#serve()
    return true
  }

  /** Rejects all that wait, and all that ask from now on. */
  close (error: PetrelError): void {
    this.#closed ??= error
    const waiters = this.#queue.slice(this.#head)
    this.#queue = []
    this.#head = 0
    for (const waiter of waiters) {
      if (waiter.done) continue
      waiter.done = true
      this.#waiting--
      waiter.refused(error)
    }
  }

  #serve (): void {
    for (let next = this.#queue[this.#head]; next !== undefined; next = this.#queue[this.#head]) {
      if (!next.done) {
        if (next.amount > this.#free) break
        this.#free -= next.amount
        next.done = true
        this.#waiting--
        next.granted()
      }
      this.#head++
    }
    if (this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head)
      this.#head = 0
    }
  }
}
