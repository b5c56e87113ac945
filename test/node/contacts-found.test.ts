/** People who leave relays, and are found by nothing but their id. Relays that know each other, on loopback. */
import assert from 'node:assert/strict'
import { createRelay, type Relay } from '../../src/relay/index.js'
import { Lines } from '../relay/kit/neighbours.js'
import { until, untilText, World, type Person } from './world.js'

interface Named { readonly relay: Relay, readonly lines: Lines }

describe('somebody who moved to another relay', () => {
  let world: World
  let [b, c]: Named[] = []
  let alice: Person
  let bob: Person
  let earlier: string
  const stopped = new Set<Relay>()

  /** A relay that begins with the world's. */
  async function relay (name: string): Promise<Named> {
    const lines = new Lines()
    return { lines, relay: await createRelay({ directory: `${world.dir}/${name}`, http: false, peers: [world.address], log: lines.log }) }
  }

  before(async () => {
    world = await World.make()
    b = await relay('relay-b')
    c = await relay('relay-c')
    alice = await world.person('alice')
    bob = await world.person('bob', { relay: false })
    await bob.node.addRelay(b.relay.addresses()[0]!)
  })
  after(async () => {
    await world.close()
    for (const { relay } of [b!, c!]) if (!stopped.has(relay)) await relay.stop()
  })

  it('is found by a contact who knows the id alone, and written to', async () => {
    const { account, link } = await bob.node.identity()
    earlier = link
    await b!.lines.until('directory.published', ({ taken }) => Number(taken) >= 1)
    await bob.node.addRelay(c!.relay.addresses()[0]!)
    // Gone for good, before it could be told where he went.
    await b!.relay.stop()
    stopped.add(b!.relay)
    const from = c!.lines.lines.length
    await bob.node.removeRelay(b!.relay.peerId)
    await c!.lines.until('directory.published', ({ taken }) => Number(taken) >= 1, from)
    assert.equal((await alice.node.addContact(account, { alias: 'Bob' })).account, account)
    await until(bob.node, e => e.type === 'request')
    await bob.node.acceptRequest((await bob.node.listRequests())[0]!.id)
    await alice.node.send('Bob', 'found you', { wait: 'delivered' })
    await untilText(bob.node, 'found you')
  })

  it('is found by who has a link from before, whose relay is gone', async () => {
    const carol = await world.person('carol')
    await carol.node.addContact(earlier)
    await until(bob.node, e => e.type === 'request' && e.name === 'carol')
  })

  it('is told of by nobody who never knew them', async () => {
    const stranger = await world.person('stranger', { relay: false })
    const { account } = await stranger.node.identity()
    await assert.rejects(alice.node.addContact(account), { code: 'ERR_NOT_FOUND' })
  })
})
