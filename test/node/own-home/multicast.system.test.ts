/** Neighbours by real multicast DNS, for which the system must let multicast through. A hole in a NAT needs a machine with two NATs, and is tried by nobody here. */
import assert from 'node:assert/strict'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { until, untilText } from '../world.js'
import { LanWorld, meet } from './lan-world.js'

const GROUP = '224.0.0.251'
const PORT = 5353
const NAME = '_petrel._udp.local'

/** Hears all that is said by multicast DNS on this machine's interfaces. The texts in it are plain. */
class Ear {
  readonly packets: string[] = []
  readonly #socket: Socket = createSocket({ type: 'udp4', reuseAddr: true })

  async open (): Promise<this> {
    this.#socket.on('message', packet => { this.packets.push(packet.toString('latin1')) })
    this.#socket.bind(PORT)
    await once(this.#socket, 'listening')
    for (const list of Object.values(networkInterfaces())) {
      const address = list?.find(one => one.family === 'IPv4')?.address
      if (address !== undefined) this.#socket.addMembership(GROUP, address)
    }
    return this
  }

  /** Asks who is there, and waits until the question itself was heard. */
  async ask (): Promise<void> {
    const labels = NAME.split('.').flatMap(label => [Buffer.of(label.length), Buffer.from(label)])
    const query = Buffer.concat([Buffer.of(0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0), ...labels, Buffer.of(0, 0, 12, 0, 1)])
    const heard = once(this.#socket, 'message')
    this.#socket.send(query, PORT, GROUP)
    await heard
  }

  close (): void { this.#socket.close() }
}

describe('nodes in a real local network', () => {
  let world: LanWorld
  let ear: Ear

  beforeEach(async () => {
    world = await LanWorld.make()
    ear = await new Ear().open()
  })
  afterEach(async () => {
    ear.close()
    await world.close()
  })

  it('find each other by multicast when the home comes back elsewhere, and say their PeerIds and addresses alone', async () => {
    const alice = await world.person('alice-of-the-test', { lan: true })
    const bob = await world.person('bob-of-the-test', { lan: true })
    await meet(alice, bob)
    assert.equal((await alice.node.send('bob-of-the-test', 'over the air', { wait: 'delivered' })).state, 'delivered')
    await alice.node.close()
    const { id } = await bob.node.send('alice-of-the-test', 'while you were out', { wait: 'queued' })
    await world.wake(alice, { lan: true, listen: ['/ip4/0.0.0.0/tcp/0'] })
    await untilText(alice.node, 'while you were out')
    await until(bob.node, e => e.type === 'messageState' && e.id === id && e.state === 'delivered')
    const { account, device } = await alice.node.identity()
    const said = ear.packets.filter(packet => packet.includes('_petrel')).join('\n')
    assert.ok(said.includes(device) && said.includes('/tcp/'))
    assert.ok(!said.includes(account) && !said.includes('of-the-test'), 'neither account nor name')
  })

  it('of people without --lan say and ask nothing', async () => {
    const carol = await world.person('carol', { lan: false, listen: ['/ip4/127.0.0.1/tcp/0'] })
    await ear.ask()
    await carol.node.status()
    assert.deepEqual(ear.packets.filter(packet => packet.includes('_petrel') && packet.includes('dnsaddr')), [])
    assert.equal(new Set(ear.packets.filter(packet => packet.includes('_petrel'))).size, 1, 'nothing but the question of this test')
  })
})
