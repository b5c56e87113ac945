import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRelay, type Relay, type RelayOptions } from '../../../src/relay/index.js'
import { createHost, dialGateway, type ChannelOptions, type Host } from '../../../src/relay/net/index.js'
import { randomSeed, signerFromSeed, type Signer } from '../../../src/protocol/wire/index.js'
import { Client } from './client.js'
import { Person } from './people.js'

/** A person whose phone has a libp2p host. */
export class RealPerson extends Person {
  static async create (listens = false): Promise<RealPerson> {
    const seed = randomSeed()
    const person = new RealPerson()
    const phone: Signer = signerFromSeed(seed)
    Object.defineProperty(person, 'phone', { value: phone })
    person.publish({ devices: [phone, person.laptop].map(device => ({ key: device.key, cert: person.certify(device) })) }, person.account)
    person.host = await createHost({ role: 'node', seed, ...listens ? { listen: ['/ip4/127.0.0.1/tcp/0'] } : {} })
    return person
  }

  host!: Host

  /** A channel to a relay, without a session. */
  async dial (relay: Pick<Relay, 'addresses' | 'key'>, options: ChannelOptions = {}): Promise<Client> {
    return new Client(await dialGateway(this.host, relay.addresses(), relay.key, options))
  }
}

/** What a test opened, to be closed after it. */
export class Scene {
  readonly directories: string[] = []
  readonly #relays: Relay[] = []
  readonly #people: RealPerson[] = []

  async directory (): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), 'petrel-relay-test-'))
    this.directories.push(directory)
    return directory
  }

  async relay (options: Partial<RelayOptions> = {}): Promise<Relay> {
    const relay = await createRelay({ directory: options.directory ?? await this.directory(), ...options })
    this.#relays.push(relay)
    return relay
  }

  async person (listens = false): Promise<RealPerson> {
    const person = await RealPerson.create(listens)
    this.#people.push(person)
    return person
  }

  async end (): Promise<void> {
    await Promise.all(this.#people.splice(0).map(person => person.host.stop()))
    await Promise.all(this.#relays.splice(0).map(relay => relay.stop()))
    await Promise.all(this.directories.splice(0).map(directory => rm(directory, { recursive: true, force: true })))
  }
}
