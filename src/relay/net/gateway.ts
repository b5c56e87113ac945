/** Opening and serving gateway channels on a host. */
import type { Connection, Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import type { Multiaddr } from '@multiformats/multiaddr'
import {
  AbortedError, BadInputError, DeadlineError, ExistsError, GATEWAY_PROTOCOL, PetrelError, peerIdText, ProofError, toPetrelError,
  UnavailableError, UnsupportedError
} from '../../protocol/wire/index.js'
import type { KeyBytes } from '../../protocol/wire/index.js'
import { shakeHands } from './handshake.js'
import type { Host } from './host-types.js'
import type { ChannelOptions, GatewayChannel } from './types.js'

/** Streams of this protocol on one connection: the open one, one that replaces it, and one that is closing. */
const MAX_STREAMS = 4

/** How to serve gateway channels. */
export interface GatewayListenerOptions extends ChannelOptions {
  /** Called once a peer's Hello has been checked, before its first call. What it throws cuts the channel off. */
  readonly onChannel: (channel: GatewayChannel) => void
  /** Called when a peer's stream does not become a channel: for logs and counters. */
  readonly onRefused?: (error: PetrelError, peerId: string) => void
}

/** The gateway protocol as a host serves it. */
export interface GatewayListener {
  /** Open channels, one per peer. */
  readonly channels: ReadonlySet<GatewayChannel>
  /** The open channel of a peer. */
  channelOf (peer: KeyBytes): GatewayChannel | undefined
  /** Refuses new channels and closes those that are open. */
  close (): Promise<void>
}

/**
 * Opens a gateway channel to the peer with the key `expected`, at the first of `addresses` that answers, or over a
 * connection to it that is open already, unless `fresh` is set.
 *
 * @throws BadInputError when no address is a multiaddr of that key
 * @throws ProofError when another key answers there
 * @throws UnavailableError when nobody answers, UnsupportedError when it is no gateway or the versions do not meet, DeadlineError, AbortedError
 */
export async function dialGateway (
  host: Host, addresses: readonly string[], expected: KeyBytes, options: ChannelOptions & { readonly signal?: AbortSignal, readonly fresh?: boolean } = {}
): Promise<GatewayChannel> {
  const peerId = peerIdText(expected)
  const { signal } = options
  const targets = targetsOf(addresses, peerId)
  if (isAborted(signal)) throw new AbortedError(undefined, { cause: signal?.reason })
  let connection: Connection | undefined
  let stream: Stream
  try {
    connection = await host.node.dial(targets, { signal, force: options.fresh === true })
    stream = await connection.newStream(GATEWAY_PROTOCOL, { runOnLimitedConnection: true, maxOutboundStreams: MAX_STREAMS, signal })
  } catch (error) {
    // An old connection whose peer has silently gone would be used again by each further dial.
    if (connection !== undefined && (isTimeout(error) || isTimeout(signal?.reason))) connection.abort(new DeadlineError('the peer does not answer on this connection'))
    throw dialError(error, peerId, addresses, signal)
  }
  const onAbort = (): void => { stream.abort(new AbortedError()) }
  signal?.addEventListener('abort', onAbort)
  try {
    return await shakeHands(stream, connection, host.key, options)
  } catch (error) {
    throw isAborted(signal) ? new AbortedError(undefined, { cause: error }) : error
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}

/** A function, so that the compiler does not take an earlier answer for the present one. */
function isAborted (signal: AbortSignal | undefined): boolean { return signal?.aborted === true }

/** Those that can be dialled: one that somebody made up must not stand in the way of the others. @throws BadInputError when none can */
function targetsOf (addresses: readonly string[], peerId: string): Multiaddr[] {
  const targets: Multiaddr[] = []
  let fault: unknown = new BadInputError(`no address is known for peer ${peerId}`)
  for (const address of addresses) {
    try {
      targets.push(target(address, peerId))
    } catch (error) {
      fault = error
    }
  }
  if (targets.length === 0) throw fault
  return targets
}

function target (text: string, peerId: string): Multiaddr {
  let address: Multiaddr
  try {
    address = multiaddr(text)
  } catch (cause) {
    throw new BadInputError(`"${text.slice(0, 120)}" is not a multiaddr, for example /ip4/192.0.2.1/tcp/4001`, { cause })
  }
  const parts = address.getComponents()
  const last = parts.at(-1)
  if (last?.name !== 'p2p') return address.encapsulate(`/p2p/${peerId}`)
  if (last.value !== peerId) throw new BadInputError(`the address ${text.slice(0, 200)} names another peer than ${peerId}`)
  return address
}

function isTimeout (error: unknown): boolean { return error instanceof Error && error.name === 'TimeoutError' }

/** libp2p's reasons as ours: its errors nest, and the telling one may be any of them. */
function dialError (error: unknown, peerId: string, addresses: readonly string[], signal: AbortSignal | undefined): PetrelError {
  if (error instanceof PetrelError) return error
  if (isAborted(signal)) return new AbortedError(undefined, { cause: error })
  const reasons = flatten(error)
  const where = addresses.join(', ')
  if (reasons.some(isOtherKey)) {
    return new ProofError(`the peer at ${where} has another key than ${peerId}: a wrong address, or somebody in the middle`, { cause: error, details: { expected: peerId } })
  }
  if (reasons.some(reason => reason.name === 'UnsupportedProtocolError')) {
    return new UnsupportedError(`the peer at ${where} is no Petrel relay or node: it does not speak ${GATEWAY_PROTOCOL}`, { cause: error })
  }
  if (reasons.some(reason => reason.name === 'TimeoutError' || reason.name === 'AbortError')) {
    return new DeadlineError(`the peer ${peerId} at ${where} did not answer in time`, { cause: error })
  }
  return new UnavailableError(`the peer ${peerId} cannot be reached at ${where}`, { cause: error })
}

function flatten (error: unknown): Error[] {
  if (!(error instanceof Error)) return []
  const nested: unknown[] = error instanceof AggregateError ? error.errors : []
  return [error, ...nested.flatMap(flatten), ...flatten(error.cause)]
}

/** Noise says "expected peer" in a message only: libp2p's upgrader keeps the text and drops the class. */
function isOtherKey (error: Error): boolean {
  return error.name === 'UnexpectedPeerError' || /identity key does not match expected remote|Payload identity key|UnexpectedPeer/i.test(error.message)
}

/**
 * Serves gateway channels on a host. One channel per peer: a newer one replaces the older.
 * @throws ExistsError when the host serves them already
 */
export async function listenGateway (host: Host, options: GatewayListenerOptions): Promise<GatewayListener> {
  const served = new Served(options)
  try {
    await host.node.handle(GATEWAY_PROTOCOL, (stream, connection) => { served.accept(stream, connection, host.key) }, {
      runOnLimitedConnection: true, maxInboundStreams: MAX_STREAMS, maxOutboundStreams: MAX_STREAMS
    })
  } catch (cause) {
    throw new ExistsError('this host serves gateway channels already', { cause })
  }
  return {
    channels: served.channels,
    channelOf: peer => served.channelOf(peer),
    close: async () => {
      await host.node.unhandle(GATEWAY_PROTOCOL)
      await served.close()
    }
  }
}

class Served {
  readonly channels = new Set<GatewayChannel>()
  readonly #byPeer = new Map<string, GatewayChannel>()
  readonly #options: GatewayListenerOptions
  #closed = false

  constructor (options: GatewayListenerOptions) { this.#options = options }

  channelOf (peer: KeyBytes): GatewayChannel | undefined { return this.#byPeer.get(peerIdText(peer)) }

  accept (stream: Stream, connection: Connection, localPeer: KeyBytes): void {
    const peerId = connection.remotePeer.toString()
    shakeHands(stream, connection, localPeer, this.#options, channel => { this.#add(peerId, channel) }).catch((error: unknown) => {
      stream.abort(toPetrelError(error))
      this.#options.onRefused?.(toPetrelError(error), peerId)
    })
  }

  async close (): Promise<void> {
    this.#closed = true
    await Promise.all([...this.channels].map(async channel => { await channel.close() }))
  }

  #add (peerId: string, channel: GatewayChannel): void {
    if (this.#closed) throw new UnavailableError('this side is closing; come back later')
    // First: if it is not let in, the older one stays.
    this.#options.onChannel(channel)
    this.#byPeer.get(peerId)?.abort(new UnavailableError('a newer channel of the same peer replaces this one'))
    this.#byPeer.set(peerId, channel)
    this.channels.add(channel)
    void channel.closed.then(() => {
      this.channels.delete(channel)
      if (this.#byPeer.get(peerId) === channel) this.#byPeer.delete(peerId)
    })
  }
}
