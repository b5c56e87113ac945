/** Which of a node's addresses others are told, and in which order. Pure. */
import { isPrivateIp } from '@libp2p/utils'
import { LIMITS } from '../../protocol/wire/index.js'

/** The address's host, as an IP or a name. */
function hostIn (address: string): string { return address.split('/')[2] ?? '' }

/** Whether the address leads to the machine that dials it. */
function isLoopbackAddress (address: string): boolean { return /^\/ip4\/127\./.test(address) || address.startsWith('/ip6/::1/') }

/** Whether it goes through a relay. */
export function isCircuit (address: string): boolean { return address.includes('/p2p-circuit') }

/** Whether it is reached inside one network only: by a private number, or by a name of multicast DNS. */
export function isNear (address: string): boolean {
  const host = hostIn(address)
  return isLoopbackAddress(address) || isPrivateIp(host) === true || host.endsWith('.local')
}

/**
 * What goes into the link and the manifest: addresses in the local network first, then others, then through relays; at
 * most LIMITS.ownAddresses, one of them through a relay if there is any. Loopback ones only when there are no others:
 * elsewhere they lead to somebody else. IPv6's link-local ones lead nowhere without the name of an interface.
 */
export function shareableAddresses (listening: readonly string[], circuits: readonly string[]): string[] {
  const usable = listening.filter(address => !address.startsWith('/ip6/fe80'))
  const outside = usable.filter(address => !isLoopbackAddress(address))
  const direct = outside.length > 0 ? outside : usable
  const ordered = [...direct.filter(isNear), ...direct.filter(address => !isNear(address))]
  const through = circuits.filter(address => !isLoopbackAddress(address) || outside.length === 0)
  const places = Math.max(LIMITS.ownAddresses - through.length, LIMITS.ownAddresses / 2)
  return [...ordered.slice(0, places), ...through].slice(0, LIMITS.ownAddresses)
}
