/** Whose address it is: a relay's address ends in its key. */
import { multiaddr } from '@multiformats/multiaddr'
import { BadInputError, keyFromPeerId, LIMITS, type KeyBytes } from '../../protocol/wire/index.js'

/** The relay's key at the end of an address. @throws BadInputError when it is no multiaddr or does not end in /p2p/PEER */
export function relayKeyOf (address: string): KeyBytes {
  if (address.length > LIMITS.addressBytes) throw new BadInputError('a relay\'s address is at most 512 characters long')
  let peer: string | undefined
  try {
    peer = multiaddr(address).getComponents().findLast(c => c.name === 'p2p')?.value
  } catch (cause) {
    throw new BadInputError(`"${address.slice(0, 120)}" is not a multiaddr such as /ip4/192.0.2.1/tcp/4001/p2p/12D3Koo…`, { cause })
  }
  if (peer === undefined) throw new BadInputError('a relay\'s address must end in /p2p/ and its PeerId, so that nobody else can answer for it')
  return keyFromPeerId(peer)
}
