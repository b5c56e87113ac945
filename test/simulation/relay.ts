/** A relay of a simulated world: the real services on a disk in memory, served over the simulated network. */
import { GatewayService } from '../../src/relay/gateway-handler.js'
import { hostDial } from '../../src/relay/mirrors/dial.js'
import { listenGateway } from '../../src/relay/net/index.js'
import { wireServices, type ServiceSet } from '../../src/relay/services.js'
import { FEATURE, signerFromSeed, type Signer } from '../../src/protocol/wire/index.js'
import { openMemoryStore } from '../../src/store/memory/index.js'
import type { SortedMap } from '../../src/store/memory/sorted-map.js'
import { SimDisk } from './disk.js'
import { SimHost } from './network.js'
import type { Machine } from './scheduler.js'
import type { World } from './world.js'

/** See the file's head. */
export class SimRelay {
  readonly place: string
  readonly signer: Signer
  readonly #world: World
  #disk: SimDisk
  #machine: Machine
  #host: SimHost
  #services: ServiceSet | undefined
  /** It never comes back. */
  isGone = false

  constructor (world: World, place: string) {
    this.#world = world
    this.place = place
    this.signer = signerFromSeed(world.random.fill(new Uint8Array(32)))
    this.#machine = { name: place, alive: false, skewMs: 0 }
    this.#disk = this.#newDisk(undefined)
    this.#host = this.#newHost()
  }

  get address (): string { return this.#host.address }
  get isUp (): boolean { return this.#services !== undefined && this.#machine.alive }
  get host (): SimHost { return this.#host }
  get disk (): SimDisk { return this.#disk }
  get services (): ServiceSet {
    if (this.#services === undefined) throw new Error(`${this.place} is down`)
    return this.#services
  }

  /** Begins to run on what its disk holds. */
  async start (): Promise<void> {
    const machine: Machine = { name: this.place, alive: true, skewMs: 0 }
    this.#machine = machine
    await this.#world.as(machine, async () => {
      const store = await openMemoryStore({ disk: this.#disk, sweepMs: 0 })
      const host = this.#host = this.#newHost()
      // A signature of the thread pool comes when the machine likes.
      const signer = { key: this.signer.key, sign: this.signer.sign }
      const services = await wireServices({ store: this.#world.bugs.store?.(store) ?? store, signer, dial: hostDial(host.host, true), log: this.#world.relayLog(this.place) }, { admission: 'open' })
      this.#world.bugs.services?.(services)
      const gateway = new GatewayService(services)
      await listenGateway(host.host, { handler: gateway.handler, onChannel: gateway.onChannel, agent: 'petrel-relay', features: [FEATURE.mirror] })
      this.#services = services
    })
  }

  /** Stops at once, as by a power cut (`silently`) or as a process that is killed. */
  crash (silently: boolean): void {
    if (!this.#machine.alive) return
    this.#machine.alive = false
    this.#services = undefined
    this.#host.cut(silently)
    this.#disk = this.#newDisk(this.#disk.crash(this.#world.random))
  }

  /** Burns down, with its disk. */
  vanish (): void {
    this.isGone = true
    this.crash(true)
  }

  #newDisk (left: SortedMap | undefined): SimDisk {
    const disk = new SimDisk(this.#world, this.#world.random, () => this.#machine, this.#world.bugs.syncs === false)
    if (left !== undefined) disk.begin(left)
    return disk
  }

  #newHost (): SimHost { return new SimHost(this.#world.network, this.#machine, this.place, this.signer.key) }
}
