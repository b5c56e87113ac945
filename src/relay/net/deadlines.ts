/** Many deadlines on one timer: a channel has thousands of calls, most of which end long before theirs. */
import { Passing } from './passing.js'

/** One timer for the earliest of many times, of which only its owner knows. Times are what `now` tells, in milliseconds. */
export class EarliestTimer {
  readonly #now: () => number
  readonly #sweep: (now: number) => void
  #timer: NodeJS.Timeout | undefined
  #armedFor = Infinity

  /** @param sweep called when the earliest time has passed: tells the next one by `again` */
  constructor (now: () => number, sweep: (now: number) => void) {
    this.#now = now
    this.#sweep = sweep
  }

  /** There is something `afterMs` from now. @returns when that is */
  expect (afterMs: number): number {
    const at = this.#now() + afterMs
    if (at < this.#armedFor) this.#arm(at, afterMs)
    return at
  }

  /** The next one is at this time; Infinity: there is none. */
  again (at: number, now: number): void {
    if (at < this.#armedFor) this.#arm(at, at - now)
  }

  /** There is nothing any more. */
  clear (): void {
    clearTimeout(this.#timer)
    this.#armedFor = Infinity
  }

  #arm (at: number, afterMs: number): void {
    clearTimeout(this.#timer)
    this.#armedFor = at
    // One more, since timers may fire a part of a millisecond early.
    this.#timer = setTimeout(() => {
      // After a busy spell timers come before sockets: first read what has arrived in time.
      setImmediate(() => { this.#passed() })
    }, Math.max(1, Math.ceil(afterMs) + 1))
    this.#timer.unref()
  }

  #passed (): void {
    this.#armedFor = Infinity
    this.#sweep(this.#now())
  }
}

/** Deadlines by key. */
export class Deadlines<K> {
  readonly #onPassed: (key: K) => void
  readonly #at = new Passing<K, number>()
  readonly #timer: EarliestTimer

  /** @param onPassed called once for each key whose time passes; the key is gone then */
  constructor (now: () => number, onPassed: (key: K) => void) {
    this.#onPassed = onPassed
    this.#timer = new EarliestTimer(now, at => { this.#sweep(at) })
  }

  /** Sets or moves a deadline, `afterMs` from now. */
  set (key: K, afterMs: number): void {
    this.#at.take(key)
    this.add(key, afterMs)
  }

  /** Sets one of a key that has none. */
  add (key: K, afterMs: number): void { this.#at.add(key, this.#timer.expect(afterMs)) }

  /** The deadline was met. The timer stays: finding the next earliest each time would cost more than one idle wake-up. */
  delete (key: K): void { this.#at.take(key) }

  /** Forgets all. */
  clear (): void {
    this.#at.clear()
    this.#timer.clear()
  }

  #sweep (now: number): void {
    const passed: K[] = []
    let next = Infinity
    for (const [key, at] of this.#at.entries()) {
      if (at <= now) passed.push(key)
      else if (at < next) next = at
    }
    this.#timer.again(next, now)
    for (const key of passed) this.#at.take(key)
    for (const key of passed) this.#onPassed(key)
  }
}
