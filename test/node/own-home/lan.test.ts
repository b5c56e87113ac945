import assert from 'node:assert/strict'
import { until, untilText, World, type Person } from '../world.js'
import { LanWorld, meet } from './lan-world.js'

describe('two nodes without any relay', () => {
  let world: LanWorld
  let alice: Person
  let bob: Person

  before(async () => {
    world = await LanWorld.make()
    alice = await world.person('alice')
    bob = await world.person('bob')
    await meet(alice, bob)
  })
  after(async () => { await world.close() })

  const texts = async (p: Person, chat: string): Promise<string[]> => (await p.node.showChat(chat)).messages.map(m => `${m.seq} ${m.text}`)

  it('talk with each other, and both have one order', async () => {
    assert.equal((await alice.node.send('bob', 'hello bob', { wait: 'delivered' })).state, 'delivered')
    await untilText(bob.node, 'hello bob')
    assert.equal((await bob.node.send('alice', 'hello alice', { wait: 'delivered' })).state, 'delivered')
    await untilText(alice.node, 'hello alice')
    assert.deepEqual(await texts(alice, 'bob'), await texts(bob, 'alice'))
  })

  it('say that a node is a home itself, and where it is reached', async () => {
    const status = await alice.node.status()
    const [own] = await alice.node.listRelays()
    assert.deepEqual([own?.own, own?.home, own?.state, own?.peer], [true, true, 'connected', status.identity.device])
    assert.equal(status.lan, true)
    assert.match(own?.address ?? '', /^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\//)
    assert.ok(new URLSearchParams((await alice.node.identity()).link.split('?')[1]).getAll('relay').includes(own?.address ?? ''))
    assert.deepEqual(status.warnings, [])
  })

  it('find each other again after the guest came back elsewhere', async () => {
    await bob.node.close()
    assert.equal((await alice.node.send('bob', 'while you were out')).state, 'stored')
    await world.wake(bob)
    await untilText(bob.node, 'while you were out')
    assert.equal((await alice.node.send('bob', 'welcome back', { wait: 'delivered' })).state, 'delivered')
  })

  it('keep what is said while the home is away, and send it when the home is back, elsewhere', async () => {
    await alice.node.close()
    const sent = await bob.node.send('alice', 'are you there?', { wait: 'queued' })
    assert.equal(sent.state, 'queued')
    await world.wake(alice)
    await untilText(alice.node, 'are you there?')
    await until(bob.node, e => e.type === 'messageState' && e.id === sent.id && e.state === 'delivered')
    assert.deepEqual(await texts(alice, 'bob'), await texts(bob, 'alice'))
  })

  it('let a stranger ask by the request log, as a relay does', async () => {
    const carol = await world.person('carol')
    await carol.node.addContact((await bob.node.identity()).link)
    await until(bob.node, e => e.type === 'request')
    const [request] = await bob.node.listRequests()
    await bob.node.acceptRequest(request?.id ?? '')
    assert.equal((await carol.node.send('bob', 'a stranger no more', { wait: 'delivered' })).state, 'delivered')
  })

  it('host nobody else: an account that comes is a guest', async () => {
    const relay = (await alice.node.listRelays())[0]?.address ?? ''
    const dave = await world.person('dave', { lan: false, listen: [] })
    await assert.rejects(dave.node.addRelay(relay), { code: 'ERR_ADMISSION' })
  })

  it('keep their logs for themselves without --lan, and say that others do not get in', async () => {
    world.room.forget()
    await alice.node.close()
    await world.wake(alice, { lan: false, listen: [] })
    assert.equal((await alice.node.send('bob', 'to myself, for now')).state, 'stored')
    const status = await alice.node.status()
    assert.equal(status.lan, false)
    assert.match(status.warnings.join(), /--lan/)
    assert.deepEqual(world.room.said, [])
    await alice.node.close()
    await world.wake(alice)
    await untilText(bob.node, 'to myself, for now')
  })

  it('take a real relay later: new chats live there, and the old ones go on', async () => {
    const relays = await World.make()
    try {
      await alice.node.addRelay(relays.address)
      const erin = await world.person('erin')
      await erin.node.addRelay(relays.address)
      await meet(alice, erin)
      assert.equal((await alice.node.send('erin', 'over the relay', { wait: 'delivered' })).state, 'delivered')
      assert.ok(relays.relay)
      // The chat's log, and at most one vault's of each.
      const { logs } = await relays.relay.status()
      assert.ok(logs >= 1 && logs <= 3, `${logs} logs`)
      assert.equal((await alice.node.send('bob', 'as ever', { wait: 'delivered' })).state, 'delivered')
    } finally {
      await alice.node.close()
      await relays.close()
      await world.wake(alice)
    }
  })
})
