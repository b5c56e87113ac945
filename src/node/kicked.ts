/**
 * Work on what waits on the disk: done when it is kicked, once more when it was kicked meanwhile, never twice at once, and
 * again after a pause that grows while something is left. It can be stopped and begun again.
 */
import { RetryTimer } from './retry-timer.js'

/** How the work is done. */
export interface KickedParts {
  /** Looks at all that waits. Resolves with true when something is left to be tried again later. */
  readonly pass: (signal: AbortSignal) => Promise<boolean>
  /** Told why a pass ended before its end: it is tried again later. */
  readonly failed: (error: unknown) => void
  /** Pauses, ms. */
  readonly retryMs: { readonly first: number, readonly most: number }
}

/** See the file's head. */
export class Kicked {
  readonly #parts: KickedParts
  readonly #retry: RetryTimer
  #running: Promise<void> | undefined
  #again = false
  #stopping = new AbortController()

  constructor (parts: KickedParts) {
    this.#parts = parts
    this.#retry = new RetryTimer(() => { this.kick() }, parts.retryMs)
    this.#stopping.abort()
  }

  /** Begins. */
  start (): void {
    this.#stopping = new AbortController()
    this.kick()
  }

  /** Stops; what waits stays. */
  async stop (): Promise<void> {
    this.#stopping.abort()
    this.#retry.stop()
    await this.#running
  }

  /** Goes on with what waits, now. */
  kick (): void {
    this.#retry.stop()
    this.#again = true
    if (this.#stopping.signal.aborted) return
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
      // It may have come after the last look: nothing else would do it.
      if (this.#again) this.kick()
    })
  }

  /** Something was done: the next pause is short again. */
  succeeded (): void { this.#retry.succeeded() }

  async #run (): Promise<void> {
    let isLeft = false
    try {
      while (this.#again && !this.#stopping.signal.aborted) {
        this.#again = false
        isLeft = await this.#parts.pass(this.#stopping.signal)
      }
    } catch (error) {
      isLeft = true
      this.#again = false
      this.#parts.failed(error)
    }
    if (this.#stopping.signal.aborted) return
    if (isLeft) this.#retry.later()
    else this.#retry.succeeded()
  }
}
