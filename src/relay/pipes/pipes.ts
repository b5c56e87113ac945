/** Pipes: frames for devices that listen now. Nothing is kept: a frame is handed over at once, or refused. DESIGN section 1. */
import { LIMITS, NotFoundError, pb, PUSH, QuotaError, RateLimitError, ROLE, type Role } from '../../protocol/wire/index.js'
import type { Clock } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import type { Peer } from '../peer.js'

/** What a sender is told to wait when nobody who listens can take its frame. */
const RETRY_MS = 1000

/** A pipe's address: its bytes and its map key. */
export interface PipeAddress { readonly bytes: Uint8Array, readonly name: string }

/** What pipes tell of. */
export interface PipesOptions {
  /** Told each frame that was handed over, once however many devices took it. */
  readonly onFrame?: (bytes: number) => void
}

/** All addresses at which somebody listens here. */
export class Pipes {
  readonly #clock: Clock
  readonly #options: PipesOptions
  readonly #listeners = new Map<string, Set<Peer>>()
  readonly #byPeer = new Map<Peer, Set<string>>()

  constructor (clock: Clock, options: PipesOptions = {}) {
    this.#clock = clock
    this.#options = options
  }

  /** Addresses with somebody at them. */
  get size (): number { return this.#listeners.size }

  /** Whether anybody listens at an address. @internal */
  listens (address: Uint8Array): boolean { return this.#listeners.has(mapKey(address)) }

  /**
   * Listens at addresses, on this channel and until its session ends. Those it listens at already stay.
   * All of them or none.
   *
   * @throws QuotaError over LIMITS.pipeAddresses (for a guest LIMITS.pipeAddressesOfGuest), or over LIMITS.pipeListeners at one of them
   */
  listen (peer: Peer, addresses: readonly PipeAddress[]): void {
    const own = this.#byPeer.get(peer) ?? new Set<string>()
    const fresh = [...new Set(addresses.map(({ name }) => name))].filter(name => !own.has(name))
    const most = isGuest(peer) ? LIMITS.pipeAddressesOfGuest : LIMITS.pipeAddresses
    if (own.size + fresh.length > most) throw new QuotaError(`this session listens at no more than ${most} pipe addresses`)
    for (const name of fresh) {
      if ((this.#listeners.get(name)?.size ?? 0) >= LIMITS.pipeListeners) throw new QuotaError(`no more than ${LIMITS.pipeListeners} devices listen at one pipe address`)
    }
    if (fresh.length === 0 || peer.channel.isClosed) return
    this.#byPeer.set(peer, own)
    for (const name of fresh) {
      own.add(name)
      const there = this.#listeners.get(name) ?? new Set<Peer>()
      this.#listeners.set(name, there.add(peer))
    }
  }

  /** Listens there no more. */
  unlisten (peer: Peer, addresses: readonly PipeAddress[]): void {
    for (const { name } of addresses) this.#leave(peer, name)
  }

  /** The channel or its session is over. */
  endAll (peer: Peer): void {
    for (const name of [...this.#byPeer.get(peer) ?? []]) this.#leave(peer, name)
  }

  /**
   * Hands a frame to every device that listens at the address and has room for it. `from` is the sender's role: guests
   * reach those who are at home here, and the other way round, but not each other, for whom this relay does no work.
   *
   * @throws NotFoundError when nobody listens there
   * @throws RateLimitError when all who do have no room for it now: nothing is kept for them
   */
  send (address: PipeAddress, frame: Uint8Array, from: Role): void {
    const now = this.#clock.now()
    const there = [...this.#listeners.get(address.name) ?? []].filter(peer => peer.isLive(now) && (from === ROLE.hosted || !isGuest(peer)))
    if (there.length === 0) throw new NotFoundError('nobody listens at this pipe address')
    const body = pb.PipePush.encode({ address: address.bytes, frame })
    // Each of them is tried: one that is slow takes nothing from the others.
    const taken = there.filter(peer => this.#hand(peer, body)).length
    if (taken === 0) throw new RateLimitError('who listens at this pipe address takes no more just now', { details: { retryMs: RETRY_MS } })
    this.#options.onFrame?.(body.length)
  }

  #hand (peer: Peer, body: Uint8Array): boolean {
    if (peer.channel.isClosed || peer.channel.remoteHello.creditBytes < body.length + LIMITS.pushOverheadBytes) return false
    if (peer.pipeBytes.take(body.length + LIMITS.pushOverheadBytes, this.#clock.now()) > 0) return false
    return peer.channel.tryPush(PUSH.pipe, body)
  }

  #leave (peer: Peer, name: string): void {
    const own = this.#byPeer.get(peer)
    if (own?.delete(name) !== true) return
    if (own.size === 0) this.#byPeer.delete(peer)
    const there = this.#listeners.get(name)
    there?.delete(peer)
    if (there?.size === 0) this.#listeners.delete(name)
  }
}

function isGuest ({ session }: Peer): boolean { return session?.role !== ROLE.hosted }
