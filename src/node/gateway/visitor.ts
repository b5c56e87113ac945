/**
 * How a node reaches relays that are not its own: through its home relay, under a key and a throwaway account made
 * for that relay alone. The relay sees a relay's address and a pseudonym that no other relay sees. DESIGN section 2.
 */
import { hkdfSync } from 'node:crypto'
import { multiaddr } from '@multiformats/multiaddr'
import { peerIdText, signCertificate, signerFromSeed, signManifest, UnavailableError, type KeyBytes } from '../../protocol/wire/index.js'
import { createHost, dialGateway, type Host, type Through } from '../../relay/net/index.js'
import type { Dialer } from './dialer.js'

/** Who a node is to one relay, and how it gets there. */
export interface LinkIdentity {
  readonly account: KeyBytes
  /** The account's manifest, as signed bytes. */
  readonly manifest: Uint8Array
  readonly dialer: Dialer
}

/** What visits are made with. */
export interface VisitorOptions {
  /** 32 bytes that only this device has: every pseudonym is derived from it. */
  readonly secret: Uint8Array
  /** The connection to the home relay, with a session in it. */
  readonly through: Through
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
    const name = peerIdText(relay)
    return {
      dial: async (addrs, peer, options) => await dialGateway(await this.#host(name, relay), addrs, peer, options),
      hangUp: (_peer, reason) => {
        const drop = (host: Host): void => { for (const connection of host.node.getConnections()) connection.abort(reason) }
        // One that could not be made is the dial's own news.
        this.#hosts.get(name)?.then(drop, () => undefined)
      }
    }
  }

  async #host (name: string, relay: KeyBytes): Promise<Host> {
    if (this.#closed) throw new UnavailableError('this node is closing: it visits no more relays')
    let host = this.#hosts.get(name)
    if (host === undefined) {
      host = createHost({ role: 'node', seed: this.#derive('visitor device', relay), through: this.#options.through })
      this.#hosts.set(name, host)
      host.catch(() => { this.#hosts.delete(name) })
    }
    return await host
  }

  #derive (use: string, relay: KeyBytes): Uint8Array {
    return new Uint8Array(hkdfSync('sha256', this.#options.secret, relay, `petrel/v1 ${use}`, 32))
  }
}

/** The connection of a node's own host to its home relay, once `ready` says that a session is there. */
export function throughHome (host: Host, home: () => { address: string, ready: (options: { signal: AbortSignal }) => Promise<void> }): Through {
  return async signal => {
    const { address, ready } = home()
    await ready({ signal })
    return await host.node.dial(multiaddr(address), { signal })
  }
}
