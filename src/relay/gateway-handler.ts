/** Answers the calls of gateway channels: finds the method, counts, and keeps the relay's own faults to itself. */
import { InternalError, LIMITS, METHOD, type PetrelError, toPetrelError, UnavailableError, UnsupportedError } from '../protocol/wire/index.js'
import { ANSWERED_LATER, type CallAnswer, type CallHandler, type GatewayCall, type GatewayChannel } from './net/index.js'
import * as accounts from './methods/accounts.js'
import { append, appendQuickly } from './methods/appends.js'
import * as blobs from './methods/blobs.js'
import * as logs from './methods/logs.js'
import * as terms from './methods/terms.js'
import type { Method, QuickMethod } from './methods/method.js'
import * as mirrors from './methods/mirrors.js'
import * as pipes from './methods/pipes.js'
import * as sessionCalls from './methods/sessions.js'
import { Peer } from './peer.js'
import type { ServiceSet } from './services.js'

const NAMES = Object.keys(METHOD) as Array<keyof typeof METHOD>
/** Those of which there are thousands a second, for callers that need no promise. */
const QUICK: Partial<Record<keyof typeof METHOD, QuickMethod>> = { append: appendQuickly }
const METHODS: Record<keyof typeof METHOD, Method> = { ...sessionCalls, ...logs, append, ...terms, ...accounts, ...mirrors, ...blobs, ...pipes }

/** A method, and where its answers are counted. */
interface Counted { readonly name: string, readonly answer: Method, readonly quick: QuickMethod | undefined, readonly ok: (n: number) => void, readonly seconds: (seconds: number) => void }

/** One call that is answered without a promise. */
class Running implements CallAnswer {
  readonly #service: GatewayService
  readonly #method: Counted
  readonly #peer: Peer
  readonly #to: CallAnswer
  readonly #start: number

  constructor (service: GatewayService, method: Counted, peer: Peer, to: CallAnswer, start: number) {
    this.#service = service
    this.#method = method
    this.#peer = peer
    this.#to = to
    this.#start = start
  }

  reply (body: Uint8Array): void {
    this.#service.answered(this.#method, this.#peer, this.#start)
    this.#to.reply(body)
  }

  fail (error: unknown): void { this.#to.fail(this.#service.failed(error, this.#method, this.#peer, this.#start)) }
}

/** Serves the services to gateway channels. */
export class GatewayService {
  readonly #services: ServiceSet
  readonly #methods: ReadonlyMap<number, Counted>
  readonly #peers = new WeakMap<GatewayChannel, Peer>()
  #inFlight = 0
  #draining = false
  #isQuiet = false
  #idle: Array<() => void> = []

  constructor (services: ServiceSet) {
    this.#services = services
    const { calls, callSeconds } = services.metrics
    this.#methods = new Map(NAMES.map((method): [number, Counted] => [METHOD[method], {
      name: method, answer: METHODS[method], quick: QUICK[method], ok: calls.series({ method, outcome: 'ok' }), seconds: callSeconds.series({ method })
    }]))
  }

  /** Hand this to the gateway listener as `handler`. */
  readonly handler: CallHandler = call => this.#answer(call)

  /** Hand this to the gateway listener as `onChannel`. */
  readonly onChannel = (channel: GatewayChannel): void => {
    if (this.#draining) throw stopping()
    if (this.#isQuiet) throw emptying()
    this.#peerOf(channel)
  }

  /** Lets nobody new in, or does so again: no channel, no session. Those who are here go on. */
  set quiet (isQuiet: boolean) { this.#isQuiet = isQuiet }

  /** Takes no further calls of a channel. */
  refuse (channel: GatewayChannel): void { this.#peerOf(channel).isSentAway = true }

  /** Calls that are not answered yet, of one channel or of all. */
  callsOf (channel?: GatewayChannel): number { return channel === undefined ? this.#inFlight : this.#peerOf(channel).inFlight }

  /** Refuses calls from now on, and resolves when those in flight are answered, or after `ms`. */
  async drain (ms: number): Promise<void> {
    this.#draining = true
    // Posts that wait for a device's word are answered once the disk has them.
    this.#services.keptPipes.close()
    if (this.#inFlight === 0) return
    await new Promise<void>(resolve => {
      const cancel = this.#services.clock.after(ms, resolve)
      this.#idle.push(() => { cancel(); resolve() })
    })
  }

  /** Neither this nor what it calls for an append is an async function: one costs as much memory as an entry's record. */
  #answer (call: GatewayCall): Promise<Uint8Array> {
    const method = this.#methods.get(call.method)
    if (method === undefined) throw new UnsupportedError(`this relay has no call ${call.method}: it may be older than you`)
    if (this.#draining) throw stopping()
    const peer = this.#peerOf(call.channel)
    if (peer.isSentAway || (this.#isQuiet && call.method === METHOD.openSession)) throw emptying()
    const start = performance.now()
    this.#inFlight++
    peer.inFlight++
    if (method.quick !== undefined && call.answer !== undefined) {
      const answer = new Running(this, method, peer, call.answer, start)
      try {
        method.quick(this.#services, peer, call, answer)
      } catch (error) {
        answer.fail(error)
      }
      return ANSWERED_LATER
    }
    try {
      return this.#ask(method.answer, peer, call).then(reply => {
        this.answered(method, peer, start)
        return reply
      }, (error: unknown) => { throw this.failed(error, method, peer, start) })
    } catch (error) {
      throw this.failed(error, method, peer, start)
    }
  }

  #ask (answer: Method, peer: Peer, call: GatewayCall): Promise<Uint8Array> {
    // Appends have their own bucket: one refused here would let those behind it overtake.
    if (call.method !== METHOD.append) peer.calls.require(1, this.#services.clock.now(), 'calls')
    return answer(this.#services, peer, call)
  }

  /** Counts a call that was answered. */
  answered (method: Counted, peer: Peer, start: number): void {
    method.ok(1)
    this.#ended(method, peer, start)
  }

  /** Counts one that failed. @returns what its caller is told */
  failed (error: unknown, method: Counted, peer: Peer, start: number): PetrelError {
    const fault = this.#fault(error, method.name)
    this.#services.metrics.calls.add(1, { method: method.name, outcome: fault.code })
    this.#ended(method, peer, start)
    return fault
  }

  #ended (method: Counted, peer: Peer, start: number): void {
    method.seconds((performance.now() - start) / 1000)
    peer.inFlight--
    if (--this.#inFlight === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }

  #fault (error: unknown, method: string): PetrelError {
    const fault = toPetrelError(error)
    if (!(fault instanceof InternalError)) return fault
    this.#services.log('error', 'call.failed', { method, error: error instanceof Error ? error.name : typeof error })
    // The text of a foreign error is nobody's business but the operator's.
    return new InternalError('the relay failed in a way it does not know: its operator finds it in the log', { cause: error })
  }

  #peerOf (channel: GatewayChannel): Peer {
    const known = this.#peers.get(channel)
    if (known !== undefined) return known
    const { options, clock, peers, sessions, follows, pipes: listening, keptPipes } = this.#services
    const peer = new Peer(channel, options.rates, clock.now())
    this.#peers.set(channel, peer)
    if (channel.isClosed) return peer
    peers.add(peer)
    void channel.closed.then(() => {
      peers.delete(peer)
      follows.endAll(peer)
      listening.endAll(peer)
      keptPipes.endAll(peer)
      sessions.close(peer)
    })
    return peer
  }
}

function stopping (): UnavailableError {
  return new UnavailableError('the relay is stopping: try again in a moment, with the same ids', { details: { retryMs: 3000 } })
}

function emptying (): UnavailableError {
  return new UnavailableError('the relay takes nobody for now, because its operator empties it: try again later, with the same ids', { details: { retryMs: LIMITS.drainRetryMs } })
}
