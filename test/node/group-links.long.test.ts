import assert from 'node:assert/strict'
import { until, untilText, World } from './world.js'

describe('a link to a group, between real nodes at two relays', () => {
  it('lets in who has it, and shows what was before', async () => {
    const [one, two] = [await World.make(), await World.make()]
    try {
      const ann = await one.person('ann')
      const bob = await two.person('bob')
      const { chat } = await ann.node.createGroup('Birds')
      await ann.node.send(chat.id, 'before')
      const { link } = await ann.node.createGroupLink(chat.id, { uses: 1 })
      const { state } = await bob.node.joinGroup(link, { waitMs: 20_000 })
      assert.equal(state, 'joined')
      await bob.node.send('Birds', 'hello')
      await untilText(ann.node, 'hello')
      await until(bob.node, e => e.type === 'chat' && e.change === 'history')
      assert.deepEqual((await bob.node.showChat('Birds')).messages.filter(m => m.kind === 'text').map(m => m.text), ['before', 'hello'])
      assert.deepEqual([await ann.node.listContacts(), await bob.node.listContacts()], [[], []])
    } finally {
      await Promise.all([one.close(), two.close()])
    }
  })
})
