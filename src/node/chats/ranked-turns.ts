/** Work of many chats that is done a few pieces at a time: first what somebody is likelier to wait for. No I/O. */

/** What comes before what: a lower level, and on one level what is of a later time. */
export interface Rank { readonly level: number, readonly at: number }

/** The levels: chats are begun first, the newest lines come before older ones. */
export const LEVEL = { begin: 0, newest: 1 } as const

interface Waiting extends Rank { readonly begin: () => void }

/** See the file's head. */
export class RankedTurns {
  readonly #most: number
  readonly #waiting: Waiting[] = []
  #running = 0

  /** @param most - pieces at once */
  constructor (most: number) { this.#most = most }

  /** Does a piece of work when its turn comes, and settles as it does. It must not wait for another piece's turn. */
  async run<T> (rank: Rank, work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#most) this.#running++
    else await new Promise<void>(resolve => { this.#waiting.push({ level: rank.level, at: rank.at, begin: resolve }) })
    try {
      return await work()
    } finally {
      const next = this.#next()
      // Its place goes to the next one.
      if (next === undefined) this.#running--
      else next.begin()
    }
  }

  /** Of equals the one that has waited longest. */
  #next (): Waiting | undefined {
    let first = 0
    for (const [i, one] of this.#waiting.entries()) {
      const best = this.#waiting[first]
      if (best !== undefined && (one.level < best.level || (one.level === best.level && one.at > best.at))) first = i
    }
    return this.#waiting.splice(first, 1)[0]
  }
}
