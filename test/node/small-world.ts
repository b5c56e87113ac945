/** A relay and people's nodes in one process: the real parts on stores in memory, without libp2p. Disks can fail or be left behind, calls can be lost. */
import { randomBytes } from 'node:crypto'
import { GatewayService } from '../../src/relay/gateway-handler.js'
import type { PartialServiceOptions } from '../../src/relay/options.js'
import { openLocalChannel } from '../../src/relay/local-channel.js'
import { wireServices, type ServiceSet } from '../../src/relay/services.js'
import { createRelayPool, type Dialer, type RelayLink, type RelayPool } from '../../src/node/gateway/index.js'
import { Standing } from '../../src/node/devices/index.js'
import { Account } from '../../src/node/account/index.js'
import { assemble, type NodeCore } from '../../src/node/core.js'
import { runNode, type PetrelNode } from '../../src/node/node.js'
import type { NodeOptions } from '../../src/node/options.js'
import { RecordKeys, Vault } from '../../src/node/records/index.js'
import { UpdateLog } from '../../src/node/updates/index.js'
import {
  AbortedError, ConflictError, peerIdText, PetrelError, signCertificate, signerFromSeed, signManifest, UnavailableError, type Append, type Block, type KeyBytes, type LogId, type Signer
} from '../../src/protocol/wire/index.js'
import { BlobService } from '../../src/relay/blobs/index.js'
import type { BlobClient, GatewayChannel } from '../../src/relay/net/index.js'
import { SharedVaults, type Sharing } from './shared-vaults.js'
import { until } from './world.js'
import { type KeyValueOp, type Store } from '../../src/store/index.js'
import { MemoryDisk } from '../../src/store/memory/engine.js'
import { openMemoryStore } from '../../src/store/memory/index.js'

/** What a schedule does to one append on its way. `refusedFrom`: the relay refuses this item, and what stands behind it. */
export type Fate = 'pass' | 'lost-before' | 'lost-after' | PetrelError | { refusedFrom: number, why: PetrelError }

/** A copy of a disk, as a crash leaves it. */
export function copyOf (disk: MemoryDisk): MemoryDisk {
  const copy = new MemoryDisk()
  for (const [key, value] of disk.map.slice({})) copy.map.set(key, value)
  return copy
}

/** At the n-th write that fits, hands over what a crash would leave, and does not end that write. Returns what ends it after all, and any crash that is still to come. */
function crashAt (disk: MemoryDisk, n: number, when: 'before' | 'after', fits: (ops: readonly KeyValueOp[]) => boolean, crashed: (copy: MemoryDisk) => void): () => void {
  let left = n
  const { promise, resolve } = Promise.withResolvers<undefined>()
  disk.beforeWrite = async ops => {
    if (!fits(ops) || --left !== 0) return
    const copy = copyOf(disk)
    if (when === 'after') for (const op of ops) if (op.type === 'put') copy.map.set(op.key, op.value); else copy.map.delete(op.key)
    crashed(copy)
    await promise
  }
  return () => {
    disk.beforeWrite = () => Promise.resolve()
    resolve(undefined)
  }
}

/** A relay on a disk in memory. */
export class SmallRelay {
  readonly signer: Signer
  disk = new MemoryDisk()
  readonly channels = new Set<GatewayChannel>()
  services!: ServiceSet
  store!: Store
  /** Used from the next start on. */
  options: PartialServiceOptions = {}
  /** When the disk was put back from a backup, ms, as a relay knows that it was. */
  #copied: number | undefined
  /** False: nobody gets through. */
  up = true
  /** Aborted when every connection is cut. */
  life = new AbortController()
  #gateway!: GatewayService
  /** Ends the write at which it crashed, and any crash to come. */
  #lives: (() => void) | undefined

  private constructor (signer: Signer) { this.signer = signer }

  static async start (options: PartialServiceOptions = {}): Promise<SmallRelay> {
    const relay = new SmallRelay(signerFromSeed(randomBytes(32)))
    relay.options = options
    await relay.#open()
    return relay
  }

  /** A second one under the same key, with a copy of all that this one has: what a relay needs to show two people two histories. */
  async twin (): Promise<SmallRelay> {
    const relay = new SmallRelay(this.signer)
    relay.disk = copyOf(this.disk)
    await relay.#open()
    return relay
  }

  async #open (): Promise<void> {
    this.store = await openMemoryStore({ disk: this.disk })
    if (this.#copied !== undefined) Object.defineProperty(this.store, 'info', { value: { ...this.store.info, copied: this.#copied } })
    this.services = await wireServices({ store: this.store, signer: this.signer }, { admission: 'open', ...this.options })
    this.#gateway = new GatewayService(this.services)
  }

  /** A copy of its disk from just before or just after the n-th next write, as soon as there is one: from then on it is gone. */
  at (n: number, when: 'before' | 'after'): Promise<MemoryDisk> {
    const { disk } = this
    return new Promise(resolve => { this.#lives = crashAt(disk, n, when, () => true, copy => { resolve(copy); this.cut(true) }) })
  }

  /** Leaves everything as a crash would, and comes back with what its disk holds. */
  async crash (disk = copyOf(this.disk)): Promise<void> {
    this.cut(true)
    this.#lives = undefined
    this.disk.beforeWrite = () => Promise.reject(new Error('dead'))
    this.disk = disk
    await this.#open()
    this.back()
  }

  /** Comes back with an older disk, as if nothing had been since. */
  async goBackTo (disk: MemoryDisk): Promise<void> {
    await this.stop()
    this.disk = copyOf(disk)
    await this.#open()
    this.back()
  }

  /** Comes back with what a backup holds, and knows that. */
  async restore (backup: MemoryDisk): Promise<void> {
    this.#copied = Date.now()
    await this.goBackTo(backup)
  }

  get address (): string { return `/ip4/127.0.0.1/tcp/1/p2p/${peerIdText(this.signer.key)}` }

  connect (device: KeyBytes, onPush: Parameters<typeof openLocalChannel>[0]['onPush']): GatewayChannel {
    if (!this.up) throw new UnavailableError('the relay is away')
    const channel = openLocalChannel({
      device, home: this.signer.key, handler: async call => await this.orCut(this.#gateway.handler(call)), onChannel: side => { this.#gateway.onChannel(side) }, ...(onPush === undefined ? {} : { onPush })
    })
    this.channels.add(channel)
    void channel.closed.then(() => { this.channels.delete(channel) })
    return channel
  }

  /** What the relay answers, unless every connection is cut before. */
  async orCut<T> (work: Promise<T>): Promise<T> { return await unless(work, this.life.signal, () => new UnavailableError('cut')) }

  /** Cuts every connection; with `away`, nobody comes back until {@link back}. */
  cut (away = false): void {
    this.up = !away
    this.life.abort()
    this.life = new AbortController()
    for (const channel of [...this.channels]) channel.abort(new UnavailableError('cut'))
  }

  back (): void { this.up = true }

  /** Cuts one device's connections. */
  cutOff (device: KeyBytes): void {
    for (const channel of [...this.channels]) if (Buffer.compare(channel.localPeer, device) === 0) channel.abort(new UnavailableError('cut'))
  }

  async stop (): Promise<void> {
    this.cut(true)
    // The write at which it was to crash may have come when nobody waited for that any more.
    this.#lives?.()
    this.services.follows.close()
    await this.store.close()
  }
}

/** How a small person's node is run. */
export interface SmallOptions {
  now?: () => number
  pipes?: NodeOptions['pipes']
  marks?: NodeOptions['marks']
  presence?: NodeOptions['presence']
  repair?: NodeOptions['repair']
  letterRosterBytes?: number
  vault?: NodeOptions['vault']
  /** Decides on each append before it is made. */
  fate?: (log: LogId, items: readonly Append[]) => Fate | Promise<Fate>
  /** Called with each block before a relay gets it. */
  onBlock?: (block: Block) => void | Promise<void>
  /** How soon a disk that failed is tried again, ms. */
  probeMs?: number
  /** Further devices that the account's manifest lists from the beginning. */
  spareDevices?: number
  /** Further devices that come later: see {@link SmallPerson.enlist}. */
  laterDevices?: number
  /** What the account's devices share. */
  shared?: Sharing
  /** A device of this account, which has its first one there: the n-th of its spare ones. */
  deviceOf?: { person: SmallPerson, n: number }
}

/** A person with a node on a disk in memory. */
export class SmallPerson {
  readonly name: string
  readonly account: Signer
  readonly device: Signer
  readonly deviceSeed: Uint8Array
  readonly spares: Uint8Array[]
  readonly options: SmallOptions
  #relays: readonly SmallRelay[]
  readonly #manifest: Uint8Array
  readonly #secret = randomBytes(32)
  disk = new MemoryDisk()
  /** Every block that was handed to a relay, again as often as it was. */
  readonly sent: Uint8Array[] = []
  core!: NodeCore
  node!: PetrelNode
  #dead = { is: false }
  /** Ends a crash that has not come, or that nobody waited for. */
  #lives: (() => void) | undefined
  #links: RelayPool | undefined

  constructor (name: string, relays: readonly SmallRelay[], options: SmallOptions = {}) {
    this.name = name
    this.options = options
    this.#relays = relays
    const { deviceOf, spareDevices = 0, laterDevices = 0 } = options
    this.account = deviceOf?.person.account ?? signerFromSeed(randomBytes(32))
    this.deviceSeed = deviceOf?.person.spares[deviceOf.n] ?? randomBytes(32)
    this.spares = Array.from({ length: spareDevices + laterDevices }, () => randomBytes(32))
    this.device = signerFromSeed(this.deviceSeed)
    const devices = [this.deviceSeed, ...this.spares.slice(0, spareDevices)].map(seed => {
      const { key } = signerFromSeed(seed)
      return { key, cert: signCertificate({ v: 1, account: this.account.key, device: key, time: 1 }, this.account) }
    })
    this.#manifest = deviceOf?.person.core.account.manifest.bytes ?? signManifest({
      v: 1, account: this.account.key, generation: 1, version: 1, prev: null, devices, revoked: [], relays: [], inbox: null, keyPackages: [], time: 1
    }, this.account)
  }

  /** Opens the node on what its disk holds. */
  async open (): Promise<void> {
    const now = this.options.now ?? Date.now
    const store = await openMemoryStore({ disk: this.disk, ...this.options.probeMs === undefined ? {} : { probeMs: this.options.probeMs } })
    const keys = new RecordKeys(this.#secret)
    const vault = await Vault.open(store.kv, keys, this.account.key, this.device)
    const updates = await UpdateLog.open(vault.kv, keys, now)
    await this.options.shared?.join(vault, this.account.key, updates)
    const account = await Account.open(vault, this.device, { name: this.name, manifest: this.#manifest })
    // Who lets a device in tells it where the account is at home.
    if (this.options.deviceOf !== undefined && account.relays.length === 0) await vault.kv.batch([account.setRelays([...this.options.deviceOf.person.core.account.relays])])
    const dead = this.#dead
    const pool = this.#pool(account, vault, dead)
    const blobs = await BlobService.open({ store, quota: { mediaBytes: Infinity, mediaFileBytes: Infinity, mediaTotalBytes: Infinity } })
    const base = {
      blobs,
      options: { dir: '/nowhere', vault: this.options.shared?.log ?? 'off', deviceName: 'small', secretKeyPackages: 2, ...(['pipes', 'marks', 'presence', 'repair', 'letterRosterBytes', 'vault'] as const).reduce((all, name) => this.options[name] === undefined ? all : { ...all, [name]: this.options[name] }, {}), media: { retryMs: 1, mostMs: 20 } }, store, vault, keys, updates, account, standing: new Standing(), now, log: () => undefined, since: now(),
      home: { close: () => undefined, deviceSeed: this.deviceSeed }, claim: { release: async () => undefined }, host: { stop: async () => undefined }
    }
    this.core = await assemble(base as unknown as Parameters<typeof assemble>[0], { pool, visitor: { close: async () => undefined } as unknown as NodeCore['visitor'], joining: new Map() })
    this.node = runNode(this.core)
  }

  /** Leaves the node as a crash would, on the disk as it is now, and opens another. */
  async crash (disk = copyOf(this.disk)): Promise<void> {
    this.#die()
    const { node } = this
    this.#lives = undefined
    this.disk.beforeWrite = () => Promise.reject(new Error('dead'))
    this.disk = disk
    void node.close().catch(() => undefined)
    this.#dead = { is: false }
    await this.open()
  }

  /** A copy of the disk from just before or just after the n-th next write, as soon as there is one. */
  at (n: number, when: 'before' | 'after', fits: (ops: readonly KeyValueOp[]) => boolean = () => true): Promise<MemoryDisk> {
    const { disk } = this
    // Nothing that the old process does after this counts: neither its disk nor its connections.
    return new Promise(resolve => { this.#lives = crashAt(disk, n, when, fits, copy => { resolve(copy); this.#die() }) })
  }

  /** A crash that comes only while it closes would keep it from that for ever: none comes any more. */
  async close (): Promise<void> {
    this.#lives?.()
    await this.node.close()
  }

  /** The key of a device that is not there yet. */
  spareDevice (n: number): KeyBytes { return signerFromSeed(this.spares[n]!).key }

  /** The account's next manifest, signed by its own key, with one device more or one less; the node is opened anew with it. */
  async changeDevices ({ add, revoke }: { add?: KeyBytes, revoke?: KeyBytes }): Promise<void> {
    const { manifest, hash } = this.core.account.manifest
    const isOut = (device: KeyBytes): boolean => revoke !== undefined && Buffer.compare(device, revoke) === 0
    const came = add === undefined ? [] : [{ key: add, cert: signCertificate({ v: 1, account: this.account.key, device: add, time: 1 }, this.account) }]
    const version = manifest.version + 1
    await this.takeManifest(signManifest({
      ...manifest, version, prev: hash, devices: [...manifest.devices.filter(({ key }) => !isOut(key)), ...came], revoked: [...manifest.revoked, ...revoke === undefined ? [] : [{ key: revoke, version }]]
    }, this.account))
  }

  /** Opens the node anew with another manifest of its account. */
  async takeManifest (manifest: Uint8Array): Promise<void> {
    await this.core.vault.write('manifest', manifest)
    await this.crash()
  }

  /** From the next connection on, these are the relays it finds. */
  meets (relays: readonly SmallRelay[]): void { this.#relays = relays }

  #die (): void {
    this.#dead.is = true
    for (const relay of this.#relays) relay.cutOff(this.device.key)
    // Its disk never answers again, so the node itself cannot be closed.
    void this.#links?.close()
  }

  #pool (account: Account, vault: Vault, dead: { is: boolean }): RelayPool {
    const dialer: Dialer = {
      dial: async (_addrs, peer, { onPush }) => {
        const relay = this.#relays.find(r => Buffer.compare(r.signer.key, peer) === 0)
        if (relay === undefined || dead.is) throw new UnavailableError('nobody is there')
        return relay.connect(this.device.key, onPush)
      },
      blobs: async (_addrs, peer) => {
        const relay = this.#relays.find(r => Buffer.compare(r.signer.key, peer) === 0)
        if (relay === undefined || dead.is) throw new UnavailableError('nobody is there')
        return this.#blobsAt(relay, dead)
      },
      hangUp: () => undefined
    }
    const pool = createRelayPool({
      dialer, account: account.key, manifest: () => account.manifest.bytes, token: () => undefined,
      timing: { retryBaseMs: 1, retryCapMs: 5 }
    })
    this.#links = pool
    const wrapped = new WeakMap<RelayLink, RelayLink>()
    return {
      link: (peer, addrs) => {
        const link = pool.link(peer, addrs)
        const known = wrapped.get(link) ?? this.#fated(this.options.shared?.through(vault, account, link) ?? link, dead)
        wrapped.set(link, known)
        return known
      },
      get isClosed () { return pool.isClosed },
      links: () => pool.links(),
      poke: () => { pool.poke() },
      close: async options => { await pool.close(options) }
    }
  }

  /** Blocks of a relay's service, as this account: by no stream, so that a test can cut it between any two. */
  #blobsAt (relay: SmallRelay, dead: { is: boolean }): BlobClient {
    const { life } = relay
    const requireThere = (): void => { if (dead.is || !relay.up || relay.life !== life) throw new UnavailableError('the stream of blocks is gone') }
    return {
      peer: relay.signer.key,
      get isClosed () { return relay.life !== life },
      closed: new Promise(() => undefined),
      put: async (upload, blocks, { signal, onAcked } = {}) => {
        for await (const block of blocks) {
          requireThere()
          await unless(Promise.resolve(this.options.onBlock?.(block)), signal, () => new AbortedError())
          requireThere()
          this.sent.push(block.cid)
          await relay.orCut(relay.services.blobs.put(this.account.key, upload, [block], signal === undefined ? {} : { signal }))
          requireThere()
          onAcked?.(block.bytes)
        }
      },
      get: async function * (cids) {
        for (const cid of cids) {
          requireThere()
          const bytes = await relay.services.blobs.read(cid)
          if (bytes !== undefined) yield { cid, bytes }
        }
      },
      close: async () => undefined
    }
  }

  #fated (link: RelayLink, dead: { is: boolean }): RelayLink {
    const append: RelayLink['append'] = async (log, items, options) => {
      const fate = await this.options.fate?.(log, items) ?? 'pass'
      if (dead.is || fate === 'lost-before') throw new UnavailableError('lost on the way', { details: { sent: true } })
      if (fate instanceof PetrelError) throw fate
      if (typeof fate === 'object') {
        const taken = items.slice(0, fate.refusedFrom)
        const results = taken.length === 0 ? [] : await link.append(log, taken, options)
        return [...results, ...items.slice(taken.length).map((_, i) => i === 0 ? fate.why : new ConflictError('behind a refusal'))]
      }
      const results = await link.append(log, items, options)
      if (dead.is || fate === 'lost-after') throw new UnavailableError('the answer was lost', { details: { sent: true } })
      return results
    }
    return new Proxy(link, {
      get (target, name) {
        if (name === 'append') return append
        const value = Reflect.get(target, name, target) as unknown
        return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value
      }
    })
  }
}

/** What comes of some work, unless a signal comes first. */
async function unless<T> (work: Promise<T>, signal: AbortSignal | undefined, error: () => PetrelError): Promise<T> {
  return await new Promise((resolve, reject) => {
    const end = (): void => { reject(error()) }
    signal?.addEventListener('abort', end, { once: true })
    if (signal?.aborted === true) end()
    work.then(resolve, reject).finally(() => { signal?.removeEventListener('abort', end) })
  })
}

/** Waits until something holds, looking again whenever the process had a moment. */
export async function eventually (holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!await holds()) await new Promise(resolve => setImmediate(resolve))
}

/** Relays and people. */
export class SmallWorld {
  readonly relays: SmallRelay[]
  readonly people: SmallPerson[] = []

  private constructor (relays: SmallRelay[]) { this.relays = relays }

  static async make (relays = 1): Promise<SmallWorld> { return new SmallWorld(await Promise.all(Array.from({ length: relays }, async () => await SmallRelay.start()))) }

  get relay (): SmallRelay { return this.relays[0]! }

  /** A person with a home at the first relay, or another. */
  async person (name: string, options: SmallOptions = {}, home = this.relay): Promise<SmallPerson> {
    const person = new SmallPerson(name, this.relays, options)
    this.people.push(person)
    await person.open()
    await person.node.addRelay(home.address)
    return person
  }

  /** A person with two devices, of which the second has what the first one shares. */
  async pair (name: string, options: SmallOptions = {}): Promise<[SmallPerson, SmallPerson]> {
    const shared = options.shared ?? new SharedVaults()
    const first = await this.person(name, { ...options, shared, spareDevices: 1 })
    return [first, await this.second(first)]
  }

  /** The second device of a person that has a spare one. */
  async second (first: SmallPerson, n = 0): Promise<SmallPerson> {
    const second = new SmallPerson(`${first.name}-${n + 2}`, this.relays, { ...first.options, spareDevices: 0, deviceOf: { person: first, n } })
    this.people.push(second)
    await first.options.shared?.letIn(second, first)
    await second.open()
    await first.options.shared?.arrived(second)
    return second
  }

  /** Introduces two people by an invite, and waits until both have the chat. */
  async introduce (a: SmallPerson, b: SmallPerson): Promise<void> {
    await a.node.addContact((await b.node.createInvite()).link)
    await until(b.node, e => e.type === 'chat' && e.change === 'joined')
    await until(a.node, e => e.type === 'contact' && e.change === 'changed')
  }

  async close (): Promise<void> {
    await Promise.all(this.people.map(async p => { await p.close() }))
    await Promise.all(this.relays.map(async r => { await r.stop() }))
  }
}
