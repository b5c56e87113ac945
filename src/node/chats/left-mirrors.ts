/** Mirrors that were left: each is tried again later, and twice as late each time that was of no use. */
import { LIMITS } from '../../protocol/wire/index.js'

const WAIT_MS = { first: LIMITS.mirrorAgainMs, most: LIMITS.mirrorAgainMostMs } as const

/** See the file's head. */
export class LeftMirrors {
  readonly #waitMs: { readonly first: number, readonly most: number }
  readonly #timers = new Map<string, NodeJS.Timeout>()
  readonly #times = new Map<string, number>()

  /** `waitMs`: the first wait, and the longest. */
  constructor (waitMs: { readonly first: number, readonly most: number } = WAIT_MS) { this.#waitMs = waitMs }

  /** How many are left now. */
  get size (): number { return this.#timers.size }

  /** Whether one is left now. */
  has (name: string): boolean { return this.#timers.has(name) }

  /** One is left. `again` is called once it may be tried. */
  add (name: string, again: () => void): void {
    const times = this.#times.get(name) ?? 0
    this.#times.set(name, times + 1)
    clearTimeout(this.#timers.get(name))
    this.#timers.set(name, setTimeout(() => {
      this.#timers.delete(name)
      again()
    }, Math.min(this.#waitMs.most, this.#waitMs.first * 2 ** Math.min(times, 20))).unref())
  }

  /** None is tried again by itself any more. */
  stop (): void { for (const timer of this.#timers.values()) clearTimeout(timer) }
}
