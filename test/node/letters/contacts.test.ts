import assert from 'node:assert/strict'
import { openManifest, signManifest, UnavailableError } from '../../../src/protocol/wire/index.js'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'
import { until, untilText } from '../world.js'

describe('two people who find each other', () => {
  let world: SmallWorld
  let alice: SmallPerson
  let bob: SmallPerson

  beforeEach(async () => {
    world = await SmallWorld.make()
    alice = await world.person('alice')
    bob = await world.person('bob')
  })
  afterEach(async () => { await world.close() })

  it('at the same moment lose nothing, double nothing under one key, and end in one chat', async () => {
    const [toBob, toAlice] = [(await bob.node.createInvite()).link, (await alice.node.createInvite()).link]
    await Promise.all([alice.node.addContact(toBob), bob.node.addContact(toAlice)])
    const send = async (who: SmallPerson, to: string, text: string): Promise<string> => (await who.node.send(to, text, { idempotencyKey: text, wait: 'stored' })).id
    const first = await send(alice, 'bob', 'a1')
    await send(bob, 'alice', 'b1')
    await until(alice.node, e => e.type === 'chat' && e.change === 'joined')
    await until(bob.node, e => e.type === 'chat' && e.change === 'joined')
    for (const { id } of await alice.node.listChats()) assert.equal(await send(alice, id, 'a1'), first, 'asked again, whichever of the two chats is taken now')
    await send(bob, 'alice', 'b2')
    await send(alice, 'bob', 'a2')
    await Promise.all([untilText(bob.node, 'a2'), untilText(alice.node, 'b2')])
    // Now each has seen the other in a chat of its own making too, or uses the other's.
    await send(alice, 'bob', 'a3')
    await send(bob, 'alice', 'b3')
    await Promise.all(['a1', 'a2', 'a3'].map(async text => await untilText(bob.node, text)))
    await Promise.all(['b1', 'b2', 'b3'].map(async text => await untilText(alice.node, text)))
    const used = [alice.core.chats.directWith(bob.account.key)!.chat.id, bob.core.chats.directWith(alice.account.key)!.chat.id]
    assert.equal(used[0], used[1])
    for (const [who, texts] of [[alice, ['b1', 'b2', 'b3']], [bob, ['a1', 'a2', 'a3']]] as const) {
      const told: string[] = []
      for await (const { event } of who.node.receive()) if (event.type === 'message') told.push(event.message.text)
      assert.deepEqual(told.sort(), texts)
    }
  })

  it('have one chat when the first messages are sent at once to a contact that has none yet', async () => {
    await world.introduce(alice, bob)
    const carol = await world.person('carol')
    await carol.core.updates.write(carol.core.contacts.put({ ...bob.core.contacts.get(alice.account.key)!, theirGrant: null }, 'added').ops, [])
    await Promise.all(['one', 'two', 'three'].map(async text => await carol.node.send('alice', text)))
    assert.equal((await carol.node.listChats()).length, 1)
  })

  it('reach each other after one declined the other and then added it', async () => {
    await alice.node.addContact((await bob.node.identity()).link)
    await alice.node.send('bob', 'never seen')
    await until(bob.node, e => e.type === 'request')
    await bob.node.declineRequest((await bob.node.listRequests())[0]!.id)
    await bob.node.addContact((await alice.node.createInvite()).link)
    await until(alice.node, e => e.type === 'chat' && e.change === 'joined')
    await alice.node.send('bob', 'and now', { wait: 'delivered' })
    await untilText(bob.node, 'and now')
  })

  it('are no strangers once one adds the other whose request waits', async () => {
    await alice.node.addContact((await bob.node.identity()).link)
    await alice.node.send('bob', 'hello?')
    await until(bob.node, e => e.type === 'request')
    await bob.node.addContact((await alice.node.identity()).link)
    assert.equal((await bob.node.listRequests()).length, 0)
    await untilText(bob.node, 'hello?')
    assert.equal((await bob.node.listChats()).length, 1)
  })

  it('stay blocked when a newer manifest, asked for before, arrives', async () => {
    await world.introduce(alice, bob)
    const { contacts } = alice.core
    const before = contacts.get(bob.account.key)!
    const held = openManifest(before.manifest)
    const newer = openManifest(signManifest({ ...held.manifest, version: held.manifest.version + 1, prev: held.hash }, bob.device))
    await alice.node.blockContact('bob', true)
    assert.equal(contacts.meetManifest(before, newer)?.record.blocked, true)
    assert.deepEqual(contacts.get(bob.account.key)!.manifest, newer.bytes)
  })

  it('keep what they know of each other when a request is declined for good', async () => {
    await alice.node.addContact((await bob.node.identity()).link)
    await until(bob.node, e => e.type === 'request')
    const request = bob.core.requests.all()[0]!
    // Added by letter while the list was on the screen.
    await bob.core.updates.write(bob.core.contacts.put({ ...alice.core.contacts.get(bob.account.key)!, account: alice.account.key, manifest: alice.core.account.manifest.bytes, alias: 'Ally' }, 'added').ops, [])
    await bob.node.declineRequest((await bob.node.listRequests())[0]!.id, { block: true })
    assert.equal(bob.core.contacts.get(request.account)?.alias, 'Ally')
    assert.equal(bob.core.contacts.get(request.account)?.blocked, true)
  })
})

describe('whoever waits for something of a node', () => {
  it('is told when the node stops', async () => {
    const world = await SmallWorld.make()
    try {
      const [alice, bob] = [await world.person('alice'), await world.person('bob')]
      await world.introduce(alice, bob)
      await bob.close()
      const sent = alice.node.send('bob', 'nobody there', { wait: 'delivered' })
      await eventually(() => alice.core.chats.all()[0]!.chat.cursor.seq > 1)
      const read = until(alice.node, () => false)
      const outcomes = Promise.allSettled([sent, read])
      await alice.close()
      for (const outcome of await outcomes) assert.equal(outcome.status === 'rejected' && outcome.reason instanceof UnavailableError, true)
      await Promise.all([alice.open(), bob.open()])
      await untilText(bob.node, 'nobody there')
    } finally {
      await world.close()
    }
  })
})
