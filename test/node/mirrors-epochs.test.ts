/** What a mirror was lent ends with an epoch, and is lent anew for the next one. Real relays, nodes and stores. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { createRelay, type Relay } from '../../src/relay/index.js'
import type { ChatSession } from '../../src/node/chats/index.js'
import { insider, reopened, type Insider } from '../adversary/insider.js'
import { renewLeaf } from '../simulation/renew.js'
import { until, untilText, World } from './world.js'

describe('a chat at a mirror whose keys are renewed', () => {
  let world: World
  let mirror: Relay
  let alice: Insider
  let bob: Insider

  before(async () => {
    world = await World.make()
    mirror = await createRelay({ directory: join(world.dir, 'mirror'), listen: ['/ip4/127.0.0.1/tcp/0'], http: false })
    alice = await insider(world.dir, 'alice', [world.address])
    bob = await insider(world.dir, 'bob', mirror.addresses())
    const { link } = await bob.node.createInvite()
    await alice.node.addContact(link)
    await until(bob.node, e => e.type === 'chat' && e.change === 'joined')
    await alice.node.send('bob', 'first', { wait: 'delivered' })
  })
  after(async () => {
    await alice.node.close()
    await bob.node.close()
    await world.close()
    await mirror.stop()
  })

  const sessionOf = ({ core }: Insider): ChatSession => core.chats.all()[0]!

  /** One of the two renews its leaf: both come to the next epoch, and write to each other by the mirror. */
  async function renewed (by: Insider, round: string): Promise<void> {
    const epoch = sessionOf(by).chat.keys.epoch + 1
    await renewLeaf(sessionOf(by))
    // It looks for what it has to commit.
    sessionOf(by).blockedChanged()
    while ([alice, bob].some(one => sessionOf(one).chat.keys.epoch < epoch)) await setImmediate()
    assert.equal((await bob.node.send('alice', `${round}, by the mirror`, { wait: 'delivered' })).state, 'delivered')
    assert.equal((await alice.node.send('bob', `${round}, to the mirror`, { wait: 'delivered' })).state, 'delivered')
    await untilText(alice.node, `${round}, by the mirror`)
    await untilText(bob.node, `${round}, to the mirror`)
    const { chat } = sessionOf(bob)
    assert.deepEqual([chat.path.isMirror, chat.keys.epoch, chat.cursor.alarm], [true, epoch, null])
  }

  it('goes on there when the other has renewed them at the home', async () => {
    await renewed(alice, 'one')
    await renewed(alice, 'two')
  })

  it('goes on there when they were renewed through the mirror', async () => {
    await renewed(bob, 'three')
  })

  it('goes on there when the mirror had forgotten what it was lent', async () => {
    // As when it was restored from before that.
    const { chat } = sessionOf(bob)
    await chat.link.unmirror(chat.log)
    await renewed(alice, 'four')
    await chat.link.unmirror(chat.log)
    await renewed(bob, 'five')
  })

  it('goes on there in a group whose keys were renewed more than once while its node was away', async () => {
    const { chat: { id } } = await alice.node.createGroup('Birds', { members: ['bob'] })
    const groupOf = ({ core }: Insider): ChatSession => core.chats.all().find(({ chat }) => chat.id === id)!
    await until(bob.node, e => e.type === 'chat' && e.change === 'joined' && e.chat === id)
    await alice.node.send(id, 'before', { wait: 'stored' })
    await untilText(bob.node, 'before')
    await bob.node.close()
    for (const title of ['Two', 'Three', 'Four']) await alice.node.editGroup(id, { title })
    await alice.node.send(id, 'after', { wait: 'stored' })
    bob = await reopened(bob)
    await untilText(bob.node, 'after')
    const { chat } = groupOf(bob)
    assert.deepEqual([chat.path.isMirror, chat.title, chat.cursor.alarm], [true, 'Four', null])
  })
})
