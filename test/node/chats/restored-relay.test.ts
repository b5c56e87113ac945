import assert from 'node:assert/strict'
import type { Chat } from '../../../src/node/chats/index.js'
import { copyOf, eventually, SmallWorld, type SmallPerson } from '../small-world.js'

describe('a chat whose relay was restored from a backup', () => {
  let world: SmallWorld
  afterEach(async () => { await world.close() })

  it('goes on there once one of its owners has brought it what it lost, and nowhere is anything lost', async () => {
    world = await SmallWorld.make()
    const [alice, bob] = [await world.person('alice'), await world.person('bob')]
    await world.introduce(alice, bob)
    const chatOf = ({ core }: SmallPerson): Chat => core.chats.all()[0]!.chat
    const texts = async ({ node }: SmallPerson, chat: string): Promise<string[]> => (await node.showChat(chat, { limit: 100 })).messages.map(({ text }) => text)
    await alice.node.send('bob', 'one', { wait: 'delivered' })
    const { home } = await alice.node.moveChat('bob', { to: world.relay.address, lost: true })
    const backup = copyOf(world.relay.disk)
    await alice.node.send('bob', 'two', { wait: 'delivered' })
    await eventually(() => chatOf(alice).cursor.seq === chatOf(bob).cursor.seq)
    await world.relay.restore(backup)
    await eventually(() => [alice, bob].every(who => chatOf(who).cursor.alarm !== null))
    await alice.node.moveChat('bob', { to: world.relay.address, lost: true })
    assert.deepEqual([chatOf(alice).home.term, chatOf(alice).cursor.alarm, (await alice.node.moveChat('bob', { to: world.relay.address, lost: true })).home], [2, null, home])
    // No letter comes to bob: his inbox lay there too. He looks again, and the log goes on from what he has.
    await bob.node.resumeChat('alice')
    await eventually(() => chatOf(bob).home.term === 2)
    await alice.node.send('bob', 'three', { wait: 'delivered' })
    await bob.node.send('alice', 'four', { wait: 'delivered' })
    for (const list of [await texts(alice, 'bob'), await texts(bob, 'alice')]) assert.deepEqual(list, ['one', 'two', 'three', 'four'])
  })
})
