/** The links of one node, one per relay. */
import { randomFillSync } from 'node:crypto'
import { peerIdText, UnavailableError, type KeyBytes } from '../../protocol/wire/index.js'
import type { MovedNotice } from '../../relay/net/index.js'
import { RelayAddresses } from './addresses.js'
import { monotonicClock, type LinkClock } from './clock.js'
import type { Dialer } from './dialer.js'
import { GatewayLink } from './link.js'
import type { HomeRuns, LinkLog, LinkWorld } from './link-core.js'
import { LINK_TIMING, type LinkTiming } from './timing.js'
import type { RelayLink, RelayPool } from './types.js'
import type { LinkIdentity } from './visitor.js'

/** What a pool is made from. */
export interface RelayPoolOptions {
  /** How relays are reached: {@link hostDialer} of this node's host. */
  readonly dialer: Dialer
  readonly account: KeyBytes
  /** The account's newest manifest, as signed bytes; asked once for each new link. */
  readonly manifest: () => Uint8Array
  /** The admission token for a relay, if there is one; asked once for each new link. */
  readonly token: (peer: KeyBytes) => string | undefined
  /** Who the node is to a relay that is not one of its homes, and how it gets there; undefined for a home. */
  readonly visitor?: (peer: KeyBytes) => LinkIdentity | undefined
  /** Where a home is reached: this account's own word, which nobody's letter or manifest can change. */
  readonly homeAddrs?: (peer: KeyBytes) => readonly string[] | undefined
  readonly timing?: Partial<LinkTiming>
  /** The machine's monotonic clock unless told. */
  readonly clock?: LinkClock
  /** A number from 0 up to 1; spreads the reconnects of many nodes. From the system's randomness unless told. */
  readonly random?: () => number
  readonly log?: LinkLog
  /** Called when a relay asks this node to go elsewhere. An address of the same relay is followed by the link itself. */
  readonly onMoved?: (peer: KeyBytes, notice: MovedNotice) => void
  /** Called when a home holds another manifest of the account than this node has shown it: as bytes, unchecked. */
  readonly onManifest?: (peer: KeyBytes, bytes: Uint8Array) => void
  /** See {@link LinkWorld.runs}; of homes alone. */
  readonly runs?: (relay: KeyBytes) => Promise<HomeRuns>
}

/** Makes a pool; no link is there yet. */
export function createRelayPool (options: RelayPoolOptions): RelayPool { return new Pool(options) }

/** A fraction from the system's randomness. */
function systemFraction (): number {
  // By node:crypto, which is here anyway: Web Crypto is compiled at its first use, for ten milliseconds of a node's start.
  const [word = 0] = randomFillSync(new Uint32Array(1))
  return word / 2 ** 32
}

class Pool implements RelayPool {
  readonly #options: RelayPoolOptions
  readonly #world: LinkWorld
  readonly #links = new Map<string, GatewayLink>()
  #closed = false

  constructor (options: RelayPoolOptions) {
    this.#options = options
    this.#world = {
      account: options.account,
      runs: options.runs,
      dialer: options.dialer,
      timing: { ...LINK_TIMING, ...options.timing },
      clock: options.clock ?? monotonicClock,
      random: options.random ?? systemFraction,
      log: options.log ?? (() => undefined)
    }
  }

  link (peer: KeyBytes, addrs: readonly string[]): RelayLink {
    if (this.#closed) throw new UnavailableError('this node is closing: it opens no more links')
    const name = peerIdText(peer)
    const there = this.#links.get(name)
    const own = this.#options.homeAddrs?.(peer)
    if (there !== undefined && there.state !== 'closed') {
      if (own === undefined) there.learnAddrs(addrs)
      else there.setAddrs(own)
      return there
    }
    const { manifest, token, onManifest, onMoved, visitor } = this.#options
    const guest = visitor?.(peer)
    const credentials = { addrs: new RelayAddresses(own ?? addrs), token: guest === undefined ? token(peer) : undefined, manifest: guest?.manifest ?? manifest() }
    const world = guest === undefined ? this.#world : { ...this.#world, account: guest.account, dialer: guest.dialer, runs: undefined }
    const link = new GatewayLink(peer, credentials, world, {
      onMoved: notice => { onMoved?.(peer, notice) },
      onManifest: bytes => { if (guest === undefined) onManifest?.(peer, bytes) }
    })
    this.#links.set(name, link)
    link.onState(({ state }) => { if (state === 'closed' && this.#links.get(name) === link) this.#links.delete(name) })
    link.start()
    return link
  }

  get isClosed (): boolean { return this.#closed }

  links (): RelayLink[] { return [...this.#links.values()] }

  poke (): void { for (const link of this.#links.values()) link.poke() }

  async close (options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.#closed = true
    await Promise.all(this.links().map(async link => { await link.close(options) }))
  }
}
