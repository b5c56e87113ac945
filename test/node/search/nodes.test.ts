import assert from 'node:assert/strict'
import { SmallWorld } from '../small-world.js'
import { until } from '../world.js'

describe('search at a node', () => {
  it('follows edits, polls, deletions and a crash, at both sides', async () => {
    const world = await SmallWorld.make()
    try {
      const [alice, bob] = [await world.person('alice'), await world.person('bob')]
      await world.introduce(alice, bob)
      const ids = async (query: string, who = bob): Promise<string[]> => (await who.node.searchMessages({ query })).messages.map(({ message }) => message.id)
      const gull = await alice.node.send('bob', 'a gull', { wait: 'delivered' })
      const tern = await alice.node.send('bob', 'a tern', { wait: 'delivered' })
      assert.deepEqual(await ids('gull'), [gull.id])
      await alice.node.editMessage('bob', gull.id, 'a skua, *not* the other')
      // At its author's too, who may hear of it later.
      for (const who of [alice, bob]) await until(who.node, event => event.type === 'messageChanged' && event.message.id === gull.id)
      for (const who of [alice, bob]) assert.deepEqual([await ids('gull', who), await ids('skua', who)], [[], [gull.id]])
      const poll = await alice.node.sendPoll('bob', { question: 'Which bird?', options: ['a petrel', 'an auk'] }, { wait: 'delivered' })
      assert.deepEqual(await ids('auk'), [poll.id])
      assert.deepEqual((await bob.node.searchMessages({ kind: 'poll' })).messages.map(({ message, matches }) => [message.id, matches]), [[poll.id, []]])
      await bob.crash()
      assert.deepEqual(await ids('skua'), [gull.id])
      await alice.node.deleteMessages('bob', [gull.id, tern.id])
      for (const who of [alice, bob]) await until(who.node, event => event.type === 'messageDeleted' && event.id === tern.id)
      for (const who of [alice, bob]) for (const query of ['gull', 'skua', 'tern']) assert.deepEqual(await ids(query, who), [], query)
      assert.equal((await bob.node.rebuildSearch()).messages, 1)
    } finally {
      await world.close()
    }
  })
})
