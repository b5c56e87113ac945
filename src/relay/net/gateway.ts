/** Opening and serving gateway channels on a host. */
import type { Connection, Stream } from '@libp2p/interface'
import { AbortedError, ExistsError, GATEWAY_PROTOCOL, peerIdText, toPetrelError, UnavailableError } from '../../protocol/wire/index.js'
import type { KeyBytes, PetrelError } from '../../protocol/wire/index.js'
import { dialStream } from './dial-stream.js'
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
  const { signal } = options
  const { connection, stream } = await dialStream(host, addresses, expected, { protocol: GATEWAY_PROTOCOL, maxStreams: MAX_STREAMS, signal, fresh: options.fresh })
  const onAbort = (): void => { stream.abort(new AbortedError()) }
  signal?.addEventListener('abort', onAbort)
  try {
    return await shakeHands(stream, connection, host.key, options)
  } catch (error) {
    throw signal?.aborted === true ? new AbortedError(undefined, { cause: error }) : error
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
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
