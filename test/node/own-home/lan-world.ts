/** Nodes in one local network without any relay: real libp2p on loopback, and in place of multicast a room in which each hears what the others say. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHome, createNode, type NodeOptions } from '../../../src/node/index.js'
import type { FindNeighbours, OnNeighbour, Presence } from '../../../src/relay/net/index.js'
import { TEST_PASSWORD_COST } from '../../../src/protocol/crypto/password.js'
import { until, type Person } from '../world.js'

/** A local network: who is in it is heard by all others. */
class Room {
  readonly #present = new Map<string, { presence: Presence, hear: OnNeighbour }>()
  /** Everything that was ever said in it. */
  readonly said: string[] = []

  readonly find: FindNeighbours = async (host, presence, hear) => {
    for (const [peerId, other] of this.#present) {
      other.hear(host.peerId, this.#say(presence))
      hear(peerId, this.#say(other.presence))
    }
    this.#present.set(host.peerId, { presence, hear })
    return async () => { this.#present.delete(host.peerId) }
  }

  /** Forgets what was said. */
  forget (): void { this.said.length = 0 }

  #say (presence: Presence): string[] {
    const addresses = [...presence.addresses()]
    this.said.push(...addresses)
    return addresses.map(address => address.replace(/\/p2p\/[^/]+$/, ''))
  }
}

/** People whose nodes are in one room. */
export class LanWorld {
  readonly dir: string
  readonly room = new Room()
  readonly people = new Set<Person>()

  private constructor (dir: string) { this.dir = dir }

  static async make (): Promise<LanWorld> { return new LanWorld(await mkdtemp(join(tmpdir(), 'petrel-lan-'))) }

  get options (): Partial<NodeOptions> { return { lan: { neighbours: this.room.find }, listen: ['/ip4/127.0.0.1/tcp/0'] } }

  async person (name: string, options: Partial<NodeOptions> = {}): Promise<Person> {
    const dir = join(this.dir, name)
    const { words } = await createHome({ dir, name, unlock: { kind: 'keyfile' }, kdfCost: TEST_PASSWORD_COST })
    const person: Person = { name, dir, words, node: await createNode({ dir, ...this.options, ...options }) }
    this.people.add(person)
    return person
  }

  /** Opens a person's node again: elsewhere, since its port is another. */
  async wake (person: Person, options: Partial<NodeOptions> = {}): Promise<void> {
    person.node = await createNode({ dir: person.dir, ...this.options, ...options })
  }

  async close (): Promise<void> {
    await Promise.all([...this.people].map(async p => { await p.node.close() }))
    await rm(this.dir, { recursive: true, force: true })
  }
}

/** One makes a chat with the other by its link; both have it then. */
export async function meet (a: Person, b: Person): Promise<void> {
  await a.node.addContact((await b.node.createInvite()).link)
  await until(b.node, e => e.type === 'chat' && e.change === 'joined')
  await until(a.node, e => e.type === 'contact' && e.change === 'changed')
}
