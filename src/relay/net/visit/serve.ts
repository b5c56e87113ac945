/** A relay's side of visits: carries its own people's to other relays, and receives those of others. */
import type { Connection, Stream, Upgrader } from '@libp2p/interface'
import { lpStream } from '@libp2p/utils'
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import {
  DeadlineError, ed25519Key, ForbiddenError, keyFromPeerId, LIMITS, peerIdText, PetrelError, RateLimitError, UnavailableError, type KeyBytes
} from '../../../protocol/wire/index.js'
import type { Host } from '../host-types.js'
import { joinStreams } from './join-streams.js'
import { decodeVisit, encodeAnswer, VIA_PROTOCOL, VISIT_PROTOCOL, type VisitRequest } from './protocol.js'
import { streamConnection } from './stream-connection.js'
import { visitTargets, type Resolve } from './target.js'

/** How a relay serves visits. */
export interface VisitOptions {
  /** Whether this device may visit others through here: people hosted here may. */
  readonly allow: (device: KeyBytes) => boolean
  /** Whether addresses of private networks may be visited: else a stranger could feel around behind the operator's firewall. */
  readonly privateNetworks: boolean
  /** Looks names up. Default: the system. */
  readonly resolve?: Resolve
  /** Visits at once, in all and of one device. Default LIMITS.visits and LIMITS.visitsPerDevice. */
  readonly most?: { readonly total?: number, readonly perDevice?: number }
  /** How often it is asked whether the devices that visit still may. Default LIMITS.visitCheckMs. */
  readonly checkMs?: number
  /** Called with the bytes that pass, for counters. */
  readonly onBytes?: (count: number) => void
}

/** Visits as a relay serves them. */
export interface VisitServer {
  /** Visits being carried now. */
  readonly open: number
  /** Cuts a device's visits: it is not hosted here any more. */
  end (device: KeyBytes): void
  close (): Promise<void>
}

/** Serves visits on a relay's host. */
export async function serveVisits (host: Host, options: VisitOptions): Promise<VisitServer> {
  const carrier = new Carrier(host, options)
  const { upgrader } = host.node.services.visiting as { upgrader: Upgrader }
  await host.node.handle(VIA_PROTOCOL, (stream, connection) => { void carrier.carry(stream, connection) }, { maxInboundStreams: LIMITS.visitsPerDevice })
  await host.node.handle(VISIT_PROTOCOL, (stream, connection) => {
    const signal = AbortSignal.timeout(LIMITS.upgradeTimeoutMs)
    // Without the carrying relay's PeerId: whoever visits proves a key of its own.
    const from = multiaddr(connection.remoteAddr.toString().replace(/\/p2p\/.*$/u, ''))
    upgrader.upgradeInbound(streamConnection(stream, from), { signal }).catch(() => { stream.abort(new UnavailableError('the visit could not be received')) })
  }, { maxInboundStreams: LIMITS.visits, maxOutboundStreams: LIMITS.visits, runOnLimitedConnection: true })
  const checking = setInterval(() => { carrier.check() }, options.checkMs ?? LIMITS.visitCheckMs).unref()
  return {
    get open () { return carrier.open },
    end: device => { carrier.end(peerIdText(device)) },
    close: async () => {
      clearInterval(checking)
      await host.node.unhandle([VIA_PROTOCOL, VISIT_PROTOCOL])
    }
  }
}

class Carrier {
  readonly #host: Host
  readonly #options: VisitOptions
  readonly #byDevice = new Map<string, Set<Stream>>()
  /** Devices that had no session when they were last asked after: one that reconnects just now is not cut. */
  #doubted = new Set<string>()
  open = 0

  constructor (host: Host, options: VisitOptions) {
    this.#host = host
    this.#options = options
  }

  /** Carries one visit from its request to its end. */
  async carry (stream: Stream, connection: Connection): Promise<void> {
    const device = connection.remotePeer.toString()
    const signal = AbortSignal.timeout(LIMITS.visitDialMs)
    const framed = lpStream(stream, { maxDataLength: LIMITS.visitRequestBytes })
    try {
      const request = decodeVisit((await framed.read({ signal })).subarray())
      const leave = this.#enter(device, stream)
      let outward: Stream | undefined
      try {
        outward = await this.#reach(request, signal)
        await framed.write(encodeAnswer(null), { signal })
        await joinStreams(framed.unwrap(), outward, count => this.#options.onBytes?.(count))
      } catch (error) {
        outward?.abort(new UnavailableError('the visitor is gone'))
        throw error
      } finally {
        leave()
      }
    } catch (error) {
      const told = error instanceof PetrelError ? error : new UnavailableError('the relay to visit did not answer')
      await framed.write(encodeAnswer(told), { signal: AbortSignal.timeout(LIMITS.helloDeadlineMs) }).catch(() => undefined)
      stream.close().catch(() => { stream.abort(told) })
    }
  }

  /** Cuts the visits of a device. */
  end (device: string): void {
    for (const stream of this.#byDevice.get(device) ?? []) stream.abort(new ForbiddenError('the device is not hosted here any more'))
  }

  /** Cuts the visits of devices that are found without a session twice in a row. */
  check (): void {
    const without = [...this.#byDevice.keys()].filter(device => !this.#options.allow(keyFromPeerId(device)))
    for (const device of without) if (this.#doubted.has(device)) this.end(device)
    this.#doubted = new Set(without)
  }

  #enter (device: string, stream: Stream): () => void {
    const { allow, most = {} } = this.#options
    if (!allow(keyFromPeerId(device))) throw new ForbiddenError('this relay carries visits of the people it hosts only')
    const own = this.#byDevice.get(device) ?? new Set()
    if (own.size >= (most.perDevice ?? LIMITS.visitsPerDevice) || this.open >= (most.total ?? LIMITS.visits)) throw new RateLimitError('too many visits at once', { details: { retryMs: 1000 } })
    this.open++
    this.#byDevice.set(device, own.add(stream))
    return () => {
      this.open--
      own.delete(stream)
      if (own.size === 0 && this.#byDevice.get(device) === own) this.#byDevice.delete(device)
    }
  }

  async #reach ({ peer, addrs }: VisitRequest, signal: AbortSignal): Promise<Stream> {
    const targets = await this.#targets(addrs, peer)
    try {
      if (targets.length === 0) throw new UnavailableError('none of the addresses leads anywhere')
      const connection = await this.#host.node.dial(targets, { signal })
      const found = connection.remotePeer.publicKey?.raw
      if (found === undefined || peerIdText(ed25519Key(found)) !== peerIdText(peer)) throw new ForbiddenError('another peer answered')
      return await connection.newStream(VISIT_PROTOCOL, { signal, maxOutboundStreams: LIMITS.visits, runOnLimitedConnection: true })
    } catch (cause) {
      // One answer for every reason: the asker learns nothing of the network around this relay.
      if (signal.aborted) throw new DeadlineError('the relay to visit did not answer in time', { cause })
      throw new UnavailableError('the relay to visit cannot be reached from here', { cause })
    }
  }

  /** Where any of the addresses leads. @throws what is wrong with the first one, when all are */
  async #targets (addrs: readonly string[], peer: KeyBytes): Promise<Multiaddr[]> {
    const { privateNetworks, resolve } = this.#options
    const found = await Promise.allSettled(addrs.map(async text => await visitTargets(text, peer, { privateNetworks, ...resolve === undefined ? {} : { resolve } })))
    const [first] = found
    if (first?.status === 'rejected' && found.every(f => f.status === 'rejected')) throw first.reason
    return found.flatMap(f => f.status === 'fulfilled' ? f.value : [])
  }
}
