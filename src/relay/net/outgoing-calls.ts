/** The asking side of calls: places in flight, deadlines, cancelling, and matching replies. */
import { AbortedError, BadInputError, DeadlineError, type PetrelError, RateLimitError, TooLargeError } from '../../protocol/wire/index.js'
import type { pb } from '../../protocol/wire/index.js'
import { Budget } from './budget.js'
import type { Waiter } from './budget.js'
import { Deadlines } from './deadlines.js'
import { errorFromFailure } from './failure.js'
import { FRAME_OVERHEAD } from './frame-writer.js'
import type { Outbox } from './outbox.js'
import { Passing } from './passing.js'
import type { CallOptions, ChannelLimits } from './types.js'

const LAST_ID = 0xffff_ffff

interface Pending {
  readonly method: number
  readonly body: Uint8Array
  readonly deadlineMs: number
  readonly resolve: (body: Uint8Array) => void
  readonly reject: (error: PetrelError) => void
  /** Where it waits for a place. */
  waiter: { readonly budget: Budget, readonly waiter: Waiter } | undefined
  holdsPlace: boolean
  /** 0 until it is sent. */
  id: number
  settled: boolean
}

/** Calls to the peer. */
export class OutgoingCalls {
  readonly #maxFrame: number
  readonly #limits: ChannelLimits
  readonly #outbox: Outbox
  readonly #places: Budget
  readonly #bytes: Budget
  readonly #deadlines: Deadlines<Pending>
  // Calls that were sent. One that was given up stays until its reply, since the peer still works on it.
  readonly #sent = new Passing<number, Pending>()
  #lastId = 0
  /** Numbers have begun anew: one may still be in use. */
  #isRound = false
  #closed: PetrelError | undefined

  /** @param remote the peer's Hello: how many calls it takes, and how large */
  constructor (remote: pb.Hello, limits: ChannelLimits, now: () => number, outbox: Outbox) {
    this.#maxFrame = remote.maxFrameBytes
    this.#limits = limits
    this.#outbox = outbox
    this.#places = new Budget(Math.min(remote.maxCalls, limits.callsInFlight))
    this.#bytes = new Budget(Math.min(remote.maxCallBytes, limits.callBytesInFlight))
    this.#deadlines = new Deadlines(now, pending => {
      this.#giveUp(pending, new DeadlineError(`the peer did not answer within ${pending.deadlineMs} ms; the outcome is unknown`))
    })
  }

  /** See GatewayChannel.call. */
  async call (method: number, body: Uint8Array, options: CallOptions): Promise<Uint8Array> {
    if (this.#closed !== undefined) throw this.#closed
    const { signal } = options
    if (signal?.aborted === true) throw new AbortedError(undefined, { cause: signal.reason })
    this.#checkSize(body)
    if (this.#places.waiting + this.#bytes.waiting >= this.#limits.callsWaiting) {
      throw new RateLimitError(`${this.#limits.callsWaiting} calls wait for this peer already`, { details: { retryMs: 1000 } })
    }
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
    const deadlineMs = Math.max(1, Math.min(options.deadlineMs ?? this.#limits.callDeadlineMs, this.#limits.callDeadlineMs))
    const pending: Pending = { method, body, deadlineMs, resolve, reject, waiter: undefined, holdsPlace: false, id: 0, settled: false }
    this.#deadlines.add(pending, deadlineMs)
    this.#askPlace(pending)
    if (signal === undefined) return await promise
    const onAbort = (): void => { this.#giveUp(pending, new AbortedError(undefined, { cause: signal.reason })) }
    signal.addEventListener('abort', onAbort)
    try {
      return await promise
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  /**
   * A reply came in.
   * @throws BadInputError for a reply to no call
   */
  settle (reply: pb.Reply): void {
    const pending = this.#sent.take(reply.id)
    if (pending === undefined) throw new BadInputError(`the peer answered call ${reply.id}, which was not made`)
    if (!pending.settled) {
      this.#deadlines.delete(pending)
      pending.settled = true
      if (reply.body !== undefined) pending.resolve(reply.body)
      else if (reply.failure !== undefined) pending.reject(errorFromFailure(reply.failure))
    }
    this.#bytes.give(pending.body.length)
    this.#places.give(1)
  }

  /** Rejects all calls, those that wait too, and those to come. */
  close (error: PetrelError): void {
    this.#closed = error
    this.#deadlines.clear()
    this.#places.close(error)
    this.#bytes.close(error)
    for (const pending of this.#sent.values()) this.#settleWith(pending, error)
    this.#sent.clear()
  }

  #checkSize (body: Uint8Array): void {
    const most = Math.min(this.#maxFrame - FRAME_OVERHEAD, this.#bytes.capacity)
    if (body.length > most) throw new TooLargeError(`a call of ${body.length} bytes is over the ${most} that this peer takes`, { details: { bytes: body.length, limit: most } })
  }

  #askPlace (pending: Pending): void {
    this.#ask(this.#places, 1, pending, () => {
      pending.holdsPlace = true
      this.#ask(this.#bytes, pending.body.length, pending, () => { this.#send(pending) })
    })
  }

  #ask (budget: Budget, amount: number, pending: Pending, granted: () => void): void {
    const waiter = budget.request(amount, () => {
      pending.waiter = undefined
      granted()
    }, error => { this.#settleWith(pending, error) })
    if (waiter !== undefined) pending.waiter = { budget, waiter }
  }

  #send (pending: Pending): void {
    pending.id = this.#nextId()
    this.#sent.add(pending.id, pending)
    this.#outbox.writer.call(pending.id, pending.method, pending.body, pending.deadlineMs)
    this.#outbox.written()
  }

  #nextId (): number {
    do {
      this.#isRound ||= this.#lastId === LAST_ID
      this.#lastId = this.#lastId === LAST_ID ? 1 : this.#lastId + 1
    } while (this.#isRound && this.#sent.get(this.#lastId) !== undefined)
    return this.#lastId
  }

  #giveUp (pending: Pending, error: PetrelError): void {
    if (pending.settled) return
    this.#settleWith(pending, error)
    if (pending.id !== 0) {
      this.#outbox.writer.frame({ cancel: { id: pending.id } })
      this.#outbox.written()
      return
    }
    pending.waiter?.budget.drop(pending.waiter.waiter)
    if (pending.holdsPlace) this.#places.give(1)
  }

  #settleWith (pending: Pending, error: PetrelError): void {
    if (pending.settled) return
    pending.settled = true
    this.#deadlines.delete(pending)
    pending.reject(error)
  }
}
