/** One gateway channel: frames to calls, pushes and notices, and back. */
import { BadInputError, UnavailableError } from '../../protocol/wire/index.js'
import type { KeyBytes, PetrelError, pb } from '../../protocol/wire/index.js'
import { errorFromFailure } from './failure.js'
import type { Frame } from './frame-decode.js'
import { IncomingCalls } from './incoming-calls.js'
import { OutgoingCalls } from './outgoing-calls.js'
import { IncomingPushes, OutgoingPushes } from './pushes.js'
import type { CallOptions, ChannelLimits, ChannelOptions, GatewayChannel, PushPermit } from './types.js'
import type { Wire } from './wire.js'

/** What the handshake found out. */
export interface ChannelFacts {
  readonly remotePeer: KeyBytes
  readonly localPeer: KeyBytes
  readonly remoteHello: pb.Hello
  readonly localHello: pb.Hello
  readonly version: number
  readonly remoteAddress: string
}

/** A channel over a wire whose Hellos were exchanged. */
export class Channel implements GatewayChannel {
  readonly remotePeer: KeyBytes
  readonly localPeer: KeyBytes
  readonly remoteHello: pb.Hello
  readonly localHello: pb.Hello
  readonly version: number
  readonly remoteAddress: string
  readonly #wire: Wire
  readonly #onMoved: ChannelOptions['onMoved']
  readonly #outgoing: OutgoingCalls
  readonly #incoming: IncomingCalls
  readonly #pushesOut: OutgoingPushes
  readonly #pushesIn: IncomingPushes

  constructor (wire: Wire, facts: ChannelFacts, options: ChannelOptions, limits: ChannelLimits, now: () => number) {
    this.remotePeer = facts.remotePeer
    this.localPeer = facts.localPeer
    this.remoteHello = facts.remoteHello
    this.localHello = facts.localHello
    this.version = facts.version
    this.remoteAddress = facts.remoteAddress
    this.#wire = wire
    this.#onMoved = options.onMoved
    const { outbox } = wire
    this.#outgoing = new OutgoingCalls(facts.remoteHello, limits, now, outbox)
    this.#incoming = new IncomingCalls(this, options.handler, limits, now, outbox)
    this.#pushesOut = new OutgoingPushes(facts.remoteHello, outbox)
    this.#pushesIn = new IncomingPushes(this, options.onPush, outbox, error => { wire.abort(error) })
    wire.use({
      onFrame: frame => { this.#onFrame(frame) },
      beforeWrite: () => { this.#pushesIn.writeCredit() },
      onRoom: bytes => { this.#incoming.giveRoom(bytes) },
      onClosed: reason => { this.#onClosed(reason) }
    })
  }

  get isClosed (): boolean { return this.#wire.isClosed }

  get closed (): Promise<PetrelError | undefined> { return this.#wire.closed }

  async call (method: number, body: Uint8Array, options: CallOptions = {}): Promise<Uint8Array> {
    return await this.#outgoing.call(method, body, options)
  }

  async push (kind: number, body: Uint8Array, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    await this.#pushesOut.push(kind, body, options.signal)
  }

  tryPush (kind: number, body: Uint8Array): boolean { return this.#pushesOut.tryPush(kind, body) }

  async reserve (bytes: number, options: { readonly signal?: AbortSignal } = {}): Promise<PushPermit> {
    return await this.#pushesOut.reserve(bytes, options.signal)
  }

  moved (relays: readonly string[], retryMs: number): void {
    if (this.isClosed) return
    this.#wire.outbox.writer.frame({ moved: { relays: [...relays], retryMs } })
    this.#wire.outbox.written()
  }

  async close (): Promise<void> {
    await this.#wire.close()
  }

  abort (error: PetrelError): void { this.#wire.abort(error) }

  #onFrame (frame: Frame): void {
    switch (frame.kind) {
      case 'call': this.#incoming.take(frame.call); break
      case 'reply': this.#outgoing.settle(frame.reply); break
      case 'push': this.#pushesIn.take(frame.push); break
      case 'credit': this.#pushesOut.credit(frame.bytes); break
      case 'cancel': this.#incoming.cancel(frame.id); break
      case 'moved': this.#onMoved?.({ relays: frame.relays, retryMs: frame.retryMs }); break
      case 'closing': this.#wire.ended(errorFromFailure(frame.failure)); break
      case 'hello': throw new BadInputError('the peer sent a second Hello')
      default: break
    }
  }

  #onClosed (reason: PetrelError | undefined): void {
    const error = new UnavailableError(
      `the channel to the peer is closed${reason === undefined ? '' : `: ${reason.message}`}; the outcome is unknown`,
      { cause: reason }
    )
    this.#outgoing.close(error)
    this.#incoming.close(error)
    this.#pushesOut.close(error)
    this.#pushesIn.close()
  }
}
