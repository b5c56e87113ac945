/** An allowance whose size the other side changes as it likes. Who asks for more than is free waits; nobody overtakes. Pure. */
import { AbortedError } from '../../../protocol/wire/index.js'
import type { PetrelError } from '../../../protocol/wire/index.js'

interface Waiter { readonly amount: number, readonly resolve: () => void, readonly reject: (error: PetrelError) => void }

/** See the file's head. An amount over the whole size is let through when nothing else is out. */
export class Window {
  #size: number
  #used = 0
  #queue: Waiter[] = []
  #closed: PetrelError | undefined

  constructor (size: number) { this.#size = size }

  /** What is taken now. */
  get used (): number { return this.#used }

  /** @throws AbortedError by the signal, or the error the window was closed with */
  async take (amount: number, signal?: AbortSignal): Promise<void> {
    if (this.#closed !== undefined) throw this.#closed
    if (signal?.aborted === true) throw new AbortedError(undefined, { cause: signal.reason })
    if (this.#queue.length === 0 && this.#fits(amount)) {
      this.#used += amount
      return
    }
    const { promise, resolve, reject } = Promise.withResolvers<undefined>()
    const waiter: Waiter = { amount, resolve: () => { resolve(undefined) }, reject }
    this.#queue.push(waiter)
    const onAbort = (): void => {
      this.#queue = this.#queue.filter(one => one !== waiter)
      reject(new AbortedError(undefined, { cause: signal?.reason }))
      this.#serve()
    }
    signal?.addEventListener('abort', onAbort)
    try {
      await promise
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /** Gives back what was taken. */
  give (amount: number): void {
    this.#used -= amount
    this.#serve()
  }

  /** Another size from now on. What is out beyond it stays out. */
  resize (size: number): void {
    this.#size = size
    this.#serve()
  }

  /** Rejects all that wait, and all that ask from now on. */
  close (error: PetrelError): void {
    this.#closed ??= error
    for (const { reject } of this.#queue.splice(0)) reject(error)
  }

  #fits (amount: number): boolean { return this.#used === 0 || this.#used + amount <= this.#size }

  #serve (): void {
    for (let next = this.#queue[0]; next !== undefined && this.#fits(next.amount); next = this.#queue[0]) {
      this.#queue.shift()
      this.#used += next.amount
      next.resolve()
    }
  }
}
