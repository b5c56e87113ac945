/** When which hosted account's manifest goes to the DHT: at once when it is new, else once in each round, spread over it. */
import { LIMITS, type KeyBytes } from '../../protocol/wire/index.js'
import { mapKey } from '../bytes-text.js'

/** What a publication works with. */
export interface PublicationParts {
  /** Puts the account's present manifest into the DHT. @returns how many other relays took it; undefined when there is nothing to put any more */
  readonly put: (account: KeyBytes) => Promise<number | undefined>
  readonly now: () => number
  readonly after: (ms: number, work: () => void) => () => void
  /** From 0 up to 1. */
  readonly random: () => number
}

/** An account, when it is put next, and how often nobody took it since somebody did. */
interface Due { readonly account: KeyBytes, at: number, failed: number }

/** See the file's head. One is put at a time. */
export class Publication {
  readonly #parts: PublicationParts
  readonly #due = new Map<string, Due>()
  #cancel: () => void = () => undefined
  #running: Promise<void> | undefined
  #hasNeighbours = false
  #stopped = false

  constructor (parts: PublicationParts) { this.#parts = parts }

  /** Accounts that are published in turn. */
  get size (): number { return this.#due.size }

  /** An account that was hosted before this start: published sometime in the first round. */
  known (account: KeyBytes): void {
    const name = mapKey(account)
    if (!this.#due.has(name)) this.#due.set(name, { account, at: this.#parts.now() + this.#parts.random() * LIMITS.republishMs, failed: 0 })
    this.#arm()
  }

  /** The account's manifest is another one now: published next. */
  changed (account: KeyBytes): void {
    this.#due.set(mapKey(account), { account, at: this.#parts.now(), failed: 0 })
    this.#arm()
  }

  /** Whether any other relay can be reached. The first one is told at once what is new. */
  neighbours (there: boolean): void {
    const first = there && !this.#hasNeighbours
    this.#hasNeighbours = there
    if (first) for (const one of this.#due.values()) if (one.failed > 0) one.at = this.#parts.now()
    this.#arm()
  }

  /** Ends it; what is being put is waited for. */
  async stop (): Promise<void> {
    this.#stopped = true
    this.#cancel()
    await this.#running
  }

  #arm (): void {
    this.#cancel()
    if (this.#stopped || !this.#hasNeighbours || this.#running !== undefined) return
    const next = this.#next()
    if (next !== undefined) this.#cancel = this.#parts.after(Math.max(0, next.at - this.#parts.now()), () => { this.#publish() })
  }

  #next (): Due | undefined {
    let next: Due | undefined
    for (const one of this.#due.values()) if (next === undefined || one.at < next.at) next = one
    return next
  }

  #publish (): void {
    const next = this.#next()
    if (next === undefined || this.#running !== undefined) return
    const { now, random, put } = this.#parts
    const before = next.at
    this.#running = put(next.account).catch(() => 0).then(taken => {
      this.#running = undefined
      // What changed meanwhile is due already.
      if (this.#due.get(mapKey(next.account)) === next && next.at === before) {
        if (taken === undefined) this.#due.delete(mapKey(next.account))
        else {
          next.failed = taken === 0 ? next.failed + 1 : 0
          next.at = now() + (taken === 0 ? Math.min(LIMITS.republishMs, LIMITS.republishRetryMs * 2 ** (next.failed - 1)) : LIMITS.republishMs * (0.75 + random() / 4))
        }
      }
      this.#arm()
    })
  }
}
