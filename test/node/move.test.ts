/** A chat's log goes to another home: by agreement, and when the home is gone. Real relays, nodes and stores. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { createRelay, type Relay } from '../../src/relay/index.js'
import type { PetrelNode } from '../../src/node/index.js'
import { until, untilText, World, type Person } from './world.js'

async function relayIn (world: World, name: string): Promise<Relay> { return await createRelay({ directory: join(world.dir, name), http: false, listen: ['/ip4/127.0.0.1/tcp/0'] }) }
const addressOf = (relay: Relay): string => relay.addresses()[0]!
async function lines (node: PetrelNode, chat: string): Promise<string[]> { return (await node.showChat(chat, { limit: 200 })).messages.map(m => `${m.seq} ${m.text}`) }
/** That both show the same. */
async function same (a: Person, b: Person, texts: readonly string[]): Promise<void> {
  const [left, right] = [await lines(a.node, b.name), await lines(b.node, a.name)]
  assert.deepEqual(left, right)
  assert.deepEqual(left.map(line => line.replace(/^\S+ /, '')).toSorted(), texts.toSorted())
}

describe('a chat that is moved by agreement', () => {
  let world: World
  let second: Relay
  let alice: Person
  let bob: Person

  before(async () => {
    world = await World.make()
    second = await relayIn(world, 'second')
    alice = await world.person('alice')
    bob = await world.person('bob')
    await bob.node.addRelay(addressOf(second))
    await world.introduce(alice, bob)
    await alice.node.send('bob', 'one', { wait: 'delivered' })
    await bob.node.send('alice', 'two', { wait: 'delivered' })
  })
  after(async () => {
    await world.close()
    await second.stop()
  })

  it('stays where it is when the relay to move to does not answer', async () => {
    const third = await relayIn(world, 'third')
    await bob.node.addRelay(addressOf(third))
    const { home } = (await bob.node.listChats())[0]!
    await third.stop()
    await assert.rejects(bob.node.moveChat('alice', { to: third.peerId, signal: AbortSignal.timeout(20_000) }), /nothing was changed/)
    await bob.node.removeRelay(third.peerId)
    assert.equal((await bob.node.send('alice', 'still here', { wait: 'delivered' })).state, 'delivered')
    assert.equal((await bob.node.listChats())[0]!.home, home)
  })

  it('goes on at the new home, which either of the two may choose', async () => {
    const { home, alarm } = await bob.node.moveChat('alice')
    assert.deepEqual([home, alarm], [second.peerId, null])
    assert.equal((await bob.node.send('alice', 'three', { wait: 'delivered' })).state, 'delivered')
    await untilText(alice.node, 'three')
    assert.equal((await alice.node.send('bob', 'four', { wait: 'delivered' })).state, 'delivered')
    assert.equal((await alice.node.listChats())[0]!.home, second.peerId)
    await until(alice.node, e => e.type === 'chat' && e.change === 'moved')
    await same(alice, bob, ['one', 'two', 'still here', 'three', 'four'])
  })

  it('needs the first home no more', async () => {
    const listen = addressOf(world.relay).replace(/\/p2p\/.*$/, '')
    await world.relay.stop()
    await bob.node.send('alice', 'five', { wait: 'stored' })
    assert.equal((await bob.node.listChats())[0]!.alarm, null)
    // Alice's own relay: she reaches others through it.
    await world.startRelay(listen)
    await untilText(alice.node, 'five')
  })
})

describe('a chat whose home is gone for good', () => {
  let world: World
  let second: Relay
  let third: Relay
  let alice: Person
  let bob: Person

  before(async () => {
    world = await World.make()
    second = await relayIn(world, 'second')
    third = await relayIn(world, 'third')
    alice = await world.person('alice')
    bob = await world.person('bob', { relay: false })
    await bob.node.addRelay(addressOf(second))
    await world.introduce(alice, bob)
    await alice.node.send('bob', 'one', { wait: 'delivered' })
    // To a relay where nobody's letters go: it will be gone, and they are to hear of it.
    await alice.node.addRelay(addressOf(third))
    await alice.node.moveChat('bob', { to: addressOf(third) })
    await bob.node.send('alice', 'two', { wait: 'delivered' })
  })
  after(async () => {
    await world.close()
    await second.stop()
  })

  it('is taken over by the other, from what it has; what it had not seen is brought back by who had', async () => {
    // Acknowledged by the home, and seen by nobody but their author.
    await bob.node.close()
    const sent = [await alice.node.send('bob', 'three', { wait: 'stored' }), await alice.node.send('bob', 'four', { wait: 'stored' })] as const
    assert.deepEqual(sent.map(m => m.state), ['stored', 'stored'])
    // She has read both in the log: of what she has a receipt for alone nothing is told but that it is stored at last.
    await until(alice.node, e => e.type === 'messageState' && e.id === sent[1].id && e.state === 'stored')
    await third.stop()
    // His own relay mirrors the chat, and would show him both.
    await world.wake(bob, { mirrors: 'off' })
    const { home, alarm } = await bob.node.moveChat('alice', { lost: true })
    assert.deepEqual([home, alarm], [second.peerId, null])
    await bob.node.send('alice', 'five', { wait: 'stored' })
    await untilText(bob.node, 'four')
    await untilText(alice.node, 'five')
    const queued = await until(alice.node, e => e.type === 'messageState' && e.id === sent[0].id && e.state === 'queued')
    await until(alice.node, e => e.type === 'messageState' && e.id === sent[1].id && e.state === 'delivered', { after: queued.n })
    await same(alice, bob, ['one', 'two', 'three', 'four', 'five'])
    assert.deepEqual([await alice.node.listChats(), await bob.node.listChats()].map(([c]) => [c!.alarm, c!.home]), [[null, second.peerId], [null, second.peerId]])
  })

  it('tells each message once, whatever it went through', async () => {
    const told = async (who: Person): Promise<string[]> => {
      const texts: string[] = []
      for await (const { event } of who.node.receive()) if (event.type === 'message') texts.push(event.message.text)
      return texts
    }
    await alice.node.send('bob', 'six', { wait: 'delivered' })
    assert.deepEqual(await told(bob), ['one', 'three', 'four', 'six'])
    assert.deepEqual(await told(alice), ['two', 'five'])
  })
})
