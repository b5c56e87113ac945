/** The newest updates as they were written, in memory: whoever follows them need not go to the disk for each. */

import type { Said } from './said.js'

/** An update as it is kept: when it happened, ms, and its event as JSON, or where its message stands. Of the newest ones that are so both are there. */
export interface KeptUpdate { readonly n: number, readonly at: number, readonly text?: string, readonly said?: Said }

/** UTF-16 units of an update, about. */
function unitsOf ({ text }: KeptUpdate): number { return text?.length ?? SAID_UNITS }

/** Of one that says where its message stands. */
export const SAID_UNITS = 64

// What comes within some seconds while much is going on. A reader that is further behind reads a page from the disk.
const COUNT = 512
// UTF-16 units of all texts together. A single update has at most half of it.
const UNITS = 1024 * 1024

/** Consecutive updates up to the last one that was added. */
export class RecentUpdates {
  #kept: KeptUpdate[] = []
  #units = 0

  /** Adds what has become durable. What does not follow the one before begins anew. */
  add (update: KeptUpdate): void {
    const last = this.#kept.at(-1)
    if (last !== undefined && update.n !== last.n + 1) this.clear()
    this.#kept.push(update)
    this.#units += unitsOf(update)
    // Half of them at once: taking the first off a list moves all others.
    if (this.#kept.length > COUNT || this.#units > UNITS) this.#halve()
  }

  clear (): void {
    this.#kept = []
    this.#units = 0
  }

  /** The updates that follow a number up to another; none when the first of them is not here. */
  between (after: number, to: number): readonly KeptUpdate[] {
    const first = this.#kept[0]?.n
    if (first === undefined || after + 1 < first) return []
    return this.#kept.slice(after + 1 - first, to + 1 - first)
  }

  #halve (): void {
    this.#kept = this.#kept.slice(this.#kept.length >> 1)
    this.#units = this.#kept.reduce((units, update) => units + unitsOf(update), 0)
    if (this.#units > UNITS) this.clear()
  }
}
