import assert from 'node:assert/strict'
import { SmallWorld } from '../small-world.js'

describe('several home relays', () => {
  it('are all kept when they are added at once, and one that is removed is left', async () => {
    const world = await SmallWorld.make(3)
    try {
      const alice = await world.person('alice')
      const more = world.relays.slice(1).map(r => r.address)
      await Promise.all(more.map(async address => await alice.node.addRelay(address)))
      const homes = async (): Promise<string[]> => (await alice.node.listRelays()).filter(r => r.home).map(r => r.address)
      assert.deepEqual((await homes()).sort(), world.relays.map(r => r.address).sort())
      await alice.node.removeRelay(more[0]!)
      assert.equal((await homes()).length, 2)
      assert.equal(world.relays[1]!.channels.size, 0, 'no connection stays open')
      await alice.crash()
      assert.equal((await homes()).length, 2)
    } finally {
      await world.close()
    }
  })
})
