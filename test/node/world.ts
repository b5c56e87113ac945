/** A small world for tests: a relay and people's nodes, real libp2p on loopback, real stores in a temporary directory. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHome, createNode, type NodeOptions, type PetrelNode } from '../../src/node/index.js'
import type { Update, UpdateEvent } from '../../src/protocol/api/index.js'
import { TEST_PASSWORD_COST } from '../../src/protocol/crypto/password.js'
import { createRelay, type Relay, type RelayOptions } from '../../src/relay/index.js'

export interface Person { name: string, dir: string, words: string, node: PetrelNode }

/** What tests need not wait for. */
const QUICK = { secretKeyPackages: 4 } as const

export class World {
  readonly dir: string
  relay!: Relay
  readonly people = new Map<string, Person>()
  relayOptions: Partial<RelayOptions> = {}

  private constructor (dir: string) { this.dir = dir }

  /** A world around a relay that is there already. */
  static async around (relay: Relay): Promise<World> {
    const world = new World(await mkdtemp(join(tmpdir(), 'petrel-test-')))
    world.relay = relay
    return world
  }

  static async make (relayOptions: Partial<RelayOptions> = {}): Promise<World> {
    const world = new World(await mkdtemp(join(tmpdir(), 'petrel-test-')))
    world.relayOptions = relayOptions
    await world.startRelay()
    return world
  }

  get relayDir (): string { return join(this.dir, 'relay') }
  get address (): string { return this.relay.addresses()[0]! }

  async startRelay (listen = '/ip4/127.0.0.1/tcp/0'): Promise<void> {
    this.relay = await createRelay({ directory: this.relayDir, listen: [listen], http: false, ...this.relayOptions })
  }

  /** Stops the relay and starts it again at the same address. */
  async restartRelay (): Promise<void> {
    const listen = this.address.replace(/\/p2p\/.*$/, '')
    await this.relay.stop()
    await this.startRelay(listen)
  }

  async person (name: string, options: Partial<NodeOptions> & { relay?: boolean } = {}): Promise<Person> {
    const { relay = true, ...rest } = options
    const dir = join(this.dir, name)
    const { words } = await createHome({ dir, name, unlock: { kind: 'keyfile' }, kdfCost: TEST_PASSWORD_COST })
    const person: Person = { name, dir, words, node: await createNode({ dir, ...QUICK, ...rest }) }
    this.people.set(name, person)
    if (relay) await person.node.addRelay(this.address)
    return person
  }

  /** Stops a person's node and starts it again. */
  async restart (person: Person, options: Partial<NodeOptions> = {}): Promise<void> {
    await person.node.close()
    await this.wake(person, options)
  }

  async wake (person: Person, options: Partial<NodeOptions> = {}): Promise<void> {
    person.node = await createNode({ dir: person.dir, ...QUICK, ...options })
  }

  /** Introduces two people by an invite link, and waits until both have the chat. */
  async introduce (a: Person, b: Person): Promise<void> {
    const { link } = await b.node.createInvite()
    await a.node.addContact(link)
    await until(b.node, e => e.type === 'chat' && e.change === 'joined')
    await until(a.node, e => e.type === 'contact' && e.change === 'changed')
  }

  async close (): Promise<void> {
    await Promise.all([...this.people.values()].map(async p => { await p.node.close() }))
    await this.relay.stop()
    await rm(this.dir, { recursive: true, force: true })
  }
}

/** Waits for an update that fits, from the first one kept (or after a number) on. The test's own limit comes first, where it is shorter. */
export async function until (node: Pick<PetrelNode, 'receive'>, fits: (event: UpdateEvent) => boolean, options: { after?: number, ms?: number } = {}): Promise<Update> {
  const signal = AbortSignal.timeout(options.ms ?? 50_000)
  for await (const update of node.receive({ follow: true, after: options.after ?? 0, signal })) if (fits(update.event)) return update
  throw new Error('the updates ended')
}

/** Waits for a message with this text from somebody else. */
export async function untilText (node: Pick<PetrelNode, 'receive'>, text: string): Promise<Update> {
  return await until(node, e => e.type === 'message' && e.message.text === text)
}
