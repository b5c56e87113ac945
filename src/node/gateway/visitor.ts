/**
 * How a node reaches relays that are not its own: through its home relay, under a key and a throwaway account made
 * for that relay alone. The relay sees a relay's address and a pseudonym that no other relay sees. DESIGN section 2.
 * A contact's node is dialed straight, under such a pseudonym too, where the person lets this node do so.
 */
import { hkdfSync } from 'node:crypto'
import { multiaddr } from '@multiformats/multiaddr'
import { AbortedError, LIMITS, peerIdText, signCertificate, signerFromSeed, signManifest, UnavailableError, type KeyBytes } from '../../protocol/wire/index.js'
import { createHost, dialGateway, openBlobs, type BlobClient, type ChannelOptions, type GatewayChannel, type Host, type Through } from '../../relay/net/index.js'
import type { Dialer } from './dialer.js'

/** Who a node is to one relay, and how it gets there. */
export interface LinkIdentity {
  readonly account: KeyBytes
  /** The account's manifest, as signed bytes. */
  readonly manifest: Uint8Array
  readonly dialer: Dialer
}

/** One way to try: over the home relay, so that the other side sees a relay's address; or straight, with this machine's own. */
export interface Way { readonly how: 'visit' | 'direct', readonly addrs: readonly string[] }

/** What visits are made with. */
export interface VisitorOptions {
  /** 32 bytes that only this device has: every pseudonym is derived from it. */
  readonly secret: Uint8Array
  /** The connection to the home relay, with a session in it. */
  readonly through: Through
  /** The ways to a relay in the order in which they are tried, at least one. Default: the visit. */
  readonly ways?: (relay: KeyBytes, addrs: readonly string[]) => readonly Way[]
}

/** The visits of one node. */
export class Visitor {
  readonly #options: VisitorOptions
  readonly #hosts = new Map<string, Promise<Host>>()
  #closed = false

  constructor (options: VisitorOptions) { this.#options = options }

  /** Who this node is to a relay: always the same, and nothing that ties it to who it is elsewhere. */
  identityFor (relay: KeyBytes): LinkIdentity {
    const account = signerFromSeed(this.#derive('visitor account', relay))
    const device = signerFromSeed(this.#derive('visitor device', relay))
    // The same bytes each time: a relay that remembers them sees no second version.
    const cert = signCertificate({ v: 1, account: account.key, device: device.key, time: 0 }, account)
    const manifest = signManifest({
      v: 1, account: account.key, generation: 1, version: 1, prev: null, devices: [{ key: device.key, cert }], revoked: [], relays: [], inbox: null, keyPackages: [], time: 0
    }, account)
    return { account: account.key, manifest, dialer: this.#dialer(relay) }
  }

  /** Stops every visiting host. */
  async close (): Promise<void> {
    this.#closed = true
    await Promise.allSettled([...this.#hosts.values()].map(async host => { await (await host).stop() }))
    this.#hosts.clear()
  }

  #dialer (relay: KeyBytes): Dialer {
    const { ways = visitOnly } = this.#options
    return {
      dial: async (addrs, peer, options) => await this.#tryAll(ways(relay, addrs), peer, options),
      blobs: async (addrs, peer, options) => await this.#blobs(ways(relay, addrs), peer, options),
      hangUp: (_peer, reason) => {
        const drop = (host: Host): void => { for (const connection of host.node.getConnections()) connection.abort(reason) }
        // One that could not be made is the dial's own news.
        for (const how of ['visit', 'direct'] as const) this.#hosts.get(hostName(relay, how))?.then(drop, () => undefined)
      }
    }
  }

  /** By one way after the other. @throws as dialGateway, of the last one */
  async #tryAll (ways: readonly Way[], peer: KeyBytes, options: ChannelOptions & { readonly signal: AbortSignal }): Promise<GatewayChannel> {
    let failure: unknown = new UnavailableError('there is no way to this relay')
    for (const [i, { how, addrs }] of ways.entries()) {
      // One that leads nowhere must leave time for the others.
      const signal = i === ways.length - 1 ? options.signal : AbortSignal.any([options.signal, AbortSignal.timeout(LIMITS.lanDialMs)])
      try {
        return await dialGateway(await this.#host(peer, how), addrs, peer, { ...options, signal })
      } catch (error) {
        if (options.signal.aborted) throw new AbortedError(undefined, { cause: error })
        failure = error
      }
    }
    throw failure
  }

  /** Over the connection that the link has, by whichever way it was made. */
  async #blobs (ways: readonly Way[], peer: KeyBytes, options: { readonly signal?: AbortSignal | undefined }): Promise<BlobClient> {
    for (const { how, addrs } of ways) {
      const host = await this.#hosts.get(hostName(peer, how))?.catch(() => undefined)
      if (host?.node.getConnections().some(({ remotePeer }) => remotePeer.toString() === peerIdText(peer)) === true) return await openBlobs(host, addrs, peer, options)
    }
    throw new UnavailableError('there is no connection to this relay now')
  }

  async #host (relay: KeyBytes, how: Way['how']): Promise<Host> {
    if (this.#closed) throw new UnavailableError('this node is closing: it visits no more relays')
    const name = hostName(relay, how)
    let host = this.#hosts.get(name)
    if (host === undefined) {
      const seed = this.#derive('visitor device', relay)
      host = createHost(how === 'visit' ? { role: 'node', seed, through: this.#options.through } : { role: 'node', seed, holePunching: true })
      this.#hosts.set(name, host)
      host.catch(() => { this.#hosts.delete(name) })
    }
    return await host
  }

  #derive (use: string, relay: KeyBytes): Uint8Array {
    return new Uint8Array(hkdfSync('sha256', this.#options.secret, relay, `petrel/v1 ${use}`, 32))
  }
}

const visitOnly = (_relay: KeyBytes, addrs: readonly string[]): Way[] => [{ how: 'visit', addrs }]
const hostName = (relay: KeyBytes, how: Way['how']): string => `${how} ${peerIdText(relay)}`

/** The connection of a node's own host to its home relay, once `ready` says that a session is there. */
export function throughHome (host: Host, home: () => { address: string, ready: (options: { signal: AbortSignal }) => Promise<void> }): Through {
  return async signal => {
    const { address, ready } = home()
    await ready({ signal })
    return await host.node.dial(multiaddr(address), { signal })
  }
}
