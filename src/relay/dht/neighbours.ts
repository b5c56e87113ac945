/** Finds the other relays: dials those that the operator named until the DHT knows somebody, and again whenever it knows nobody. */
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { BadInputError, LIMITS, TooLargeError } from '../../protocol/wire/index.js'
import type { Logger } from '../logger.js'
import type { Host } from '../net/index.js'

/** See the file's head. */
export class Neighbours {
  readonly #host: Host
  readonly #addresses: readonly Multiaddr[]
  readonly #after: (ms: number, work: () => void) => () => void
  readonly #log: Logger
  readonly #stopping = new AbortController()
  #cancel: () => void = () => undefined

  /** @throws BadInputError, TooLargeError for addresses that cannot be right */
  constructor (host: Host, addresses: readonly string[], after: (ms: number, work: () => void) => () => void, log: Logger) {
    this.#host = host
    this.#addresses = neighbourAddresses(addresses)
    this.#after = after
    this.#log = log
  }

  /** Peers in the DHT's table. */
  get count (): number { return tableOf(this.#host)?.size ?? 0 }

  /** Dials, and calls `onChange` whenever a peer comes into the DHT's table or leaves it. */
  start (onChange: () => void): void {
    const table = tableOf(this.#host)
    for (const event of ['peer:add', 'peer:remove'] as const) table?.addEventListener(event, onChange, { signal: this.#stopping.signal })
    onChange()
    this.#dial()
  }

  /** Dials no more. */
  stop (): void {
    this.#stopping.abort()
    this.#cancel()
  }

  #dial (): void {
    if (this.#stopping.signal.aborted || this.#addresses.length === 0) return
    if (this.count === 0) {
      for (const address of this.#addresses) {
        this.#host.node.dial(address, { signal: this.#stopping.signal }).catch((error: unknown) => {
          this.#log('debug', 'neighbour.away', { reason: error instanceof Error ? error.name : 'unknown' })
        })
      }
    }
    this.#cancel = this.#after(LIMITS.neighbourRetryMs, () => { this.#dial() })
  }
}

/** The addresses that an operator named. @throws BadInputError for one that is no relay's, TooLargeError for too many */
function neighbourAddresses (texts: readonly string[]): Multiaddr[] {
  if (texts.length > LIMITS.neighbours) throw new TooLargeError(`a relay begins with at most ${LIMITS.neighbours} others`)
  return texts.map(text => {
    try {
      const address = multiaddr(text)
      if (address.getComponents().at(-1)?.name === 'p2p') return address
    } catch {
      // The same words for both.
    }
    throw new BadInputError(`"${text.slice(0, 120)}" is no relay's address, such as /ip4/192.0.2.1/tcp/4001/p2p/12D3Koo…`)
  })
}

/** The DHT's table of peers; the library's interface hides it. */
function tableOf (host: Host): (EventTarget & { readonly size: number }) | undefined {
  const { dht } = host.node.services
  return dht !== undefined && 'routingTable' in dht ? dht.routingTable as EventTarget & { readonly size: number } : undefined
}
