/** A relay that holds to every rule but one: its operator rewrites what it answers and pushes. It signs its lies with its own key. */
import { randomBytes } from 'node:crypto'
import { GatewayService } from '../../src/relay/gateway-handler.js'
import { hostDial } from '../../src/relay/mirrors/dial.js'
import { createHost, listenGateway, serveVisits, type GatewayCall, type GatewayChannel, type GatewayListener, type Host } from '../../src/relay/net/index.js'
import { wireServices, type ServiceSet } from '../../src/relay/services.js'
import {
  attest, chainNext, chainStart, decodeLeaf, encodeLeaf, entryHash, FEATURE, pb, PUSH, signerFromSeed, type Digest, type KeyBytes, type LogId, type Signer, type Statement
} from '../../src/protocol/wire/index.js'
import { systemClock, type Store } from '../../src/store/index.js'
import { MemoryDisk } from '../../src/store/memory/engine.js'
import { openMemoryStore } from '../../src/store/memory/index.js'
import type { Relay, RelayStatus } from '../../src/relay/index.js'

/** What is changed on the way out. Each gets the honest thing. */
export interface Lies {
  /** Before a call is served; what it returns is served in its place. Throwing refuses. */
  request?: (call: GatewayCall) => Uint8Array
  /** What a call is answered with. */
  reply?: (call: GatewayCall, body: Uint8Array) => Uint8Array | Promise<Uint8Array>
  /** A push of entries to a device; undefined swallows it. */
  entries?: (to: KeyBytes, push: pb.EntriesPush) => pb.EntriesPush | undefined
}

/** See the file's head. */
export class LyingRelay implements Relay {
  readonly signer: Signer
  readonly #seed = randomBytes(32)
  #disk = new MemoryDisk()
  readonly #channels = new Map<GatewayChannel, GatewayChannel>()
  #listen = '/ip4/127.0.0.1/tcp/0'
  lies: Lies = {}
  /** How far its clock is ahead, ms. */
  ahead = 0
  host!: Host
  services!: ServiceSet
  #store!: Store
  #listener!: GatewayListener

  /** Whether it mirrors logs of other homes, and says so. */
  readonly #isMirror: boolean

  private constructor (isMirror: boolean) {
    this.#isMirror = isMirror
    this.signer = signerFromSeed(this.#seed)
  }

  static async start ({ mirrors = false } = {}): Promise<LyingRelay> {
    const relay = new LyingRelay(mirrors)
    await relay.open()
    return relay
  }

  get key (): KeyBytes { return this.signer.key }
  get peerId (): string { return this.host.peerId }
  get healthUrl (): undefined { return undefined }
  addresses (): string[] { return this.host.addresses() }
  readonly stopped = Promise.resolve()
  async status (): Promise<RelayStatus> { throw new Error('a lying relay has no status') }

  /** Starts, again on what it stored. */
  async open (): Promise<void> {
    this.#store = await openMemoryStore({ disk: this.#disk })
    const clock = { ...systemClock, now: () => Date.now() + this.ahead }
    this.services = await wireServices({ store: this.#store, signer: this.signer, clock, ...this.#isMirror ? { dial: async (addrs, home, options) => await hostDial(this.host, true)(addrs, home, options) } : {} }, { admission: 'open' })
    const gateway = new GatewayService(this.services)
    this.host = await createHost({ role: 'relay', seed: this.#seed, listen: [this.#listen], dht: false, gossip: false, circuitServer: false, autonat: false })
    this.#listen = this.host.addresses()[0]!.replace(/\/p2p\/.*/, '')
    await serveVisits(this.host, { allow: device => this.services.sessions.hosts(device), privateNetworks: true })
    this.#listener = await listenGateway(this.host, {
      features: this.#isMirror ? [FEATURE.mirror] : [],
      onChannel: channel => { gateway.onChannel(this.#wrapped(channel)) },
      handler: async call => {
        const body = this.lies.request?.(call) ?? call.body
        const reply = await gateway.handler({ ...call, room: async bytes => { await call.room(bytes) }, body, channel: this.#wrapped(call.channel) })
        return await this.lies.reply?.(call, reply) ?? reply
      }
    })
  }

  async stop (): Promise<void> {
    await this.#listener.close()
    this.services.follows.close()
    await this.host.stop()
    await this.#store.close()
  }

  /** What it has stored, to be put back by {@link restart}. */
  backup (): MemoryDisk {
    const copy = new MemoryDisk()
    for (const [key, value] of this.#disk.map.slice({})) copy.map.set(key, value)
    return copy
  }

  /** Stops, and starts at the same address on this backup. */
  async restart (backup: MemoryDisk): Promise<void> {
    await this.stop()
    this.#disk = backup
    await this.open()
  }

  /** Attests with the relay's own key. */
  attest (statement: Statement): Uint8Array { return attest([statement], this.signer)[0]! }

  /** The device's open channels, for pushes that no honest relay makes. */
  channelsOf (to: KeyBytes): GatewayChannel[] { return [...this.#listener.channels].filter(channel => Buffer.compare(channel.remotePeer, to) === 0) }

  #wrapped (channel: GatewayChannel): GatewayChannel {
    let wrapped = this.#channels.get(channel)
    if (wrapped === undefined) {
      const mangle = (kind: number, body: Uint8Array): Uint8Array | undefined => this.#mangle(channel.remotePeer, kind, body)
      wrapped = new Proxy(channel, {
        get (target, name) {
          if (name === 'reserve') {
            return async (bytes: number, options?: { signal?: AbortSignal }) => {
              const permit = await target.reserve(bytes + 80_000, options)
              return {
                bytes,
                release: () => { permit.release() },
                send: (kind: number, body: Uint8Array) => {
                  const lie = mangle(kind, body)
                  if (lie !== undefined) permit.send(kind, lie)
                }
              }
            }
          }
          if (name === 'tryPush') {
            return (kind: number, body: Uint8Array) => {
              const lie = mangle(kind, body)
              return lie === undefined || target.tryPush(kind, lie)
            }
          }
          const value = Reflect.get(target, name, target) as unknown
          return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value
        }
      })
      this.#channels.set(channel, wrapped)
    }
    return wrapped
  }

  #mangle (to: KeyBytes, kind: number, body: Uint8Array): Uint8Array | undefined {
    if (kind !== PUSH.entries || this.lies.entries === undefined) return body
    const push = this.lies.entries(to, pb.EntriesPush.decode(body))
    return push === undefined ? undefined : pb.EntriesPush.encode(push)
  }
}

/** An entry as a lie takes it: the payload and what its leaf says. */
export interface Told { leaf: ReturnType<typeof decodeLeaf>, payload: Uint8Array }

/**
 * A second history of one log, for one victim: the honest entries go through `tell`, and what comes out is numbered,
 * hashed and signed as if it were the log. Nothing in it contradicts itself.
 */
export class OtherHistory {
  readonly #relay: LyingRelay
  readonly #log: LogId
  #hash: Digest
  #seq = 0

  constructor (relay: LyingRelay, log: LogId) {
    this.#relay = relay
    this.#log = log
    this.#hash = chainStart(log, relay.key)
  }

  push (push: pb.EntriesPush, tell: (honest: Told) => Told[]): pb.EntriesPush | undefined {
    const entries: pb.WireEntry[] = []
    for (const { leaf, payload } of push.entries) {
      const decoded = decodeLeaf(leaf)
      if (decoded.seq <= this.#honest) continue
      this.#honest = decoded.seq
      for (const told of tell({ leaf: decoded, payload: payload! })) entries.push(this.#add(told))
    }
    if (entries.length === 0) return undefined
    return { log: this.#log, entries, head: this.#relay.attest({ type: 'head', log: this.#log, term: 1, seq: this.#seq, hash: this.#hash, time: Date.now() }) }
  }

  #honest = 0

  #add ({ leaf, payload }: Told): pb.WireEntry {
    const bytes = encodeLeaf({ ...leaf, seq: ++this.#seq, entry: entryHash(payload) })
    this.#hash = chainNext(this.#hash, bytes)
    return { leaf: bytes, payload }
  }
}
