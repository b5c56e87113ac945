import { UnsupportedError } from '../../protocol/wire/index.js'
import type { KeyBytes } from '../../protocol/wire/index.js'
import type { Host } from './host-types.js'
import type { ChannelOptions, GatewayChannel } from './types.js'

/** How to serve gateway channels. */
export interface GatewayListenerOptions extends ChannelOptions {
  /** Called once a peer's Hello has been checked. What it throws cuts the channel off. */
  readonly onChannel: (channel: GatewayChannel) => void
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
 * Opens a gateway channel to the peer with the key `expected`, at the first of `addresses` that answers.
 *
 * @throws BadInputError when an address is no multiaddr or names another key
 * @throws ProofError when another key answers there
 * @throws UnavailableError when nobody answers, UnsupportedError on versions that do not meet, DeadlineError, AbortedError
 */
export async function dialGateway (
  host: Host, addresses: readonly string[], expected: KeyBytes, options: ChannelOptions & { readonly signal?: AbortSignal } = {}
): Promise<GatewayChannel> {
  throw new UnsupportedError(`${host.peerId} cannot dial ${addresses.length} addresses of ${expected.length} bytes yet`, { details: { options: options.agent ?? '' } })
}

/** Serves gateway channels on a host. One channel per peer: a newer one replaces the older. */
export async function listenGateway (host: Host, options: GatewayListenerOptions): Promise<GatewayListener> {
  throw new UnsupportedError(`${host.peerId} cannot serve channels yet`, { details: { agent: options.agent ?? '' } })
}
