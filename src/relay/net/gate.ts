/** libp2p's connection gater: bounds inbound upgrades by address, which libp2p itself does only in all. */
import type { ConnectionGater, MultiaddrConnection } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { UnavailableError } from '../../protocol/wire/index.js'
import { OpenConnections } from './open-connections.js'
import { PendingConnections } from './pending-connections.js'
import type { PendingBounds } from './pending-connections.js'

/** Bounds of a gate: of what is not upgraded yet, and of all that one address has open. */
export interface GateBounds extends PendingBounds { readonly openPerAddress: number }

/** A gater, and what it has let in so far. */
export interface Gate {
  readonly gater: ConnectionGater
  /** Inbound connections that are being upgraded. */
  pending (): number
}

/**
 * A gate with these bounds.
 * @param onInbound called with each inbound connection's remote address as it reaches libp2p
 */
export function createGate (bounds: GateBounds, onInbound: (remote: Multiaddr) => void): Gate {
  const pending = new PendingConnections<MultiaddrConnection>(bounds)
  const open = new OpenConnections(bounds.openPerAddress)
  return {
    pending: () => pending.size,
    gater: {
      denyInboundConnection: connection => {
        onInbound(connection.remoteAddr)
        const host = hostOf(connection.remoteAddr)
        const ended = open.add(host)
        if (ended === undefined) return true
        const accepted = pending.add(connection, host, () => {
          connection.abort(new UnavailableError('too many connections wait to be upgraded'))
        })
        if (!accepted) {
          ended()
          return true
        }
        connection.addEventListener('close', () => {
          pending.ended(connection)
          ended()
        })
        return false
      },
      denyInboundUpgradedConnection: (_peer, connection) => {
        pending.upgraded(connection)
        return false
      }
    }
  }
}

/** The first part of a multiaddr: the IP address, or the relay's for a relayed connection. An IPv6 network counts as its /64, which one person has whole. */
export function hostOf (address: Multiaddr): string {
  const first = address.getComponents()[0]
  const value = first?.value ?? ''
  return first?.name === 'ip6' ? networkOf(value) : value
}

function networkOf (ip6: string): string {
  const [head = '', tail] = ip6.split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const rest = tail === '' ? 0 : tail.split(':').length
    while (groups.length + rest < 8) groups.push('0')
  }
  return `${groups.slice(0, 4).map(group => group.replace(/^0+(?=.)/, '')).join(':')}::/64`
}
