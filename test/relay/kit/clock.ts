import type { Clock } from '../../../src/store/index.js'

/** A clock that a test moves. */
export class ManualClock implements Clock {
  #now = 1_700_000_000_000
  #timers: Array<{ at: number, run: () => void }> = []

  readonly now = (): number => this.#now

  readonly after = (ms: number, run: () => void): (() => void) => {
    const timer = { at: this.#now + ms, run }
    this.#timers.push(timer)
    return () => { this.#timers = this.#timers.filter(other => other !== timer) }
  }

  /** Moves on, and runs what has come due. */
  advance (ms: number): void {
    const until = this.#now + ms
    for (;;) {
      const due = this.#timers.filter(timer => timer.at <= until).sort((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      this.#timers = this.#timers.filter(other => other !== due)
      this.#now = due.at
      due.run()
    }
    this.#now = until
  }
}
