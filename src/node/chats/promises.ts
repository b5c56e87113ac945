/**
 * What the home has signed for that the log has not shown yet, by number. Bounded, since a home can sign for any number:
 * the chain's hash at the highest one covers those below it, so others give way first.
 */
import { LIMITS, sameBytes, type Digest } from '../../protocol/wire/index.js'

/** See the file's head. */
export class Promises {
  readonly #hashes = new Map<number, Digest>()
  #highest = 0

  /** The highest number that was promised; 0 for none. */
  get highest (): number { return this.#highest }
  /** How many are kept. @internal */
  get size (): number { return this.#hashes.size }

  /** Keeps what was promised for a number, the newest word of it. False when another was promised before. */
  add (seq: number, hash: Digest): boolean {
    const held = this.holds(seq, hash)
    this.#hashes.set(seq, hash)
    this.#highest = Math.max(this.#highest, seq)
    for (const oldest of this.#hashes.keys()) {
      if (this.#hashes.size <= LIMITS.promisesPerChat) break
      if (oldest !== this.#highest) this.#hashes.delete(oldest)
    }
    return held
  }

  /** Whether the chain's hash at a number is the one that was promised, if one was. */
  holds (seq: number, hash: Digest): boolean {
    const promised = this.#hashes.get(seq)
    return promised === undefined || sameBytes(promised, hash)
  }

  /** The log has shown a number. */
  shown (seq: number): void {
    this.#hashes.delete(seq)
    if (seq === this.#highest) this.#highest = [...this.#hashes.keys()].reduce((most, one) => Math.max(most, one), 0)
  }

  /** Nothing is promised any more. */
  clear (): void {
    this.#hashes.clear()
    this.#highest = 0
  }
}
