/** Who waits for which block of a download, and for how long at most. */
import { AbortedError } from '../../../protocol/wire/index.js'
import type { FetchTiming } from './timing.js'

interface Waiter { readonly item: number, readonly resolve: () => void, readonly reject: (error: Error) => void, readonly rearm: () => void }

/** See the file's head. */
export class Arrivals {
  readonly #timing: Pick<FetchTiming, 'after' | 'slowMs' | 'patienceMs'>
  readonly #onStill: () => void
  readonly #waiters = new Set<Waiter>()

  /** @param onStill - called when somebody waits and nothing of the file has come for `slowMs` */
  constructor (timing: Pick<FetchTiming, 'after' | 'slowMs' | 'patienceMs'>, onStill: () => void) {
    this.#timing = timing
    this.#onStill = onStill
  }

  /**
   * Resolves when the item came.
   *
   * @param late - the error when nothing of the file has come for `patienceMs`
   * @throws AbortedError, and whatever {@link fail} is told
   */
  async wait (item: number, signal: AbortSignal, late: () => Error): Promise<void> {
    const { after, slowMs, patienceMs } = this.#timing
    const { promise, resolve, reject } = Promise.withResolvers<undefined>()
    let cancel: () => void = () => undefined
    const rearm = (): void => {
      cancel()
      const [still, over] = [after(slowMs, this.#onStill), after(patienceMs, () => { reject(late()) })]
      cancel = () => {
        still()
        over()
      }
    }
    const waiter = { item, resolve: () => { resolve(undefined) }, reject, rearm }
    const onAbort = (): void => { reject(new AbortedError(undefined, { cause: signal.reason })) }
    this.#waiters.add(waiter)
    signal.addEventListener('abort', onAbort, { once: true })
    rearm()
    if (signal.aborted) onAbort()
    try {
      await promise
    } finally {
      cancel()
      signal.removeEventListener('abort', onAbort)
      this.#waiters.delete(waiter)
    }
  }

  /** An item came: the download is alive, so that everybody else waits on. */
  arrived (item: number): void {
    for (const waiter of this.#waiters) {
      if (waiter.item === item) waiter.resolve()
      else waiter.rearm()
    }
  }

  /** Nothing comes any more. */
  fail (error: Error): void { for (const { reject } of this.#waiters) reject(error) }

  /** Those do not come. */
  failThose (items: readonly number[], error: Error): void { for (const { item, reject } of this.#waiters) if (items.includes(item)) reject(error) }
}
