/**
 * What the home has signed for that the log has not shown yet, by number. Bounded, since a home can sign for any number:
 * the chain's hash at the highest one covers those below it, so others give way first.
 */
import { LIMITS, sameBytes, type Digest } from '../../protocol/wire/index.js'

/** A takeover: of what homes have signed for in terms before that one, nothing beyond the number counts any more. */
export interface LeftBehind { readonly term: number, readonly seq: number }

/** Whether what was signed in a term for a number is left behind. */
export function isLeft (promised: LeftBehind, left: LeftBehind): boolean { return promised.term < left.term && promised.seq > left.seq }

/** See the file's head. */
export class Promises {
  readonly #promised = new Map<number, { readonly hash: Digest, readonly term: number }>()
  #highest = 0

  /** The highest number that was promised; 0 for none. */
  get highest (): number { return this.#highest }
  /** The term in which that was; 0 for none. */
  get highestTerm (): number { return this.#promised.get(this.#highest)?.term ?? 0 }
  /** How many are kept. @internal */
  get size (): number { return this.#promised.size }

  /** Keeps what was promised in a term for a number, the newest word of the latest term. False when that term's home promised another before. */
  add (seq: number, hash: Digest, term: number): boolean {
    const before = this.#promised.get(seq)
    if (before === undefined || before.term <= term) this.#promised.set(seq, { hash, term })
    this.#highest = Math.max(this.#highest, seq)
    for (const oldest of this.#promised.keys()) {
      if (this.#promised.size <= LIMITS.promisesPerChat) break
      if (oldest !== this.#highest) this.#promised.delete(oldest)
    }
    // Between two terms there may be a takeover that the log has not shown yet.
    return before === undefined || before.term !== term || sameBytes(before.hash, hash)
  }

  /** Whether the chain's hash at a number is the one that was promised, if one was. `left`: takeovers on the way there. */
  holds (seq: number, hash: Digest, left: readonly LeftBehind[] = []): boolean {
    const promised = this.#promised.get(seq)
    return promised === undefined || sameBytes(promised.hash, hash) || left.some(one => isLeft({ term: promised.term, seq }, one))
  }

  /** The log has shown a number. */
  shown (seq: number): void {
    this.#promised.delete(seq)
    if (seq === this.#highest) this.#lookForHighest()
  }

  /** What a takeover left behind is promised no more; without one, nothing is. */
  forget (left?: LeftBehind): void {
    for (const [seq, { term }] of this.#promised) if (left === undefined || isLeft({ term, seq }, left)) this.#promised.delete(seq)
    this.#lookForHighest()
  }

  #lookForHighest (): void { this.#highest = [...this.#promised.keys()].reduce((most, one) => Math.max(most, one), 0) }
}
