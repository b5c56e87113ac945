import assert from 'node:assert/strict'
import { createHost } from '../../../src/relay/net/index.js'
import { until, World, type Person } from '../world.js'
import { eventually } from '../small-world.js'
import { LanWorld, meet } from './lan-world.js'

describe('a node that is its own home and goes behind a router', () => {
  let relays: World
  let world: LanWorld
  let bob: Person

  before(async () => {
    relays = await World.make()
    world = await LanWorld.make()
    bob = await world.person('bob', { lan: { neighbours: false } })
  })
  after(async () => {
    await world.close()
    await relays.close()
  })

  it('is found by who knew it at another place, once it has told that it is reached through a relay too', async () => {
    const free = await createHost({ role: 'relay', seed: new Uint8Array(32).fill(3), listen: ['/ip4/127.0.0.1/tcp/0'], dht: false, gossip: false })
    const listen = [free.addresses()[0]!.replace(/\/p2p\/.*$/, '')]
    await free.stop()
    const dave = await world.person('dave', { listen, lan: { neighbours: false } })
    await meet(dave, bob)
    let after = 0
    for await (const { n } of bob.node.receive()) after = n
    await dave.node.close()
    await world.wake(dave, { listen, lan: { neighbours: false, circuits: [relays.address] } })
    await eventually(async () => (await dave.node.identity()).link.includes('/p2p-circuit'))
    await eventually(async () => (await dave.node.listRelays())[0]?.behind === null)
    await dave.node.close()
    // He may have been met before he had something new to tell.
    await world.wake(dave, { listen, lan: { neighbours: false, circuits: [relays.address] } })
    await until(bob.node, e => e.type === 'contact' && e.name === 'dave', { after })
    await dave.node.close()
    await world.wake(dave, { listen: [], lan: { neighbours: false, circuits: [relays.address] } })
    assert.equal((await bob.node.send('dave', 'there you are', { wait: 'delivered' })).state, 'delivered')
  })
})
