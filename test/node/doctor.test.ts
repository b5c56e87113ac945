import assert from 'node:assert/strict'
import { World } from './world.js'

describe('a check-up', () => {
  it('calls an account published only where there is a relay', async () => {
    const world = await World.make()
    try {
      const { node } = await world.person('alice', { relay: false })
      const account = async (): Promise<string> => (await node.doctor()).find(({ check }) => check === 'account')!.message
      assert.equal(await account(), 'not published: there is no relay')
      await node.addRelay(world.address)
      assert.equal(await account(), 'published')
    } finally {
      await world.close()
    }
  })
})
