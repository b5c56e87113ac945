/** How a peer came, as a class of its address. */
import { isPrivateIp } from '@libp2p/utils'
import { WAY, type Way } from '../../protocol/wire/index.js'

const IP = /^\/ip[46]\/([^/]+)/

/** The class of a multiaddr as a connection sees it. */
export function wayOf (address: string): Way {
  if (address.includes('/p2p-circuit')) return WAY.relayed
  if (address.startsWith('/memory/') || /^\/ip4\/127\./.test(address) || /^\/ip6\/::1(\/|$)/.test(address)) return WAY.here
  const ip = IP.exec(address)?.[1]
  if (ip === undefined) return WAY.unknown
  return isPrivateIp(ip) === true ? WAY.local : WAY.internet
}
