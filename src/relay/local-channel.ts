/** A gateway channel inside one process: a node speaks to the log service it hosts itself as it would to a relay. */
import { randomBytes } from 'node:crypto'
import { errorFromCode, GATEWAY_VERSION, LIMITS, toPetrelError, TooLargeError, UnavailableError, AbortedError, type KeyBytes, type pb, type PetrelError } from '../protocol/wire/index.js'
import type { CallHandler, CallOptions, GatewayChannel, PushHandler, PushPermit } from './net/index.js'

/** Who speaks to whom. */
export interface LocalChannelOptions {
  /** The device that speaks. */
  readonly device: KeyBytes
  /** The home it speaks to. */
  readonly home: KeyBytes
  /** Answers its calls. */
  readonly handler: CallHandler
  /** Told the home's side of the channel before the first call. */
  readonly onChannel?: (channel: GatewayChannel) => void
  /** Takes the home's pushes. */
  readonly onPush?: PushHandler
  /** Push bytes that may wait to be taken. Default LIMITS.creditBytes. */
  readonly creditBytes?: number
}

interface Ends { readonly closed: Promise<PetrelError | undefined>, readonly close: (reason?: PetrelError) => void, isClosed: boolean }

/** Opens a channel to a handler in this process and returns the device's side. */
export function openLocalChannel (options: LocalChannelOptions): GatewayChannel {
  const ends = bothEnds()
  const hello = (): pb.Hello => ({
    min: GATEWAY_VERSION.min, max: GATEWAY_VERSION.max, features: [], maxFrameBytes: LIMITS.frameBytes, maxCalls: LIMITS.callsInFlight,
    creditBytes: LIMITS.creditBytes, nonce: new Uint8Array(randomBytes(32)), agent: 'petrel', maxCallBytes: LIMITS.callBytesInFlight
  })
  const hellos = { device: hello(), home: hello() }
  const device: Side = new Side(ends, { remotePeer: options.home, localPeer: options.device, remoteHello: hellos.home, localHello: hellos.device }, {
    call: (method, body, callOptions) => callHome(options.handler, home, { method, body }, callOptions)
  })
  const home: Side = new Side(ends, { remotePeer: options.device, localPeer: options.home, remoteHello: hellos.device, localHello: hellos.home }, {
    onPush: options.onPush, receiver: () => device, creditBytes: options.creditBytes ?? LIMITS.creditBytes
  })
  options.onChannel?.(home)
  return device
}

function bothEnds (): Ends {
  let settle: (reason?: PetrelError) => void = () => undefined
  const closed = new Promise<PetrelError | undefined>(resolve => { settle = resolve })
  const ends: Ends = { closed, isClosed: false, close: reason => { ends.isClosed = true; settle(reason) } }
  return ends
}

async function callHome (handler: CallHandler, home: GatewayChannel, call: { method: number, body: Uint8Array }, options: CallOptions = {}): Promise<Uint8Array> {
  if (home.isClosed) throw new UnavailableError('the channel is closed')
  if (options.signal?.aborted === true) throw new AbortedError()
  const deadlineMs = Math.min(options.deadlineMs ?? LIMITS.callDeadlineMs, LIMITS.callDeadlineMs)
  const signal = options.signal ?? new AbortController().signal
  try {
    return await handler({ ...call, signal, deadlineMs, channel: home, room: async () => undefined })
  } catch (error) {
    // As over the wire: the code, the words and the facts, and nothing of the inside.
    const { code, message, details } = toPetrelError(error)
    throw errorFromCode(code, message, details)
  }
}

interface Facts { readonly remotePeer: KeyBytes, readonly localPeer: KeyBytes, readonly remoteHello: pb.Hello, readonly localHello: pb.Hello }
interface Work {
  readonly call?: (method: number, body: Uint8Array, options?: CallOptions) => Promise<Uint8Array>
  readonly onPush?: PushHandler | undefined
  readonly receiver?: () => GatewayChannel
  readonly creditBytes?: number
}

class Side implements GatewayChannel {
  readonly remotePeer: KeyBytes
  readonly localPeer: KeyBytes
  readonly remoteHello: pb.Hello
  readonly localHello: pb.Hello
  readonly version = GATEWAY_VERSION.max
  readonly remoteAddress = '/memory/local'
  readonly #ends: Ends
  readonly #work: Work
  readonly #waiting: Array<() => void> = []
  readonly #whole: number
  #credit: number

  constructor (ends: Ends, facts: Facts, work: Work) {
    this.remotePeer = facts.remotePeer
    this.localPeer = facts.localPeer
    this.remoteHello = facts.remoteHello
    this.localHello = facts.localHello
    this.#ends = ends
    this.#work = work
    this.#whole = work.onPush === undefined ? 0 : work.creditBytes ?? 0
    this.#credit = this.#whole
    void ends.closed.then(() => { for (const wake of this.#waiting.splice(0)) wake() })
  }

  get isClosed (): boolean { return this.#ends.isClosed }
  get closed (): Promise<PetrelError | undefined> { return this.#ends.closed }

  async call (method: number, body: Uint8Array, options?: CallOptions): Promise<Uint8Array> {
    if (this.#work.call === undefined) throw new UnavailableError('this side of the channel answers no calls')
    return await this.#work.call(method, body, options)
  }

  async push (kind: number, body: Uint8Array, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (body.length > this.#whole) throw new TooLargeError('the push is over the other side\'s whole credit')
    const permit = await this.reserve(body.length, options)
    permit.send(kind, body)
  }

  tryPush (kind: number, body: Uint8Array): boolean {
    if (this.isClosed) throw new UnavailableError('the channel is closed')
    if (this.#whole > 0 && body.length > this.#whole) throw new TooLargeError('the push is over the other side\'s whole credit')
    if (this.#credit < body.length || this.#waiting.length > 0) return false
    this.#credit -= body.length
    this.#deliver(kind, body)
    return true
  }

  async reserve (bytes: number, { signal }: { readonly signal?: AbortSignal } = {}): Promise<PushPermit> {
    const granted = Math.min(bytes, this.#whole)
    while (this.#credit < granted || this.#whole === 0) {
      if (this.isClosed) throw new UnavailableError('the channel is closed')
      await this.#change(signal)
    }
    if (this.isClosed) throw new UnavailableError('the channel is closed')
    this.#credit -= granted
    let open = true
    const release = (n: number): void => { if (open) { open = false; this.#giveBack(n) } }
    return {
      bytes: granted,
      release: () => { release(granted) },
      send: (kind, body) => {
        if (body.length > granted) throw new TooLargeError('the push is over what was reserved')
        if (this.isClosed) throw new UnavailableError('the channel is closed')
        release(granted - body.length)
        this.#deliver(kind, body)
      }
    }
  }

  moved (): void { /* The home is this very process: there is nowhere else to go. */ }

  async close (): Promise<void> { this.#ends.close() }

  abort (error: PetrelError): void { this.#ends.close(error) }

  #deliver (kind: number, body: Uint8Array): void {
    const channel = this.#work.receiver?.()
    if (channel === undefined) return
    void (async () => {
      try {
        await this.#work.onPush?.({ kind, body, channel })
        this.#giveBack(body.length)
      } catch (error) {
        this.abort(toPetrelError(error))
      }
    })()
  }

  #giveBack (n: number): void {
    this.#credit += n
    for (const wake of this.#waiting.splice(0)) wake()
  }

  async #change (signal: AbortSignal | undefined): Promise<void> {
    const aborted = (): boolean => signal?.aborted === true
    if (!aborted()) {
      const { promise, resolve } = Promise.withResolvers<undefined>()
      const wake = (): void => { resolve(undefined) }
      this.#waiting.push(wake)
      signal?.addEventListener('abort', wake)
      await promise
      signal?.removeEventListener('abort', wake)
    }
    if (aborted()) throw new AbortedError(undefined, { cause: signal?.reason })
  }
}
