import assert from 'node:assert/strict'
import { faultyLevel, type Faults } from '../store/faulty-level.js'
import { untilText, World, type Person } from './world.js'

describe('a message between two people over a relay', () => {
  let world: World
  let alice: Person
  let bob: Person
  const disk: Faults = { opened: 0 }

  before(async () => {
    world = await World.make()
    alice = await world.person('alice')
    bob = await world.person('bob', { store: { makeLevel: faultyLevel(disk) } })
    await world.introduce(alice, bob)
  })
  after(async () => { await world.close() })

  it('arrives, and its sender sees it delivered and then read', async () => {
    const sent = await alice.node.send('bob', 'hello bob', { wait: 'delivered' })
    assert.equal(sent.state, 'delivered')
    assert.equal(typeof sent.seq, 'number')
    const { event } = await untilText(bob.node, 'hello bob')
    assert.equal(event.type === 'message' && event.message.fromName, 'alice')
    const chats = await bob.node.listChats()
    assert.equal(chats[0]?.unread, 1)
    const read = alice.node.send('bob', 'are you there', { wait: 'read' })
    await untilText(bob.node, 'are you there')
    assert.equal((await bob.node.readChat('alice')).unread, 0)
    assert.equal((await read).state, 'read')
  })

  it('is on its receiver\'s disk together with the word that it came', async () => {
    let writes = 0
    await alice.node.send('bob', 'the first of eleven', { wait: 'delivered' })
    disk.beforeBatch = async (_size, isSynced) => { await Promise.resolve(isSynced && writes++) }
    for (let i = 0; i < 10; i++) await alice.node.send('bob', `one of ten: ${i}`, { wait: 'delivered' })
    disk.beforeBatch = undefined
    // One for each message and one for each word, as the log shows it; that of the first may come late.
    assert.ok(writes >= 10 && writes <= 21, `${writes} writes`)
  })

  it('is answered, and both sides show the same lines in the same order', async () => {
    const first = await bob.node.send('alice', 'hi alice', { wait: 'delivered' })
    await alice.node.send('bob', 'a reply', { replyTo: first.id, wait: 'delivered' })
    const texts = async (p: Person, other: string): Promise<string[]> => (await p.node.showChat(other)).messages.map(m => `${m.seq} ${m.text}`)
    assert.deepEqual(await texts(alice, 'bob'), await texts(bob, 'alice'))
    const last = (await bob.node.showChat('alice')).messages.at(-1)
    assert.equal(last?.replyTo?.id, first.id)
  })

  it('is shown once at every moment of its way into the log', async () => {
    for (let i = 0; i < 20; i++) {
      const { id } = await alice.node.send('bob', `on its way ${i}`, { wait: 'queued' })
      const shown = async (): Promise<number | null> => {
        const found = (await alice.node.showChat('bob', { limit: 5 })).messages.filter(m => m.id === id)
        assert.equal(found.length, 1)
        return found[0]!.seq
      }
      while (await shown() === null) await shown()
    }
  })

  it('waits at the relay while its receiver is away, and survives the sender\'s restart', async () => {
    await bob.node.close()
    const stored = await alice.node.send('bob', 'while you were out')
    assert.equal(stored.state, 'stored')
    await world.restart(alice)
    await world.wake(bob)
    await untilText(bob.node, 'while you were out')
    const again = await alice.node.send('bob', 'and again', { wait: 'delivered' })
    assert.equal(again.state, 'delivered')
    assert.equal((await alice.node.getMessage('bob', stored.id)).state, 'delivered')
  })

  it('is sent once under one idempotency key', async () => {
    const [one, two] = await Promise.all([1, 2].map(async () => await alice.node.send('bob', 'only once', { idempotencyKey: 'k1' })))
    assert.equal(one?.id, two?.id)
    const { messages } = await alice.node.showChat('bob')
    assert.equal(messages.filter(m => m.text === 'only once').length, 1)
  })

  it('goes on after the relay was restarted', async () => {
    await world.restartRelay()
    const sent = await alice.node.send('bob', 'after the restart', { wait: 'delivered' })
    assert.equal(sent.state, 'delivered')
  })
})
