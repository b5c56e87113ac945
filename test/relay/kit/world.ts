import { type Store } from '../../../src/store/index.js'
import { MemoryDisk } from '../../../src/store/memory/engine.js'
import { openMemoryStore } from '../../../src/store/memory/index.js'
import { GatewayService } from '../../../src/relay/gateway-handler.js'
import type { PartialServiceOptions, Services } from '../../../src/relay/index.js'
import { openLocalChannel } from '../../../src/relay/local-channel.js'
import { wireServices, type ServiceSet } from '../../../src/relay/services.js'
import type { Signer } from '../../../src/protocol/wire/index.js'
import { Client, data, Pushes } from './client.js'
import { ManualClock } from './clock.js'
import { newKey, Person, TestLog } from './people.js'

/** Services over a store in memory, by a clock that the test moves. */
export class World {
  readonly clock = new ManualClock()
  readonly home: Signer = newKey()
  disk = new MemoryDisk()
  store!: Store
  services!: Services
  /** What the services are made of. */
  set!: ServiceSet
  readonly #options: PartialServiceOptions
  #copied: number | undefined

  private constructor (options: PartialServiceOptions) { this.#options = options }

  static async create (options: PartialServiceOptions = {}): Promise<World> {
    const world = new World({ admission: 'open', handMs: 0, ...options })
    await world.restart()
    return world
  }

  /** Opens everything anew upon what was durable. */
  async restart (options: PartialServiceOptions = {}): Promise<void> {
    if (this.store !== undefined) {
      await this.services.close()
      await this.store.close()
    }
    this.store = await openMemoryStore({ disk: this.disk, clock: this.clock, sweepMs: 0 })
    if (this.#copied !== undefined) Object.defineProperty(this.store, 'info', { value: { ...this.store.info, copied: this.#copied } })
    this.set = await wireServices({ store: this.store, signer: this.home, clock: this.clock }, { ...this.#options, ...options })
    this.services = served(this.set)
  }

  /** A copy of the disk as it is now. */
  backup (): MemoryDisk {
    const copy = new MemoryDisk()
    for (const [key, value] of this.disk.map.slice({})) copy.map.set(key, value)
    return copy
  }

  /** Starts upon a copy, as a relay that was restored from a backup. */
  async restore (backup: MemoryDisk): Promise<void> {
    this.disk = backup
    this.#copied = this.clock.now()
    await this.restart()
  }

  /** A channel of a device, without a session. */
  channel (device: Signer, pushes?: Pushes): Client { return new Client(this.services.connect(device.key, pushes?.handler)) }

  /** A device with a session. */
  async client (person: Person, device = person.phone, pushes?: Pushes): Promise<Client> {
    const client = this.channel(device, pushes)
    await client.open(person)
    return client
  }

  /** A log that a person's device has made and holds all keys of. */
  async log (client: Client, kind: 'log' | 'inbox' | 'requests' = 'log'): Promise<TestLog> {
    const log = new TestLog(this.home.key, kind)
    await client.createLog(log)
    if (kind === 'log') await client.proveAll(log)
    else await client.prove(client.proof(log.id, 2, log.epoch.read), client.proof(log.id, 4, log.owner))
    return log
  }
}

export { Client, data, newKey, Person, Pushes, TestLog }

/** As createServices serves them, with the parts within a test's reach. */
function served (set: ServiceSet): Services {
  const gateway = new GatewayService(set)
  const { handler, onChannel } = gateway
  return {
    handler, onChannel, blobs: set.blobs, blobHandler: set.blobStreams.handler,
    connect: (device, onPush) => openLocalChannel({ device, home: set.home, handler, onChannel, ...onPush === undefined ? {} : { onPush } }),
    close: async () => {
      await gateway.drain(10_000)
      set.follows.close()
      await set.closeBlobs()
    }
  }
}
