/** The event bus of one process. */
import type { Cancel, EventBus, Hint } from '../contract.js'
import { textOf } from './states.js'

type Handler = (hint: Hint) => void

/** Delivers hints at once, to the handlers of this process. */
export class ProcessBus implements EventBus {
  readonly #byLog = new Map<string, Set<Handler>>()
  readonly #all = new Set<Handler>()

  publish (hints: readonly Hint[]): void {
    for (const hint of hints) {
      for (const handler of this.#all) handler(hint)
      for (const handler of this.#byLog.get(textOf(hint.log)) ?? []) handler(hint)
    }
  }

  subscribe (log: Uint8Array, handler: Handler): Cancel {
    const name = textOf(log)
    const own: Handler = hint => { handler(hint) }
    const handlers = this.#byLog.get(name) ?? new Set()
    this.#byLog.set(name, handlers.add(own))
    return () => {
      handlers.delete(own)
      if (handlers.size === 0 && this.#byLog.get(name) === handlers) this.#byLog.delete(name)
    }
  }

  subscribeAll (handler: Handler): Cancel {
    const own: Handler = hint => { handler(hint) }
    this.#all.add(own)
    return () => { this.#all.delete(own) }
  }
}
