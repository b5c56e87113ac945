/** Many deadlines on one timer: a channel has thousands of calls, most of which end long before theirs. */

/** Deadlines by key. Times are what `now` tells, in milliseconds. */
export class Deadlines<K> {
  readonly #now: () => number
  readonly #onPassed: (key: K) => void
  readonly #at = new Map<K, number>()
  #timer: NodeJS.Timeout | undefined
  #armedFor = Infinity

  /** @param onPassed called once for each key whose time passes; the key is gone then */
  constructor (now: () => number, onPassed: (key: K) => void) {
    this.#now = now
    this.#onPassed = onPassed
  }

  /** Sets or moves a deadline, `afterMs` from now. */
  set (key: K, afterMs: number): void {
    const at = this.#now() + afterMs
    this.#at.set(key, at)
    if (at < this.#armedFor) this.#arm(at, afterMs)
  }

  /** The deadline was met. The timer stays: finding the next earliest each time would cost more than one idle wake-up. */
  delete (key: K): void { this.#at.delete(key) }

  /** Forgets all. */
  clear (): void {
    this.#at.clear()
    clearTimeout(this.#timer)
    this.#armedFor = Infinity
  }

  #arm (at: number, afterMs: number): void {
    clearTimeout(this.#timer)
    this.#armedFor = at
    // One more, since timers may fire a part of a millisecond early.
    this.#timer = setTimeout(() => {
      // After a busy spell timers come before sockets: first read what has arrived in time.
      setImmediate(() => { this.#sweep() })
    }, Math.max(1, Math.ceil(afterMs) + 1))
    this.#timer.unref()
  }

  #sweep (): void {
    const now = this.#now()
    this.#armedFor = Infinity
    const passed: K[] = []
    let next = Infinity
    for (const [key, at] of this.#at) {
      if (at <= now) passed.push(key)
      else if (at < next) next = at
    }
    if (next < Infinity) this.#arm(next, next - now)
    for (const key of passed) this.#at.delete(key)
    for (const key of passed) this.#onPassed(key)
  }
}
