/** What a gateway channel is to those who use it: the relay's services and the node's client. */
import type { KeyBytes, PetrelError, pb } from '../../protocol/wire/index.js'

/** The right to send one push of at most `bytes`: the peer has room for it. Use exactly one of `send` and `release`. */
export interface PushPermit {
  /** Body bytes that may be sent. */
  readonly bytes: number
  /**
   * Sends one push and gives back what is left of the permit.
   * @throws TooLargeError when the body is over `bytes`, UnavailableError once the channel is closed
   */
  send (kind: number, body: Uint8Array): void
  /** Gives the permit back unused. Harmless after `send`. */
  release (): void
}

/** Answers one call: one of the two, once. */
export interface CallAnswer {
  reply (body: Uint8Array): void
  /** Any error; see {@link CallHandler}. */
  fail (error: unknown): void
}

/** A call that came in. */
export interface GatewayCall {
  readonly method: number
  /** The request's bytes. They are the handler's own for as long as it wants. */
  readonly body: Uint8Array
  /** Aborts when the caller cancels, its deadline passes, or the channel closes. Made when first asked for. */
  readonly signal: AbortSignal
  /** Milliseconds the caller still waits, as of the call's arrival. */
  readonly deadlineMs: number
  readonly channel: GatewayChannel
  /** How it is answered without a promise; undefined where it can be by the handler's promise only. See {@link ANSWERED_LATER}. */
  readonly answer?: CallAnswer
  /**
   * Waits until a reply of about `bytes` may be prepared without outrunning a slow reader: call it
   * before reading much from a store. The room is given back when the reply has left.
   * @throws UnavailableError when the channel closes, AbortedError when the caller gives up
   */
  room (bytes: number): Promise<void>
}

/** Answers calls: the reply's bytes, or a thrown {@link PetrelError}, which travels as a Failure. Any other error becomes ERR_INTERNAL without its text. */
export type CallHandler = (call: GatewayCall) => Promise<Uint8Array>

/** A push that came in. */
export interface GatewayPush {
  readonly kind: number
  readonly body: Uint8Array
  readonly channel: GatewayChannel
}

/**
 * Takes pushes, called in their order, without waiting for the one before. The sender's credit comes
 * back when the returned promise settles (at once when there is none). A handler that throws cuts the
 * channel off, so that nothing is lost in silence: come back and read again.
 */
export type PushHandler = (push: GatewayPush) => undefined | Promise<void>

/** The relay drains or hands over: go to one of `relays`, or come back after `retryMs`. */
export interface MovedNotice {
  readonly relays: readonly string[]
  readonly retryMs: number
}

/** What a channel may use; each defaults to the value in LIMITS. */
export interface ChannelLimits {
  /** Largest frame taken. */
  readonly frameBytes: number
  /** Calls in flight, each way; the caller's next one waits. */
  readonly callsInFlight: number
  /** Body bytes of calls in flight, each way. */
  readonly callBytesInFlight: number
  /** Own calls that may wait for a place; the next is refused. */
  readonly callsWaiting: number
  /** Push bytes granted to the peer (0 when there is no onPush). */
  readonly creditBytes: number
  /** Longest time a call may take. */
  readonly callDeadlineMs: number
  readonly helloDeadlineMs: number
  readonly frameDeadlineMs: number
  /** Bytes that may wait to be written; beyond it the peer is too slow and is cut off. */
  readonly writeBufferBytes: number
  /** Reply bytes that may be in preparation at once (see {@link GatewayCall.room}). */
  readonly replyBytes: number
  /** With bytes waiting, the peer must take some within this time. */
  readonly writeStallMs: number
  /** What was written before a close must have left within this time; the rest is cut off. */
  readonly lastWordsMs: number
  /** After this long without a byte the peer is asked whether it is there. */
  readonly probeIdleMs: number
  /** It must say something by then, or the channel is given up. */
  readonly probeAnswerMs: number
}

/** How to open or accept a channel. */
export interface ChannelOptions {
  /** Answers the peer's calls. Without it every call gets ERR_UNSUPPORTED. */
  readonly handler?: CallHandler
  /** Takes the peer's pushes. Without it no credit is granted. */
  readonly onPush?: PushHandler
  /** Called for each Moved notice. */
  readonly onMoved?: (notice: MovedNotice) => void
  /** Gateway versions this side speaks; GATEWAY_VERSION unless told. */
  readonly versions?: { readonly min: number, readonly max: number }
  /** Features this side offers, as names. */
  readonly features?: readonly string[]
  /** What this side calls itself: `petrel` or `petrel-relay`, without more. */
  readonly agent?: string
  readonly limits?: Partial<ChannelLimits>
  /** Random bytes of a length; node:crypto unless told. */
  readonly random?: (length: number) => Uint8Array
  /** Milliseconds that only go forward; performance.now unless told. */
  readonly now?: () => number
}

/** How to make one call. */
export interface CallOptions {
  readonly signal?: AbortSignal
  /** At most LIMITS.callDeadlineMs, which is the default. */
  readonly deadlineMs?: number
}

/** One long-lived gateway stream between two peers; both sides are alike. */
export interface GatewayChannel {
  /** The key that Noise proved for the peer: a device or a relay. */
  readonly remotePeer: KeyBytes
  readonly localPeer: KeyBytes
  /** The peer's Hello: its limits, features and nonce (32 bytes). */
  readonly remoteHello: pb.Hello
  /** This side's Hello: its nonce is what the peer's capability proofs sign. */
  readonly localHello: pb.Hello
  /** The version both speak. */
  readonly version: number
  /** The peer's multiaddr as the connection sees it, for logs and rate limits by address. */
  readonly remoteAddress: string
  /** Whether the channel is closed or closing. */
  readonly isClosed: boolean
  /**
   * Settles (never rejects) when the channel is closed: with the reason, or undefined after a
   * plain close by either side.
   */
  readonly closed: Promise<PetrelError | undefined>
  /**
   * Asks the peer. Waits for a place when too many calls are in flight.
   *
   * @throws the peer's PetrelError; DeadlineError, AbortedError or UnavailableError, after which the outcome is unknown
   * @throws TooLargeError for a body over the peer's frame limit
   * @throws RateLimitError when too many own calls wait
   */
  call (method: number, body: Uint8Array, options?: CallOptions): Promise<Uint8Array>
  /**
   * Sends a push as soon as the peer's credit allows; resolves once it is queued, in order.
   *
   * @throws UnavailableError when the channel closes first, AbortedError by signal
   * @throws TooLargeError for a body over the peer's whole credit or frame limit
   */
  push (kind: number, body: Uint8Array, options?: { readonly signal?: AbortSignal }): Promise<void>
  /**
   * Sends a push if the peer's credit allows it now and nobody waits for credit; nothing is kept otherwise.
   *
   * @returns whether it was sent
   * @throws TooLargeError for a body over the peer's whole credit or frame limit, UnavailableError once the channel is closed
   */
  tryPush (kind: number, body: Uint8Array): boolean
  /**
   * Waits for credit before there is a body, in order of asking: a follow loop asks, reads that much
   * from its log, then sends. The permit is for `bytes`, or for the peer's whole credit if that is less.
   *
   * @throws UnavailableError when the channel closes, AbortedError by signal
   */
  reserve (bytes: number, options?: { readonly signal?: AbortSignal }): Promise<PushPermit>
  /** Tells the peer to go to `relays` or come back after `retryMs`. The channel stays open. */
  moved (relays: readonly string[], retryMs: number): void
  /** Sends what is queued, then closes. Own calls in flight reject. Resolves when closed. */
  close (): Promise<void>
  /** Cuts the channel off, telling the peer the error's code and message if the stream still takes them. */
  abort (error: PetrelError): void
}
