/** Work on one name at a time, in the order of the calls; different names do not wait for each other. */
import { orAborted, throwIfAborted } from './abort.js'

/** See the file's head. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  /** Runs `work` when all earlier work on the name has ended, well or not. @throws AbortedError; whatever `work` throws */
  async run<T> (name: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    throwIfAborted(signal)
    const before = this.#last.get(name) ?? Promise.resolve()
    const turn = before.then(() => {
      throwIfAborted(signal)
      return work()
    })
    const quiet = turn.then(() => undefined, () => undefined)
    this.#last.set(name, quiet)
    void quiet.then(() => { if (this.#last.get(name) === quiet) this.#last.delete(name) })
    return await orAborted(turn, signal)
  }
}
