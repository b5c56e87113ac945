/** Secret chats between two devices that nobody reaches straight, and that have no home but themselves. */
import assert from 'node:assert/strict'
import { eventually } from '../small-world.js'
import { LanWorld, meet } from '../own-home/lan-world.js'
import { World, type Person } from '../world.js'
import { hears, openSecretChat, stands } from './meeting.js'

describe('a secret chat between two devices behind routers', function () {
  // Some seconds; but three nodes begin here, and three files run at once.
  this.timeout(60_000)

  let relays: World
  let world: LanWorld
  let ann: Person
  let bob: Person

  before(async () => {
    relays = await World.make()
    world = await LanWorld.make()
    // Neither listens anywhere, and neither hears the other in a network: but for the circuit relay there is no way.
    const hidden = { listen: [], lan: { neighbours: false, circuits: [relays.address] } } as const
    ;[ann, bob] = [await world.person('ann', hidden), await world.person('bob', hidden)]
    await eventually(async () => (await Promise.all([ann, bob].map(async ({ node }) => (await node.listRelays())[0]?.address ?? ''))).every(address => address.includes('/p2p-circuit/p2p/')))
    await meet(ann, bob)
  })
  after(async () => {
    await world.close()
    await relays.close()
  })

  it('goes through a circuit relay, which keeps nothing, and says so', async () => {
    const { id } = await openSecretChat(ann, bob)
    await ann.node.sendSecret(id, 'through a stranger')
    await hears(bob, id, 'through a stranger')
    await bob.node.sendSecret(id, 'who hears nothing')
    await hears(ann, id, 'who hears nothing')
    for (const person of [ann, bob]) {
      await stands(person, id, ({ path }) => path !== null)
      assert.equal((await person.node.showSecret(id)).path, 'circuit')
    }
    const { logs, accounts } = await relays.relay.status()
    assert.deepEqual([logs, accounts], [0, 0])
  })
})
