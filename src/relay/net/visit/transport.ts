/** The transport of a visiting host: every dial goes through the home relay. */
import { serviceCapabilities, transportSymbol, type Connection, type DialTransportOptions, type Listener, type Transport, type Upgrader } from '@libp2p/interface'
import { lpStream } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'
import { BadInputError, keyFromPeerId, LIMITS, UnsupportedError } from '../../../protocol/wire/index.js'
import type { Through } from '../host-types.js'
import { decodeAnswer, encodeVisit, VIA_PROTOCOL } from './protocol.js'
import { streamConnection } from './stream-connection.js'

class VisitTransport implements Transport {
  readonly [transportSymbol] = true
  readonly [Symbol.toStringTag] = '@petrel/visit'
  readonly [serviceCapabilities] = ['@libp2p/transport']
  readonly #through: Through
  readonly #upgrader: Upgrader

  constructor (through: Through, upgrader: Upgrader) {
    this.#through = through
    this.#upgrader = upgrader
  }

  async dial (address: Multiaddr, options: DialTransportOptions): Promise<Connection> {
    const { signal } = options
    const peer = address.getComponents().findLast(c => c.name === 'p2p')?.value
    if (peer === undefined) throw new BadInputError('a visit needs an address that ends in /p2p/ and a PeerId')
    const home = await this.#through(signal)
    const stream = await home.newStream(VIA_PROTOCOL, { signal, maxOutboundStreams: LIMITS.visitsPerDevice })
    try {
      const framed = lpStream(stream, { maxDataLength: LIMITS.visitRequestBytes })
      await framed.write(encodeVisit({ peer: keyFromPeerId(peer), addrs: [address.toString()] }), { signal })
      const refusal = decodeAnswer((await framed.read({ signal })).subarray())
      if (refusal !== null) throw refusal
      return await this.#upgrader.upgradeOutbound(streamConnection(framed.unwrap(), address), options)
    } catch (error) {
      stream.abort(error instanceof Error ? error : new UnsupportedError('the visit failed'))
      throw error
    }
  }

  createListener (): Listener { throw new UnsupportedError('a visiting host does not listen') }
  listenFilter (): Multiaddr[] { return [] }
  dialFilter (addresses: Multiaddr[]): Multiaddr[] { return addresses }
}

/** A libp2p transport factory that visits through a home relay. */
export function visitTransport (through: Through): (components: { upgrader: Upgrader }) => Transport {
  return ({ upgrader }) => new VisitTransport(through, upgrader)
}
