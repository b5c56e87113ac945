/** Being reached through circuit relays: the transport, and reservations that are made and made again by whoever holds the host. */
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import type { CircuitRelayTransportComponents } from '@libp2p/circuit-relay-v2'
import type { Connection, Libp2p, PeerId, Transport } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { peerIdText, UnavailableError, type KeyBytes } from '../../protocol/wire/index.js'

/** What of the transport is used here: it is the library's own class, whose type is not exported. */
type CircuitTransport = Transport & { readonly reservationStore: Reservations }
interface Reservations {
  addRelay (relay: PeerId, type: 'configured'): Promise<unknown>
  hasReservation (relay: PeerId): boolean
  getReservation (relay: PeerId): { readonly addrs: readonly Uint8Array[] } | undefined
}

type Dials = Pick<Libp2p, 'dial' | 'getConnections'>

/** The circuit relay client of one host. */
export class CircuitClient {
  #transport: CircuitTransport | undefined
  readonly #relays = new Map<string, PeerId>()

  /** For libp2p's `transports`. */
  readonly factory = (components: CircuitRelayTransportComponents): Transport => {
    this.#transport = circuitRelayTransport()(components) as CircuitTransport
    return this.#transport
  }

  /**
   * Asks a relay to pass on connections to this host, unless it does so already. It is renewed while the connection to
   * it lasts, and gone with it: ask again after each reconnect. With an address, it is dialed when there is none.
   *
   * @throws UnavailableError when the relay says no, is no circuit relay, or there is no connection
   */
  async reserve (node: Dials, key: KeyBytes, address: string | undefined): Promise<void> {
    const store = this.#transport?.reservationStore
    const text = peerIdText(key)
    const straight = (): Connection | undefined => node.getConnections().find(c => c.remotePeer.toString() === text && c.limits === undefined && c.status === 'open')
    if (straight() === undefined && address !== undefined) {
      await node.dial(multiaddr(address)).catch((cause: unknown) => { throw new UnavailableError('the relay that could pass on connections does not answer', { cause }) })
    }
    const connection = straight()
    // Without a connection the library would dial, and never again ask a relay where that failed.
    if (store === undefined || connection === undefined) throw new UnavailableError('there is no connection with the relay that could pass on others')
    const relay = connection.remotePeer
    this.#relays.set(relay.toString(), relay)
    if (store.hasReservation(relay)) return
    try {
      await store.addRelay(relay, 'configured')
    } catch (cause) {
      throw new UnavailableError('the relay passes on no connections to this node', { cause })
    }
  }

  /** Where this host is reached through relays now, as multiaddrs that end in /p2p-circuit. */
  addresses (): string[] {
    const store = this.#transport?.reservationStore
    if (store === undefined) return []
    return [...this.#relays.values()].flatMap(relay => (store.getReservation(relay)?.addrs ?? []).map(bytes => `${multiaddr(bytes).toString()}/p2p-circuit`))
  }
}
