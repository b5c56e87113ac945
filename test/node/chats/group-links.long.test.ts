import { SmallWorld } from '../small-world.js'
import { letInThrough } from './let-in.js'

describe('a link to a group', () => {
  for (const when of ['before', 'after'] as const) {
    for (let n = 1; n <= 8; n++) {
      it(`counts who comes in once, when the node is killed ${when} its write ${n}`, async () => {
        const world = await SmallWorld.make()
        const [ann, bob] = [await world.person('ann'), await world.person('bob')]
        await letInThrough(ann, bob, (await ann.node.createGroup('Birds')).chat.id, { n, when })
        await world.close()
      })
    }
  }
})
