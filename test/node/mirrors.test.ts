import assert from 'node:assert/strict'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { createRelay, type Relay } from '../../src/relay/index.js'
import { LyingRelay } from '../adversary/lying-relay.js'
import { until, untilText, World, type Person } from './world.js'


async function textsOf ({ node }: Person, chat: string): Promise<string[]> {
  return (await node.showChat(chat)).messages.flatMap(m => m.text === null ? [] : [m.text])
}

describe('a chat that lives at the relay of the other', () => {
  let world: World
  let other: Relay
  let alice: Person
  let bob: Person
  let listen: string

  const startOther = async (listen = '/ip4/127.0.0.1/tcp/0'): Promise<void> => { other = await createRelay({ directory: join(world.dir, 'other-relay'), listen: [listen], http: false }) }

  before(async () => {
    world = await World.make()
    await startOther()
    alice = await world.person('alice')
    bob = await world.person('bob', { relay: false })
    await bob.node.addRelay(other.addresses()[0]!)
    await world.introduce(alice, bob)
  })
  after(async () => {
    await world.close()
    await other.stop()
  })

  it('is read and written through the own relay, which mirrors it', async () => {
    assert.equal((await alice.node.send('bob', 'to the mirror', { wait: 'delivered' })).state, 'delivered')
    await untilText(bob.node, 'to the mirror')
    assert.equal((await bob.node.send('alice', 'through it', { wait: 'delivered' })).state, 'delivered')
    await untilText(alice.node, 'through it')
    const { mirrors } = await other.status()
    assert.deepEqual([mirrors.logs, mirrors.broken, mirrors.connected], [1, 0, 1])
    const [chat] = await bob.node.listChats()
    assert.equal(chat!.home, world.relay.peerId)
    assert.deepEqual((await bob.node.listRelays()).map(r => r.peer).filter(peer => peer !== other.peerId && peer !== world.relay.peerId), [])
  })

  it('is reported to the operator of its home, not to the mirror\'s', async () => {
    const { messages } = await bob.node.showChat('alice')
    await bob.node.report('alice', messages.find(m => !m.own)!.id, 'a complaint')
    assert.deepEqual([(await world.relay.status()).reports, (await other.status()).reports], [1, 0])
  })

  it('is read there while its home is away, also what came while one was not there oneself', async () => {
    await bob.node.close()
    const { bytes } = await other.status()
    await alice.node.send('bob', 'and gone')
    while ((await other.status()).bytes === bytes) await setImmediate()
    listen = world.address.replace(/\/p2p\/.*$/, '')
    await world.relay.stop()
    await world.wake(bob)
    await untilText(bob.node, 'and gone')
  })

  it('is written in while its home is away, and all of it comes once when the home is back', async () => {
    const texts = ['one', 'two', 'three']
    for (const text of texts) await bob.node.send('alice', text, { wait: 'queued' })
    await world.startRelay(listen)
    for (const text of texts) await untilText(alice.node, text)
    assert.equal((await bob.node.send('alice', 'last', { wait: 'delivered' })).state, 'delivered')
    assert.deepEqual(await textsOf(alice, 'bob'), ['to the mirror', 'through it', 'and gone', 'one', 'two', 'three', 'last'])
    assert.equal((await bob.node.listChats())[0]!.caught, null)
  })

  it('is visited at its home by who does not want mirrors', async () => {
    await world.restart(bob, { mirrors: 'off' })
    assert.equal((await bob.node.send('alice', 'by a visit', { wait: 'delivered' })).state, 'delivered')
    await world.restart(bob)
    assert.equal((await bob.node.send('alice', 'by the mirror again', { wait: 'delivered' })).state, 'delivered')
    await until(alice.node, e => e.type === 'message' && e.message.text === 'by the mirror again')
  })
})

describe('a home relay that mirrors nothing', () => {
  it('leaves its people to visit the homes of their chats', async () => {
    const world = await World.make()
    // It lies about nothing.
    const old = await LyingRelay.start()
    try {
        const alice = await world.person('alice')
      const bob = await world.person('bob', { relay: false })
      await bob.node.addRelay(old.addresses()[0]!)
      await world.introduce(alice, bob)
      assert.equal((await bob.node.send('alice', 'by a visit', { wait: 'delivered' })).state, 'delivered')
      assert.equal((await alice.node.send('bob', 'and back', { wait: 'delivered' })).state, 'delivered')
      assert.equal(old.services.mirrors.counts.logs, 0)
    } finally {
      await world.close()
      await old.stop()
    }
  })
})
