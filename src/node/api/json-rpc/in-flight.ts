/** The calls and subscriptions of one connection: how many, and how to end one. */
import { AbortedError, RateLimitError, type RpcId } from '../../../protocol/api/index.js'

/** One call or subscription that has not ended. */
export interface InFlight {
  readonly id: RpcId | undefined
  readonly subscription: string | null
  readonly abort: AbortController
  /** Takes it off the list. */
  end (): void
}

/** Bounded list of what a connection has under way. */
export class InFlightCalls {
  readonly #max: number
  readonly #calls = new Set<InFlight>()
  #lastName = 0

  /** `max`: calls and subscriptions together. */
  constructor (max: number) { this.#max = max }

  /** Begins a call, or with `stream` a subscription with a name of its own. @throws RateLimitError when too many are under way */
  begin (id: RpcId | undefined, stream: boolean): InFlight {
    if (this.#calls.size >= this.#max) {
      throw new RateLimitError(`this connection has ${this.#max} calls in flight: wait for answers, or open another`, { details: { retryMs: 100 } })
    }
    const call: InFlight = {
      id,
      subscription: stream ? String(++this.#lastName) : null,
      abort: new AbortController(),
      end: () => { this.#calls.delete(call) }
    }
    this.#calls.add(call)
    return call
  }

  /** Whether any of them is a subscription. */
  get streams (): boolean { return [...this.#calls].some(call => call.subscription !== null) }

  /** Aborts the call with this id, or the subscription with this name. One that has ended already is no error. */
  cancel (target: { id: RpcId } | { subscription: string }): void {
    for (const call of this.#calls) {
      const hit = 'id' in target ? call.subscription === null && call.id === target.id : call.subscription === target.subscription
      if (hit) call.abort.abort(new AbortedError('the client cancelled the call'))
    }
  }

  /** Aborts everything, or only the subscriptions. */
  abortAll (reason: Error, only: 'all' | 'subscriptions'): void {
    for (const call of this.#calls) if (only === 'all' || call.subscription !== null) call.abort.abort(reason)
  }
}
