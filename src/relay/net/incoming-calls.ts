/** The answering side of calls: at most so many at once, each with a signal, a deadline and room for its reply. */
import { AbortedError, BadInputError, DeadlineError, type PetrelError, RateLimitError, TooLargeError, toPetrelError, UnsupportedError } from '../../protocol/wire/index.js'
import type { pb } from '../../protocol/wire/index.js'
import { Budget } from './budget.js'
import { EarliestTimer } from './deadlines.js'
import { failureFrom } from './failure.js'
import { FRAME_OVERHEAD } from './frame-writer.js'
import type { Outbox } from './outbox.js'
import { Passing } from './passing.js'
import type { CallAnswer, CallHandler, ChannelLimits, GatewayCall, GatewayChannel } from './types.js'

/** What a refused caller is told to wait. */
const RETRY_MS = 100

/**
 * What a handler gives back that answers by {@link GatewayCall.answer}: a promise for each of thousands of calls a second costs
 * as much as their work. It has taken what it needs of the call's body, which is not held for it meanwhile.
 */
export const ANSWERED_LATER = new Promise<Uint8Array>(() => undefined)

const NO_BODY = new Uint8Array(0)

class IncomingCall implements GatewayCall, CallAnswer {
  readonly id: number
  readonly method: number
  body: Uint8Array
  readonly bodyBytes: number
  readonly deadlineMs: number
  readonly channel: GatewayChannel
  /** When it is over, by the channel's clock. */
  endsAt = 0
  readonly #calls: IncomingCalls
  // Made when first asked for: most calls end before anybody would listen.
  #controller: AbortController | undefined
  #given: PetrelError | undefined
  #room = 0

  constructor (call: pb.Call, deadlineMs: number, channel: GatewayChannel, calls: IncomingCalls) {
    this.id = call.id
    this.method = call.method
    this.body = call.body
    this.bodyBytes = call.body.length
    this.deadlineMs = deadlineMs
    this.channel = channel
    this.#calls = calls
  }

  get answer (): CallAnswer { return this }

  get signal (): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#given !== undefined) this.#controller.abort(this.#given)
    }
    return this.#controller.signal
  }

  /** Whether it was given up already. */
  get isGivenUp (): boolean { return this.#given !== undefined }

  async room (bytes: number): Promise<void> {
    if (this.#room > 0) return
    const budget = this.#calls.replyBytes
    const amount = Math.max(1, Math.min(bytes, budget.capacity))
    if (!budget.tryTake(amount)) await budget.take(amount, this.signal)
    this.#room = amount
  }

  reply (body: Uint8Array): void { this.#calls.replied(this, body) }

  fail (error: unknown): void { this.#calls.failed(this, error) }

  /** The room it holds, which is the asker's to give back now. */
  takeRoom (): number {
    const room = this.#room
    this.#room = 0
    return room
  }

  giveUp (error: PetrelError): void {
    this.#given ??= error
    this.#controller?.abort(error)
  }
}

/** Calls from the peer. */
export class IncomingCalls {
  readonly #channel: GatewayChannel
  readonly #handler: CallHandler
  readonly #maxReply: number
  readonly #limits: ChannelLimits
  readonly #outbox: Outbox
  /** Bytes of replies that may be prepared. */
  readonly replyBytes: Budget
  readonly #timer: EarliestTimer
  readonly #running = new Passing<number, IncomingCall>()
  #newestId = 0
  #bytes = 0
  #closed = false

  constructor (channel: GatewayChannel, handler: CallHandler | undefined, limits: ChannelLimits, now: () => number, outbox: Outbox) {
    this.#channel = channel
    this.#handler = handler ?? refuseAll
    this.#maxReply = channel.remoteHello.maxFrameBytes - FRAME_OVERHEAD
    this.#limits = limits
    this.#outbox = outbox
    this.replyBytes = new Budget(limits.replyBytes)
    this.#timer = new EarliestTimer(now, at => { this.#sweep(at) })
  }

  /**
   * A call came in.
   * @throws BadInputError for an id that is in use
   */
  take (request: pb.Call): void {
    // Numbers grow, but for one that has begun anew.
    if (request.id <= this.#newestId && this.#running.get(request.id) !== undefined) throw new BadInputError(`the peer used call id ${request.id} twice`)
    const most = this.#limits.callDeadlineMs
    const deadlineMs = request.deadlineMs === 0 ? most : Math.min(request.deadlineMs, most)
    const call = new IncomingCall(request, deadlineMs, this.#channel, this)
    if (this.#running.size >= this.#limits.callsInFlight || this.#bytes + call.bodyBytes > this.#limits.callBytesInFlight) {
      this.#fail(call, new RateLimitError('too many calls in flight', { details: { retryMs: RETRY_MS } }))
      return
    }
    this.#running.add(call.id, call)
    this.#newestId = Math.max(this.#newestId, call.id)
    this.#bytes += call.bodyBytes
    call.endsAt = this.#timer.expect(deadlineMs)
    this.#run(call)
  }

  /** The caller gave a call up. Its reply may have crossed with this. */
  cancel (id: number): void {
    this.#running.get(id)?.giveUp(new AbortedError('the caller gave up'))
  }

  /** Room that was held for replies which have left. */
  giveRoom (bytes: number): void { this.replyBytes.give(bytes) }

  /** Aborts all calls; their replies have nowhere to go. */
  close (error: PetrelError): void {
    this.#closed = true
    this.#timer.clear()
    for (const call of this.#running.values()) call.giveUp(error)
    this.#running.clear()
    this.replyBytes.close(error)
  }

  /** A call's reply is there. */
  replied (call: IncomingCall, reply: Uint8Array): void {
    if (!this.#ended(call)) return
    if (reply.length <= this.#maxReply) this.#reply(call, reply)
    else this.#fail(call, new TooLargeError(`a reply of ${reply.length} bytes is over the caller's limit of ${this.#maxReply}: ask for less`))
  }

  /** A call has failed. */
  failed (call: IncomingCall, error: unknown): void {
    if (this.#ended(call)) this.#fail(call, error)
  }

  #run (call: IncomingCall): void {
    let answer
    try {
      answer = this.#handler(call)
    } catch (error) {
      this.failed(call, toPetrelError(error))
      return
    }
    if (answer === ANSWERED_LATER) call.body = NO_BODY
    else answer.then(reply => { this.replied(call, reply) }, (error: unknown) => { this.failed(call, error) })
  }

  #sweep (now: number): void {
    const late: IncomingCall[] = []
    let next = Infinity
    for (const call of this.#running.values()) {
      if (call.isGivenUp) continue
      if (call.endsAt <= now) late.push(call)
      else next = Math.min(next, call.endsAt)
    }
    this.#timer.again(next, now)
    for (const call of late) call.giveUp(new DeadlineError('the caller no longer waits'))
  }

  /** A call is answered. False when the channel has closed, and nobody is there for the answer. */
  #ended (call: IncomingCall): boolean {
    if (this.#closed) return false
    this.#running.take(call.id)
    this.#bytes -= call.bodyBytes
    return true
  }

  #reply (call: IncomingCall, body: Uint8Array): void {
    this.#outbox.writer.reply(call.id, body)
    this.#outbox.holdRoom(call.takeRoom())
    this.#outbox.written()
  }

  #fail (call: IncomingCall, error: unknown): void {
    this.#outbox.writer.frame({ reply: { id: call.id, failure: failureFrom(error) } })
    this.replyBytes.give(call.takeRoom())
    this.#outbox.written()
  }
}

async function refuseAll (call: GatewayCall): Promise<Uint8Array> {
  return await Promise.reject(new UnsupportedError(`this side answers no calls (method ${call.method})`))
}
