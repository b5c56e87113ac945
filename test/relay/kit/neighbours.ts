/** Relays that know each other, and a liar among them. */
import { multiaddr } from '@multiformats/multiaddr'
import type { LogFields, Logger, Relay, RelayOptions } from '../../../src/relay/index.js'
import { createHost, type Host } from '../../../src/relay/net/index.js'
import { manifestRecordKey, MANIFEST_RECORD, randomSeed, type KeyBytes } from '../../../src/protocol/wire/index.js'
import type { Scene } from './real.js'

/** A relay's log, to be waited for. */
export class Lines {
  readonly lines: Array<{ event: string, fields: LogFields }> = []
  #wake: Array<() => void> = []

  readonly log: Logger = (_level, event, fields = {}) => {
    this.lines.push({ event, fields })
    for (const wake of this.#wake.splice(0)) wake()
  }

  /** Waits for a line, from now or earlier on. */
  async until (event: string, fits: (fields: LogFields) => boolean = () => true, from = 0): Promise<void> {
    while (!this.lines.slice(from).some(line => line.event === event && fits(line.fields))) await new Promise<void>(resolve => { this.#wake.push(resolve) })
  }
}

/** A relay and its log. */
export interface Watched { readonly relay: Relay, readonly lines: Lines }

/** So many relays; all but the first begin with the first, and all know each other when this returns. */
export async function neighbours (scene: Scene, count: number, options: Partial<RelayOptions> = {}): Promise<Watched[]> {
  const relays: Watched[] = []
  for (let i = 0; i < count; i++) {
    const lines = new Lines()
    const peers = relays.map(({ relay }) => relay.addresses()[0]!)
    relays.push({ relay: await scene.relay({ http: false, ...options, peers, log: lines.log }), lines })
  }
  await Promise.all(relays.map(async ({ lines }) => { await lines.until('directory.peers', ({ peers }) => Number(peers) >= count - 1) }))
  return relays
}

/** A host in the relays' DHT that keeps and hands out whatever it likes. */
export async function liar (among: Watched): Promise<{ host: Host, tell: (account: KeyBytes, manifest: Uint8Array) => Promise<void> }> {
  const host = await createHost({
    role: 'relay', seed: randomSeed(), listen: ['/ip4/127.0.0.1/tcp/0'], gossip: false, circuitServer: false, autonat: false,
    dht: { server: true, privateNetwork: true, validators: { [MANIFEST_RECORD]: async () => undefined }, selectors: { [MANIFEST_RECORD]: () => 0 } }
  })
  const from = among.lines.lines.length
  const before = Number(among.lines.lines.findLast(({ event }) => event === 'directory.peers')?.fields.peers ?? 0)
  await host.node.dial(multiaddr(among.relay.addresses()[0]))
  await among.lines.until('directory.peers', ({ peers }) => Number(peers) > before, from)
  return {
    host,
    tell: async (account, manifest) => { for await (const _event of host.node.services.dht!.put(manifestRecordKey(account), manifest)); }
  }
}
