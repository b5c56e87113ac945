/** The answering side of calls: at most so many at once, each with a signal, a deadline and room for its reply. */
import { AbortedError, BadInputError, DeadlineError, type PetrelError, RateLimitError, TooLargeError, toPetrelError, UnsupportedError } from '../../protocol/wire/index.js'
import type { pb } from '../../protocol/wire/index.js'
import { Budget } from './budget.js'
import { Deadlines } from './deadlines.js'
import { failureFrom } from './failure.js'
import { FRAME_OVERHEAD } from './frame-writer.js'
import type { Outbox } from './outbox.js'
import type { CallHandler, ChannelLimits, GatewayCall, GatewayChannel } from './types.js'

/** What a refused caller is told to wait. */
const RETRY_MS = 100

class IncomingCall implements GatewayCall {
  readonly id: number
  readonly method: number
  readonly body: Uint8Array
  readonly deadlineMs: number
  readonly channel: GatewayChannel
  readonly #replyBytes: Budget
  // Made when first asked for: most calls end before anybody would listen.
  #controller: AbortController | undefined
  #given: PetrelError | undefined
  #room = 0

  constructor (call: pb.Call, deadlineMs: number, channel: GatewayChannel, replyBytes: Budget) {
    this.id = call.id
    this.method = call.method
    this.body = call.body
    this.deadlineMs = deadlineMs
    this.channel = channel
    this.#replyBytes = replyBytes
  }

  get signal (): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#given !== undefined) this.#controller.abort(this.#given)
    }
    return this.#controller.signal
  }

  async room (bytes: number): Promise<void> {
    if (this.#room > 0) return
    const amount = Math.max(1, Math.min(bytes, this.#replyBytes.capacity))
    if (!this.#replyBytes.tryTake(amount)) await this.#replyBytes.take(amount, this.signal)
    this.#room = amount
  }

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
  readonly #replyBytes: Budget
  readonly #deadlines: Deadlines<IncomingCall>
  readonly #running = new Map<number, IncomingCall>()
  #bytes = 0
  #closed = false

  constructor (channel: GatewayChannel, handler: CallHandler | undefined, limits: ChannelLimits, now: () => number, outbox: Outbox) {
    this.#channel = channel
    this.#handler = handler ?? refuseAll
    this.#maxReply = channel.remoteHello.maxFrameBytes - FRAME_OVERHEAD
    this.#limits = limits
    this.#outbox = outbox
    this.#replyBytes = new Budget(limits.replyBytes)
    this.#deadlines = new Deadlines(now, call => { call.giveUp(new DeadlineError('the caller no longer waits')) })
  }

  /**
   * A call came in.
   * @throws BadInputError for an id that is in use
   */
  take (request: pb.Call): void {
    if (this.#running.has(request.id)) throw new BadInputError(`the peer used call id ${request.id} twice`)
    const most = this.#limits.callDeadlineMs
    const deadlineMs = request.deadlineMs === 0 ? most : Math.min(request.deadlineMs, most)
    const call = new IncomingCall(request, deadlineMs, this.#channel, this.#replyBytes)
    if (this.#running.size >= this.#limits.callsInFlight || this.#bytes + call.body.length > this.#limits.callBytesInFlight) {
      this.#fail(call, new RateLimitError('too many calls in flight', { details: { retryMs: RETRY_MS } }))
      return
    }
    this.#running.set(call.id, call)
    this.#bytes += call.body.length
    this.#deadlines.set(call, deadlineMs)
    this.#run(call)
  }

  /** The caller gave a call up. Its reply may have crossed with this. */
  cancel (id: number): void {
    this.#running.get(id)?.giveUp(new AbortedError('the caller gave up'))
  }

  /** Room that was held for replies which have left. */
  giveRoom (bytes: number): void { this.#replyBytes.give(bytes) }

  /** Aborts all calls; their replies have nowhere to go. */
  close (error: PetrelError): void {
    this.#closed = true
    this.#deadlines.clear()
    for (const call of this.#running.values()) call.giveUp(error)
    this.#running.clear()
    this.#replyBytes.close(error)
  }

  #run (call: IncomingCall): void {
    this.#answer(call).then(reply => {
      if (!this.#ended(call)) return
      if (reply.length <= this.#maxReply) this.#reply(call, reply)
      else this.#fail(call, new TooLargeError(`a reply of ${reply.length} bytes is over the caller's limit of ${this.#maxReply}: ask for less`))
    }, (failure: unknown) => { if (this.#ended(call)) this.#fail(call, failure) })
  }

  #answer (call: IncomingCall): Promise<Uint8Array> {
    try {
      return this.#handler(call)
    } catch (error) {
      return Promise.reject(toPetrelError(error))
    }
  }

  /** A call is answered. False when the channel has closed, and nobody is there for the answer. */
  #ended (call: IncomingCall): boolean {
    if (this.#closed) return false
    this.#running.delete(call.id)
    this.#bytes -= call.body.length
    this.#deadlines.delete(call)
    return true
  }

  #reply (call: IncomingCall, body: Uint8Array): void {
    this.#outbox.writer.reply(call.id, body)
    this.#outbox.holdRoom(call.takeRoom())
    this.#outbox.written()
  }

  #fail (call: IncomingCall, error: unknown): void {
    this.#outbox.writer.frame({ reply: { id: call.id, failure: failureFrom(error) } })
    this.#replyBytes.give(call.takeRoom())
    this.#outbox.written()
  }
}

async function refuseAll (call: GatewayCall): Promise<Uint8Array> {
  return await Promise.reject(new UnsupportedError(`this side answers no calls (method ${call.method})`))
}
