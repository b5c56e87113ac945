/**
 * Work on many things that each have their own: side by side, but no more than so many at once; never twice at once on
 * one of them; once more when it was asked for meanwhile; and again after a pause of its own that grows while something
 * is left. What failed before gives way to what did not, so that those who are away hold up nobody who is there.
 */
import { RetryTimer } from '../retry-timer.js'

/** `done`: nothing is left. `later`: something waits, for nobody's fault. `failed`: it could not be done. Of the last two it is tried again. */
export type Outcome = 'done' | 'later' | 'failed'

/** How the work is done. */
export interface ErrandsParts {
  readonly run: (id: string, signal: AbortSignal) => Promise<Outcome>
  /** Told why a run ended before its end: it is tried again later. */
  readonly failed: (error: unknown) => void
  /** At most so many at once; half of them for those that are tried again. */
  readonly most: number
  /** Pauses, ms. */
  readonly retryMs: { readonly first: number, readonly most: number }
}

interface Errand { readonly id: string, readonly retry: RetryTimer, isAsked: boolean, isRunning: boolean, isLate: boolean }

/** See the file's head. */
export class Errands {
  readonly #parts: ErrandsParts
  readonly #errands = new Map<string, Errand>()
  /** Those that wait for a place, in their order. */
  readonly #waiting = new Set<Errand>()
  readonly #running = new Map<Errand, Promise<void>>()
  #stopping = new AbortController()

  constructor (parts: ErrandsParts) {
    this.#parts = parts
    this.#stopping.abort()
  }

  /** Begins. */
  start (): void {
    this.#stopping = new AbortController()
    this.#fill()
  }

  /** Stops, once what runs has ended; what was asked for is forgotten. */
  async stop (): Promise<void> {
    this.#stopping.abort()
    for (const { retry } of this.#errands.values()) retry.stop()
    this.#waiting.clear()
    await Promise.all(this.#running.values())
    this.#errands.clear()
  }

  /** Does what there is to do for one, now. */
  kick (id: string): void { this.#ask(id, false) }

  /** Something was done for one: its next pause is short again. */
  succeeded (id: string): void { this.#errands.get(id)?.retry.succeeded() }

  #ask (id: string, isRetry: boolean): void {
    if (this.#stopping.signal.aborted) return
    const errand = this.#errands.get(id) ?? { id, retry: new RetryTimer(() => { this.#ask(id, true) }, this.#parts.retryMs), isAsked: false, isRunning: false, isLate: false }
    this.#errands.set(id, errand)
    if (!isRetry) errand.retry.stop()
    errand.isAsked = true
    if (!errand.isRunning) this.#waiting.add(errand)
    this.#fill()
  }

  #fill (): void {
    const { most } = this.#parts
    let late = [...this.#running.keys()].filter(({ isLate }) => isLate).length
    for (const turn of [false, true]) {
      for (const errand of this.#waiting) {
        if (this.#stopping.signal.aborted || this.#running.size >= most) return
        if (errand.isLate !== turn || (turn && late >= most / 2)) continue
        if (turn) late++
        this.#waiting.delete(errand)
        errand.isRunning = true
        this.#running.set(errand, this.#run(errand).finally(() => {
          errand.isRunning = false
          this.#running.delete(errand)
          if (errand.isAsked && !this.#stopping.signal.aborted) this.#waiting.add(errand)
          this.#fill()
        }))
      }
    }
  }

  async #run (errand: Errand): Promise<void> {
    errand.isAsked = false
    let outcome: Outcome = 'failed'
    try {
      outcome = await this.#parts.run(errand.id, this.#stopping.signal)
    } catch (error) {
      this.#parts.failed(error)
    }
    errand.isLate = outcome === 'failed'
    if (this.#stopping.signal.aborted || errand.isAsked) return
    if (outcome === 'done') this.#errands.delete(errand.id)
    else errand.retry.later()
  }
}
