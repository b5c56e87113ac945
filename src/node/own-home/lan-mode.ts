/** What a node does while others may find and dial it: it says where it is, hears of neighbours, and is reached through its relays. */
import { LIMITS, peerIdText, toPetrelError, type KeyBytes } from '../../protocol/wire/index.js'
import { multicastNeighbours, type FindNeighbours, type Host } from '../../relay/net/index.js'
import { relayKeyOf, type RelayLink } from '../gateway/index.js'
import type { NodeLog } from '../log.js'
import { Neighbours } from './neighbours.js'
import { isCircuit, shareableAddresses } from './own-addresses.js'

/** How a node is in the local network. */
export interface LanOptions {
  /** How neighbours are found. Default: multicast DNS; false: not at all, and nothing is announced. */
  readonly neighbours?: FindNeighbours | false
  /** Relays that are asked to pass on connections, beside the home relays: multiaddrs that end in /p2p/PEER. They host nothing. */
  readonly circuits?: readonly string[]
}

/** What it works with. */
export interface LanModeParts {
  readonly host: Host
  readonly options: LanOptions
  readonly log: NodeLog
  /** What was last said of where this node is. */
  readonly before: readonly string[]
  /** Monotonic milliseconds. */
  readonly now?: () => number
}

/** What it watches once the node is put together. */
export interface LanWatch {
  /** The links there are. */
  readonly links: () => readonly RelayLink[]
  /** Tells a link where its peer may be too. */
  readonly learn: (link: RelayLink, addresses: readonly string[]) => void
  /** Home relays that could pass on connections. */
  readonly relays: () => readonly KeyBytes[]
  /** The addresses are others than before. */
  readonly onAddresses: () => void
  /** It is time to look again. */
  readonly onLook: () => void
}

/** See the file's head. */
export class LanMode {
  readonly #parts: LanModeParts
  readonly #neighbours: Neighbours
  readonly #circuits: ReadonlyArray<{ readonly peer: KeyBytes, readonly address: string }>
  /** By relay: where this node was reached through it last. A relay that is away for a while changes nothing of that. */
  readonly #through = new Map<string, string[]>()
  #watch: LanWatch | undefined
  #timer: NodeJS.Timeout | undefined
  #soon: NodeJS.Timeout | undefined
  /** Looks in a row that left a relay without a place for this node. */
  #missed = 0
  #endSearch: Promise<() => Promise<void>> | undefined
  #said = ''

  /** @throws BadInputError for the address of a circuit relay that is none */
  constructor (parts: LanModeParts) {
    this.#parts = parts
    for (const address of parts.before.filter(isCircuit)) this.#through.set(relayIn(address), [...this.#through.get(relayIn(address)) ?? [], address])
    this.#circuits = (parts.options.circuits ?? []).map(address => ({ peer: relayKeyOf(address), address }))
    this.#neighbours = new Neighbours(parts.now ?? (() => performance.now()))
  }

  /** Where others reach this node, best first. */
  addresses (): string[] {
    const { host } = this.#parts
    for (const address of host.circuitAddresses()) this.#through.set(relayIn(address), [])
    for (const address of host.circuitAddresses()) this.#through.get(relayIn(address))?.push(address)
    const places = new Set(this.#places().map(({ peer }) => peerIdText(peer)))
    return shareableAddresses(host.addresses(), [...this.#through].flatMap(([relay, addresses]) => places.has(relay) ? addresses : []))
  }

  /** Where a peer said it is. */
  heard (peer: KeyBytes): readonly string[] { return this.#neighbours.addressesOf(peerIdText(peer)) }

  /** Begins to announce, to listen and to keep places at the home relays. */
  start (watch: LanWatch): void {
    const { host, options } = this.#parts
    this.#watch = watch
    this.#said = this.addresses().join()
    this.#timer = setInterval(() => { this.#lookNow() }, LIMITS.lanLookMs).unref()
    host.node.addEventListener('peer:disconnect', this.#onDisconnect)
    this.#lookNow()
    const find = options.neighbours ?? multicastNeighbours
    if (find === false) return
    // Through a relay is no place in this network.
    this.#endSearch = find(host, { addresses: () => shareableAddresses(host.addresses(), []) }, (peerId, addresses) => { this.#hear(peerId, addresses) })
    this.#endSearch.catch((error: unknown) => { this.#parts.log('warn', 'lan.no-multicast', { code: toPetrelError(error).code }) })
  }

  /** What goes wrong, such as a pool that closes, is looked at again the next time. */
  #lookNow (): void {
    this.look().catch((error: unknown) => { this.#parts.log('debug', 'lan.look', { code: toPetrelError(error).code }) })
  }

  /** Looks whether relays still pass on connections, and whether the addresses are as they were. */
  async look (): Promise<void> {
    const { host, log } = this.#parts
    const watch = this.#watch
    if (watch === undefined) return
    watch.onLook()
    const reserved = await Promise.all(this.#places().map(async ({ peer, address }) => {
      try {
        await host.reserve(peer, address)
        return true
      } catch (error) {
        log('debug', 'lan.no-reservation', { code: toPetrelError(error).code })
        return false
      }
    }))
    this.#missed = reserved.includes(false) ? this.#missed + 1 : 0
    if (this.#missed > 0) this.#lookSoon()
    const now = this.addresses().join()
    // It may have been stopped while a relay was asked.
    if (now === this.#said || this.#watch === undefined) return
    this.#said = now
    watch.onAddresses()
  }

  /** Ends the announcement. */
  async stop (): Promise<void> {
    this.#watch = undefined
    clearInterval(this.#timer)
    clearTimeout(this.#soon)
    this.#parts.host.node.removeEventListener('peer:disconnect', this.#onDisconnect)
    const end = await this.#endSearch?.catch(() => undefined)
    await end?.()
  }

  /** The relays that should pass on connections. */
  #places (): Array<{ readonly peer: KeyBytes, readonly address: string | undefined }> {
    return [...(this.#watch?.relays() ?? []).map(peer => ({ peer, address: undefined })), ...this.#circuits]
  }

  /** A relay may be gone, and the places at it with it. */
  readonly #onDisconnect = ({ detail }: { readonly detail: { toString (): string } }): void => {
    const gone = detail.toString()
    if (!this.#places().some(({ peer }) => peerIdText(peer) === gone)) return
    this.#missed = 0
    this.#lookSoon()
  }

  #lookSoon (): void {
    if (this.#watch === undefined) return
    clearTimeout(this.#soon)
    const wait = Math.min(LIMITS.linkRetryBaseMs * 2 ** this.#missed, LIMITS.lanLookMs)
    this.#soon = setTimeout(() => { this.#lookNow() }, wait).unref()
  }

  #hear (peerId: string, addresses: readonly string[]): void {
    if (!this.#neighbours.hear(peerId, addresses)) return
    this.#parts.log('debug', 'lan.neighbour', { known: this.#neighbours.count })
    const link = this.#watch?.links().find(one => peerIdText(one.peer) === peerId)
    if (link === undefined || link.state === 'connected') return
    // A dial that is under way to where the peer was before is given up for this.
    this.#watch?.learn(link, addresses)
    if (link.state === 'waiting') link.poke()
  }
}

/** The relay's PeerId in the address of a circuit. */
function relayIn (address: string): string { return /\/p2p\/([^/]+)\/p2p-circuit/u.exec(address)?.[1] ?? '' }
