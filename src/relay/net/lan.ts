/** Other nodes in the same local network, by multicast DNS (RFC 6762): it says who is here and where, and hears the same of others. */
import { mdns } from '@libp2p/mdns'
import type { MulticastDNSComponents } from '@libp2p/mdns'
import { multiaddr } from '@multiformats/multiaddr'
import { LIMITS } from '../../protocol/wire/index.js'
import type { Host } from './host-types.js'

/** Not libp2p's common name: nodes of other applications need not know of this one, nor dial it. */
const SERVICE = '_petrel._udp.local'

/** What is said in the local network: the host's PeerId and where it listens, nothing else. */
export interface Presence {
  /** Addresses with the PeerId at their end; asked for each answer. */
  readonly addresses: () => readonly string[]
}

/** Hears of a peer and its addresses, without the PeerId at their end. Anybody in the network can say anything: who answers there proves its key. */
export type OnNeighbour = (peerId: string, addresses: readonly string[]) => void

/** Announces a host and listens for others until the returned function is called. */
export type FindNeighbours = (host: Host, presence: Presence, onNeighbour: OnNeighbour) => Promise<() => Promise<void>>

/** {@link FindNeighbours} by multicast. Where the network or the system lets no multicast through, nobody is found. */
export const multicastNeighbours: FindNeighbours = async (host, presence, onNeighbour) => {
  // The library asks for a whole address manager; the host's own announces what identify says, and this must say less.
  const components = { logger: host.node.logger, addressManager: { getAddresses: () => presence.addresses().map(address => multiaddr(address)) } }
  const discovery = mdns({ serviceTag: SERVICE, interval: LIMITS.lanQueryMs })(components as unknown as MulticastDNSComponents)
  discovery.addEventListener('peer', ({ detail }) => {
    const peerId = detail.id.toString()
    if (peerId !== host.peerId) onNeighbour(peerId, detail.multiaddrs.map(String).filter(address => address.length <= LIMITS.addressBytes).slice(0, LIMITS.addressesPerRelay))
  })
  await (discovery as unknown as { start (): Promise<void> }).start()
  return async () => { await (discovery as unknown as { stop (): Promise<void> }).stop() }
}
