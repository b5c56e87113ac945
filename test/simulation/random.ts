/** Numbers that a seed decides. */
export class Random {
  #state: number

  constructor (seed: number) {
    // Seeds in a row must not begin alike.
    this.#state = Math.imul(seed ^ 0x9E3779B9, 0x85EBCA6B) | 0
    for (let i = 0; i < 3; i++) this.next()
  }

  /** From 0 up to 1. Mulberry32. */
  next (): number { return this.#word() / 4294967296 }

  /** A whole number from `least` to `most`, both included. */
  between (least: number, most: number): number { return least + Math.floor(this.next() * (most - least + 1)) }

  /** True that often. */
  chance (of: number): boolean { return this.next() < of }

  /** One of them. */
  pick<T> (from: readonly T[]): T { return from[Math.floor(this.next() * from.length)]! }

  /** Bytes, written into the given ones. */
  fill<T extends Uint8Array> (bytes: T): T {
    for (let i = 0; i < bytes.length; i += 4) {
      const word = this.#word()
      bytes[i] = word
      if (i + 1 < bytes.length) bytes[i + 1] = word >>> 8
      if (i + 2 < bytes.length) bytes[i + 2] = word >>> 16
      if (i + 3 < bytes.length) bytes[i + 3] = word >>> 24
    }
    return bytes
  }

  #word (): number {
    this.#state = (this.#state + 0x6D2B79F5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }
}
