import assert from 'node:assert/strict'
import { createHost } from '../../../src/relay/net/index.js'
import { until, untilText, World, type Person } from '../world.js'
import { eventually } from '../small-world.js'
import { LanWorld, meet } from './lan-world.js'

describe('a node that listens nowhere and is its own home', () => {
  let relays: World
  let world: LanWorld
  let alice: Person
  let bob: Person

  before(async () => {
    relays = await World.make()
    world = await LanWorld.make()
    alice = await world.person('alice', { listen: [], lan: { neighbours: false, circuits: [relays.address] } })
    bob = await world.person('bob', { lan: { neighbours: false } })
  })
  after(async () => {
    await world.close()
    await relays.close()
  })

  const address = async (): Promise<string> => (await alice.node.listRelays())[0]?.address ?? ''

  it('is reached through a relay that passes on connections, and tells so in its link', async () => {
    await eventually(async () => (await address()).includes('/p2p-circuit/p2p/'))
    await meet(alice, bob)
    assert.equal((await alice.node.send('bob', 'out of my network', { wait: 'delivered' })).state, 'delivered')
    await untilText(bob.node, 'out of my network')
    assert.equal((await bob.node.send('alice', 'into yours', { wait: 'delivered' })).state, 'delivered')
    const link = (await bob.node.listRelays()).find(r => !r.own)
    assert.deepEqual([link?.address, link?.state], [await address(), 'connected'])
    assert.ok((await alice.node.peers()).some(p => p.direction === 'inbound' && p.address.includes('/p2p-circuit')))
  })

  it('hosts all of it itself: the relay between keeps nothing', async () => {
    assert.deepEqual([(await relays.relay.status()).logs, (await relays.relay.status()).accounts], [0, 0])
  })

  it('is visited through their relay by people without --lan, who show neither account nor device nor address', async () => {
    const theirs = await World.make()
    try {
      const carol = await world.person('carol', { lan: false, listen: [] })
      await carol.node.addRelay(theirs.address)
      await meet(alice, carol)
      assert.equal((await carol.node.send('alice', 'from my relay', { wait: 'delivered' })).state, 'delivered')
      const { account, device } = await carol.node.identity()
      assert.ok(!(await carol.node.peers()).some(p => p.address.includes('/p2p-circuit')), 'carol dials her relay only')
      assert.ok((await alice.node.peers()).every(p => p.peer !== account && p.peer !== device))
      await carol.node.close()
    } finally {
      await theirs.close()
    }
  })

  it('has its place again after the relay was away', async () => {
    await relays.restartRelay()
    const sent = await bob.node.send('alice', 'after the relay\'s restart', { wait: 'queued' })
    await untilText(alice.node, 'after the relay\'s restart')
    await until(bob.node, e => e.type === 'messageState' && e.id === sent.id && e.state === 'delivered')
  })

  it('is the only kind that takes connections through a relay: no peer makes another node, or a relay, listen at one', async () => {
    const taking = '/libp2p/circuit/relay/0.2.0/stop'
    const hosts = await Promise.all(([['node', true], ['node', false], ['relay', false]] as const).map(async ([role, serves], i) => await createHost({ role, serves, seed: new Uint8Array(32).fill(i + 10), dht: false, gossip: false })))
    try {
      assert.deepEqual(hosts.map(host => host.node.getProtocols().includes(taking)), [true, false, false])
    } finally {
      await Promise.all(hosts.map(async host => { await host.stop() }))
    }
  })

  it('asks who came through a relay for a direct connection', async () => {
    const host = await createHost({ role: 'node', seed: new Uint8Array(32).fill(1), serves: true })
    const plain = await createHost({ role: 'node', seed: new Uint8Array(32).fill(2) })
    try {
      assert.ok(host.node.getProtocols().includes('/libp2p/dcutr'))
      assert.ok(!plain.node.getProtocols().includes('/libp2p/dcutr'))
    } finally {
      await host.stop()
      await plain.stop()
    }
  })
})
