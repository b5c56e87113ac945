/** A wish to move is about the home of its time. Real relays, nodes and stores. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { sameBytes } from '../../../src/protocol/wire/index.js'
import { createRelay, type Relay } from '../../../src/relay/index.js'
import { insider, type Insider } from '../../adversary/insider.js'
import { until, World } from '../world.js'

describe('a chat that somebody else moves first', () => {
  let world: World
  let relays: Relay[]
  let alice: Insider
  let bob: Insider

  before(async () => {
    world = await World.make()
    relays = await Promise.all(['second', 'third'].map(async name => await createRelay({ directory: join(world.dir, name), listen: ['/ip4/127.0.0.1/tcp/0'], http: false })))
    alice = await insider(world.dir, 'alice', [world.address, relays[1]!.addresses()[0]!])
    bob = await insider(world.dir, 'bob', [relays[0]!.addresses()[0]!])
    const { link } = await bob.node.createInvite()
    await alice.node.addContact(link)
    await until(bob.node, e => e.type === 'chat' && e.change === 'joined')
    await alice.node.send('bob', 'one', { wait: 'delivered' })
    await bob.node.moveChat('alice')
    await until(alice.node, e => e.type === 'chat' && e.change === 'moved')
  })
  after(async () => {
    await alice.node.close()
    await bob.node.close()
    await world.close()
    for (const relay of relays) await relay.stop()
  })

  it('is not taken from its new home by a wish that was about the one before', async () => {
    const { chat, mover } = alice.core.chats.all()[0]!
    const [second, third] = relays
    for (const lost of [true, false]) {
      // As a crash leaves it: the wish was durable, and the order not made.
      chat.record = { ...chat.record, move: { peer: third!.key, addrs: third!.addresses(), lost, from: 1, action: null, id: new Uint8Array(16).fill(7) } }
      mover.kick()
      await assert.rejects(mover.done(undefined), { code: 'ERR_CONFLICT', message: /moved elsewhere meanwhile/ })
      assert.ok(sameBytes(chat.home.peer, second!.key))
      assert.equal(chat.record.move, undefined)
    }
    assert.equal((await alice.node.send('bob', 'two', { wait: 'delivered' })).state, 'delivered')
  })

  it('is moved by a wish of now', async () => {
    const { home } = await alice.node.moveChat('bob', { to: relays[1]!.addresses()[0]! })
    assert.equal(home, relays[1]!.peerId)
    assert.equal((await bob.node.send('alice', 'three', { wait: 'delivered' })).state, 'delivered')
  })
})
