/** A person of a simulated world: the real node on a disk in memory, with relays over the simulated network. */
import { Standing } from '../../src/node/devices/index.js'
import { Account } from '../../src/node/account/index.js'
import { assemble, type NodeCore } from '../../src/node/core.js'
import { createRelayPool, hostDialer, Visitor, type LinkIdentity } from '../../src/node/gateway/index.js'
import { runNode, type PetrelNode } from '../../src/node/node.js'
import { RecordKeys, Vault } from '../../src/node/records/index.js'
import { UpdateLog } from '../../src/node/updates/index.js'
import { openManifest, peerIdText, sameBytes, signCertificate, signerFromSeed, signManifest, type KeyBytes, type Signer } from '../../src/protocol/wire/index.js'
import { BlobService } from '../../src/relay/blobs/index.js'
import { openMemoryStore } from '../../src/store/memory/index.js'
import { SimDisk } from './disk.js'
import { standInMls } from './mls.js'
import { SimHost } from './network.js'
import type { Machine } from './scheduler.js'
import type { World } from './world.js'

/** Whatever was asked of a node that crashed before it answered. */
export class Crashed extends Error {}

/** See the file's head. */
export class SimPerson {
  readonly place: string
  readonly account: Signer
  readonly device: Signer
  readonly #world: World
  readonly #secret: Uint8Array
  readonly #manifest: Uint8Array
  readonly #skewMs: number
  #disk: SimDisk
  #machine: Machine
  #crashed = Promise.withResolvers<never>()
  #hosts: SimHost[] = []
  #running: { core: NodeCore, node: PetrelNode } | undefined

  constructor (world: World, place: string, skewMs: number) {
    this.#world = world
    this.place = place
    const seed = (): Uint8Array => world.random.fill(new Uint8Array(32))
    this.account = signerFromSeed(seed())
    this.device = signerFromSeed(seed())
    this.#secret = seed()
    this.#skewMs = skewMs
    const cert = signCertificate({ v: 1, account: this.account.key, device: this.device.key, time: 1 }, this.account)
    this.#manifest = signManifest({
      v: 1, account: this.account.key, generation: 1, version: 1, prev: null, devices: [{ key: this.device.key, cert }], revoked: [], relays: [], inbox: null, keyPackages: [], time: 1
    }, this.account)
    this.#machine = { name: place, alive: false, skewMs }
    this.#disk = new SimDisk(world, world.random, () => this.#machine)
  }

  get isUp (): boolean { return this.#running !== undefined && this.#machine.alive }
  get core (): NodeCore { return this.#live.core }
  get node (): PetrelNode { return this.#live.node }
  get disk (): SimDisk { return this.#disk }
  get #live (): { core: NodeCore, node: PetrelNode } {
    if (this.#running === undefined) throw new Crashed(`${this.place} is down`)
    return this.#running
  }

  /** Begins to run on what the disk holds. */
  async start (): Promise<void> {
    const machine: Machine = { name: this.place, alive: true, skewMs: this.#skewMs }
    this.#machine = machine
    this.#crashed = Promise.withResolvers()
    this.#crashed.promise.catch(() => undefined)
    this.#hosts = [new SimHost(this.#world.network, machine, this.place, this.device.key)]
    await Promise.race([this.#crashed.promise, this.#world.as(machine, async () => { await this.#open() })])
  }

  /** Asks the node for something. @throws Crashed when it crashes before it answers, or is down */
  async ask<T> (what: (node: PetrelNode, core: NodeCore) => Promise<T>): Promise<T> {
    const { core, node } = this.#live
    return await Promise.race([this.#crashed.promise, this.#world.as(this.#machine, async () => await what(node, core))])
  }

  /** Stops at once, as by a power cut (`silently`) or as a process that is killed. */
  crash (silently: boolean): void {
    if (!this.#machine.alive) return
    this.#machine.alive = false
    this.#running = undefined
    for (const host of this.#hosts) host.cut(silently)
    const disk = new SimDisk(this.#world, this.#world.random, () => this.#machine)
    disk.begin(this.#disk.crash(this.#world.random))
    this.#disk = disk
    this.#crashed.reject(new Crashed(`${this.place} has crashed`))
  }

  /** The network drops its connections. */
  cut (): void { for (const host of this.#hosts) host.cut() }

  async #open (): Promise<void> {
    const now = Date.now
    const store = await openMemoryStore({ disk: this.#disk, sweepMs: 0 })
    const keys = new RecordKeys(this.#secret)
    const vault = await Vault.open(store.kv, keys, this.account.key, this.device)
    const account = await Account.open(vault, this.device, { name: this.place, manifest: this.#manifest })
    const updates = await UpdateLog.open(vault.kv, keys, now)
    const [own] = this.#hosts
    const base = {
      options: { dir: '/nowhere', vault: 'off', deviceName: 'sim' }, store, blobs: await BlobService.open({ store }), vault, keys, updates, account, standing: new Standing(), now, log: this.#world.log(this.place), since: now(), mls: standInMls,
      lan: null, home: { close: () => undefined, deviceSeed: new Uint8Array(32) }, claim: { release: () => Promise.resolve() }, host: own!.host
    }
    const core = await assemble(base as unknown as Parameters<typeof assemble>[0], this.#reach(account, own!))
    // Secret chats are no part of the stories, and their keys are made by the platform's own cryptography, on threads.
    core.secrets.packages.publish = () => Promise.resolve()
    this.#running = { core, node: runNode(core) }
  }

  #reach (account: Account, own: SimHost): Parameters<typeof assemble>[1] {
    const joining = new Map<string, string>()
    const visitor = new Visitor({ secret: this.#secret, through: () => Promise.reject(new Error('a simulated visit needs no connection of its own')) })
    const isHome = (peer: KeyBytes): boolean => joining.has(peerIdText(peer)) || account.relays.some(r => sameBytes(r.peer, peer))
    const pool = createRelayPool({
      dialer: hostDialer(own.host), account: account.key, manifest: () => account.manifest.bytes, token: () => undefined,
      homeAddrs: peer => {
        const address = joining.get(peerIdText(peer)) ?? account.relays.find(r => sameBytes(r.peer, peer))?.address
        return address === undefined ? undefined : [address]
      },
      visitor: peer => isHome(peer) ? undefined : this.#visit(visitor.identityFor(peer))
    })
    return { pool, visitor: { close: () => Promise.resolve() } as unknown as Visitor, joining }
  }

  /** A visit under its pseudonym, over a host of its own at this place. */
  #visit (identity: LinkIdentity): LinkIdentity {
    const [device] = openManifest(identity.manifest).manifest.devices
    const host = new SimHost(this.#world.network, this.#machine, this.place, device!.key)
    this.#hosts.push(host)
    return { ...identity, dialer: hostDialer(host.host) }
  }
}
