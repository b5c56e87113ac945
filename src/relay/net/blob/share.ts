/** Memory that all streams of one side share: each may have a little whatever the others have, and more while there is room. Pure. */

/** See the file's head. */
export class Share {
  readonly #size: number
  #used = 0

  /** `size`: bytes of all together. */
  constructor (size: number) { this.#size = size }

  /** What is used now. */
  get used (): number { return this.#used }

  add (bytes: number): void { this.#used += bytes }
  remove (bytes: number): void { this.#used -= bytes }

  /** Whether so much more fits. */
  fits (bytes: number): boolean { return this.#used + bytes <= this.#size }

  /** What one may have: `most` while there is much room, less with less, never under `least`. */
  of (most: number, least: number): number { return Math.max(least, Math.min(most, Math.floor((this.#size - this.#used) / 2))) }
}
