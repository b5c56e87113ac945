/** What a node tells its log, for tests that wait for it. */
import type { LogFields, Logger } from '../../src/relay/logger.js'

/** Collects events. */
export class Events {
  readonly #waiting: Array<{ event: string, resolve: (facts: LogFields) => void }> = []

  /** Hand this to the node. */
  readonly log: Logger = (_level, event, facts = {}) => {
    for (const one of this.#waiting.filter(w => w.event === event)) {
      this.#waiting.splice(this.#waiting.indexOf(one), 1)
      one.resolve(facts)
    }
  }

  /** The facts of the next event of a name. */
  async next (event: string): Promise<LogFields> {
    return await new Promise<LogFields>(resolve => { this.#waiting.push({ event, resolve }) })
  }
}
