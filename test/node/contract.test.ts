import { join } from 'node:path'
import { connect } from '../../src/node/client/index.js'
import { serveApi } from '../../src/node/index.js'
import { petrelContract, type Pair } from './api/contract.js'
import { World } from './world.js'

async function introduced (): Promise<{ world: World, pair: Pair }> {
  const world = await World.make()
  const [alice, bob] = [await world.person('alice'), await world.person('bob')]
  await world.introduce(alice, bob)
  return { world, pair: { alice: alice.node, bob: bob.node, stop: async () => { await world.close() } } }
}

petrelContract('real nodes in this process', async () => (await introduced()).pair)

petrelContract('real nodes behind their sockets', async () => {
  const { world, pair } = await introduced()
  const servers = await Promise.all([['alice', pair.alice], ['bob', pair.bob]].map(async ([name, node]) =>
    await serveApi(node as Pair['alice'], { socketPath: join(world.dir, `${name as string}-run`, 's') })))
  const [alice, bob] = await Promise.all(servers.map(async s => await connect({ socketPath: s.socketPath! })))
  return {
    alice: alice!,
    bob: bob!,
    stop: async () => {
      await Promise.all([alice!.close(), bob!.close()])
      await Promise.all(servers.map(async s => { await s.close() }))
      await pair.stop()
    }
  }
})
