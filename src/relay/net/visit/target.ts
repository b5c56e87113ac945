/** Where a visit may go: to a relay's TCP address, or through one to a node that is its own home; by default not into private networks, by number or by name. */
import { lookup } from 'node:dns/promises'
import { isPrivateIp } from '@libp2p/utils'
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { BadInputError, ForbiddenError, peerIdText, type KeyBytes } from '../../../protocol/wire/index.js'

/** The IP addresses of a name; `family` 0 is any. */
export type Resolve = (name: string, family: 0 | 4 | 6) => Promise<readonly string[]>

const FAMILIES: Readonly<Record<string, 0 | 4 | 6>> = { dns: 0, dns4: 4, dns6: 6 }
/** Addresses of one name that are tried. */
const PER_NAME = 4
/** NAT64 (RFC 6052): an IPv4 address, private ones too, in other clothes. */
const NAT64 = /^64:ff9b:/

const systemResolve: Resolve = async (name, family) => (await lookup(name, { all: true, family })).map(({ address }) => address)

/**
 * The addresses to dial for one that a visit names. A name is looked up here and dialed by number, so that nobody can
 * answer with another address afterwards.
 *
 * @returns none for a name that leads nowhere, or only into private networks
 * @throws BadInputError for what is no address of a relay, ForbiddenError for one in a private network
 */
export async function visitTargets (text: string, peer: KeyBytes, { privateNetworks, resolve = systemResolve }: { privateNetworks: boolean, resolve?: Resolve }): Promise<Multiaddr[]> {
  const address = withPeer(parse(text), peer)
  requireOneHop(address)
  const [first, second] = address.getComponents()
  const isIp = first?.name === 'ip4' || first?.name === 'ip6'
  const family = FAMILIES[first?.name ?? '']
  if ((!isIp && family === undefined) || second?.name !== 'tcp') throw new BadInputError('a visit goes to an IP address or a DNS name, over TCP')
  const name = first?.value ?? ''
  if (privateNetworks) return [address]
  if (family !== undefined) return (await lookUp(name, family, resolve)).filter(isPublic).slice(0, PER_NAME).map(ip => byNumber(address, name, ip))
  if (!isPublic(name)) throw new ForbiddenError('the home relay carries no visits into private networks: its operator can allow them with --visit-private-networks')
  return [address]
}

function isPublic (ip: string): boolean { return isPrivateIp(ip) === false && !NAT64.test(ip) }

function parse (text: string): Multiaddr {
  try {
    return multiaddr(text)
  } catch (cause) {
    throw new BadInputError('the visit names something that is no multiaddr', { cause })
  }
}

/** Through a circuit it goes to a peer at the relay that is named, and to no address behind it. */
function requireOneHop (address: Multiaddr): void {
  const names = address.getComponents().map(c => c.name)
  const circuit = names.indexOf('p2p-circuit')
  if (circuit >= 0 && (names[circuit - 1] !== 'p2p' || names.slice(circuit + 1).join() !== 'p2p')) throw new BadInputError('a visit goes through one relay at most, and to a peer of it')
}

function withPeer (address: Multiaddr, peer: KeyBytes): Multiaddr {
  return address.getComponents().at(-1)?.name === 'p2p' ? address : address.encapsulate(`/p2p/${peerIdText(peer)}`)
}

/** A name that is not known and one that leads inside look alike: whoever asks learns no names of this network. */
async function lookUp (name: string, family: 0 | 4 | 6, resolve: Resolve): Promise<readonly string[]> {
  try {
    return await resolve(name, family)
  } catch {
    return []
  }
}

/** The address with its name's number in place of the name, which TLS goes on to ask for. */
function byNumber (address: Multiaddr, name: string, ip: string): Multiaddr {
  const rest = address.toString().split('/').slice(3).join('/').replace(/\/wss(?=\/|$)/, '/tls/ws').replace(/\/tls(?=\/ws)/, `/tls/sni/${name}`)
  return multiaddr(`/${ip.includes(':') ? 'ip6' : 'ip4'}/${ip}/${rest}`)
}
