/** Token buckets: how often a peer may ask. */
import { RateLimitError } from '../protocol/wire/index.js'
import type { Rate } from './options.js'

/** One bucket, full at the start. Times in ms of any clock; one that goes back gives nothing. */
export class TokenBucket {
  readonly #rate: Rate
  #tokens: number
  #last: number

  constructor (rate: Rate, now: number) {
    this.#rate = rate
    this.#tokens = rate.burst
    this.#last = now
  }

  /**
   * Takes `n` tokens, or none. More than the burst are given to a full bucket, which then stands in debt.
   *
   * @returns 0 when they were taken, else the milliseconds until they can be
   */
  take (n: number, now: number): number {
    const { perSecond, burst } = this.#rate
    this.#fill(now)
    const needed = Math.min(n, burst)
    if (this.#tokens < needed) return Math.max(1, Math.ceil((needed - this.#tokens) * 1000 / perSecond))
    this.#tokens -= n
    return 0
  }

  /** Milliseconds until a debt is worked off; 0 without one. */
  wait (now: number): number { return this.take(0, now) }

  /** Takes `n` tokens that are due for work done, into debt if need be: whoever comes next waits. */
  spend (n: number, now: number): void {
    this.#fill(now)
    this.#tokens -= n
  }

  /** @throws RateLimitError with `details.retryMs` when `n` tokens are not there */
  require (n: number, now: number, what: string): void {
    const retryMs = this.take(n, now)
    if (retryMs > 0) throw new RateLimitError(`too many ${what}: wait ${retryMs} ms and try again`, { details: { retryMs } })
  }

  #fill (now: number): void {
    if (now > this.#last) this.#tokens = Math.min(this.#rate.burst, this.#tokens + (now - this.#last) * this.#rate.perSecond / 1000)
    this.#last = now
  }
}

/** Buckets by name, for what outlives a connection: a device that reconnects finds its old bucket. */
export class KeyedBuckets {
  readonly #rate: Rate
  readonly #max: number
  readonly #buckets = new Map<string, TokenBucket>()

  /** `max` buckets are kept; the one that was used longest ago gives way. */
  constructor (rate: Rate, max = 20_000) {
    this.#rate = rate
    this.#max = max
  }

  /** @throws RateLimitError with `details.retryMs` */
  require (name: string, n: number, now: number, what: string): void { this.#bucket(name, now).require(n, now, what) }

  /** See {@link TokenBucket.take}. */
  take (name: string, n: number, now: number): number { return this.#bucket(name, now).take(n, now) }

  /** See {@link TokenBucket.wait}. */
  wait (name: string, now: number): number { return this.#bucket(name, now).wait(now) }

  /** See {@link TokenBucket.spend}. */
  spend (name: string, n: number, now: number): void { this.#bucket(name, now).spend(n, now) }

  #bucket (name: string, now: number): TokenBucket {
    const bucket = this.#buckets.get(name) ?? new TokenBucket(this.#rate, now)
    this.#buckets.delete(name)
    this.#buckets.set(name, bucket)
    if (this.#buckets.size > this.#max) {
      for (const oldest of this.#buckets.keys()) {
        this.#buckets.delete(oldest)
        break
      }
    }
    return bucket
  }
}
