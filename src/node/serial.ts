/** Runs one piece of work after the other. */

/** A queue of one: each run begins when the one before has settled, however it did. */
export class Serial {
  #tail: Promise<unknown> = Promise.resolve()

  /** Runs `work` when its turn comes and settles as it does. */
  async run<T> (work: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(work, work)
    this.#tail = turn.catch(() => undefined)
    return await turn
  }

  /** Resolves when everything queued up to now has settled. */
  async idle (): Promise<void> { await this.#tail }
}
