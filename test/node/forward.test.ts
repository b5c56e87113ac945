/** Forwarding, between real nodes. What it does with files is in media/forward.test.ts. */
import assert from 'node:assert/strict'
import { until, untilText, World, type Person } from './world.js'

describe('forwarding', () => {
  let world: World
  let bob: Person
  before(async () => {
    world = await World.make()
    const people = [await world.person('alice'), await world.person('bob'), await world.person('carol')] as const
    bob = people[1]
    await world.introduce(people[0], bob)
    await world.introduce(people[2], bob)
    await bob.node.renameContact('alice', 'my sister')
  })
  after(async () => { await world.close() })

  it('says in another chat what was said in the first: its words, their form, its author by their own name, and nothing else', async () => {
    const [alice, carol] = [world.people.get('alice')!, world.people.get('carol')!]
    const asked = await bob.node.send('my sister', 'where?', { wait: 'delivered' })
    const said = await alice.node.send('bob', 'at the harbour, at six', { replyTo: asked.id, entities: [{ type: 'bold', offset: 7, length: 7 }], silent: true, wait: 'delivered' })
    const [sent] = await bob.node.forwardMessages('my sister', [said.id], 'carol', { wait: 'delivered' })
    assert.equal(sent!.state, 'delivered')
    const { event } = await untilText(carol.node, 'at the harbour, at six')
    assert.ok(event.type === 'message')
    // The name is Alice's own: what Bob calls her is nobody else's business.
    assert.deepEqual(event.message.forwardedFrom, { name: 'alice', at: said.at })
    assert.deepEqual([event.message.fromName, event.message.replyTo, event.message.entities], ['bob', null, said.entities])
    assert.notEqual(event.message.id, said.id)
    assert.ok(!JSON.stringify(await carol.node.showChat('bob')).includes('my sister'))
  })

  it('keeps the first author when it is forwarded again, names oneself for own words, and names nobody when told so', async () => {
    const carol = world.people.get('carol')!
    const { messages } = await carol.node.showChat('bob')
    const [again] = await carol.node.forwardMessages('bob', [messages.at(-1)!.id], 'bob')
    assert.equal(again!.forwardedFrom!.name, 'alice')
    const own = await carol.node.send('bob', 'mine')
    const [first, second] = [await carol.node.forwardMessages('bob', [own.id], 'bob'), await carol.node.forwardMessages('bob', [again!.id, own.id], 'bob', { hideOrigin: true })]
    assert.equal(first[0]!.forwardedFrom!.name, 'carol')
    assert.deepEqual(second.map(({ text, forwardedFrom }) => [text, forwardedFrom]), [['at the harbour, at six', null], ['mine', null]])
  })

  it('says what a message says since it was edited, also while the edit is on its way: what its author took out of it goes nowhere', async () => {
    const { id } = await bob.node.send('carol', 'the code is 1234', { wait: 'delivered', entities: [{ type: 'bold', offset: 12, length: 4 }] })
    await bob.node.editMessage('carol', id, 'no code here')
    const [early] = await bob.node.forwardMessages('carol', [id], 'my sister', { wait: 'delivered' })
    assert.deepEqual([early!.text, early!.entities, early!.edited], ['no code here', [], false])
    const carol = world.people.get('carol')!
    await until(carol.node, event => event.type === 'messageChanged' && event.message.id === id)
    const [late] = await carol.node.forwardMessages('bob', [id], 'bob')
    assert.deepEqual([late!.text, late!.entities], ['no code here', []])
  })

  it('takes several in their order, once under one key, and none when one of them is nothing that was said', async () => {
    const ids: string[] = []
    for (const text of ['one', 'two', 'three']) ids.push((await bob.node.send('carol', text)).id)
    const sent = await bob.node.forwardMessages('carol', ids.toReversed(), 'my sister', { idempotencyKey: 'once' })
    const again = await bob.node.forwardMessages('carol', ids.toReversed(), 'my sister', { idempotencyKey: 'once' })
    assert.deepEqual(sent.map(({ text }) => text), ['three', 'two', 'one'])
    assert.deepEqual(again.map(({ id }) => id), sent.map(({ id }) => id))
    await bob.node.deleteMessages('carol', [ids[1]!])
    await until(bob.node, event => event.type === 'messageDeleted' && event.id === ids[1])
    const said = async (): Promise<string[]> => (await bob.node.showChat('my sister')).messages.map(({ id }) => id)
    const before = await said()
    await assert.rejects(bob.node.forwardMessages('carol', ids, 'my sister'), { code: 'ERR_BAD_INPUT', message: /taken back/ })
    await assert.rejects(bob.node.forwardMessages('carol', [ids[0]!, 'baaaaaaaaaaaaaaaaaaaaaaaaaa'], 'my sister'), { code: 'ERR_NOT_FOUND' })
    await assert.rejects(bob.node.forwardMessages('carol', [], 'my sister'), { code: 'ERR_BAD_INPUT' })
    await assert.rejects(bob.node.forwardMessages('carol', [ids[0]!], 'nobody'), { code: 'ERR_NOT_FOUND' })
    assert.deepEqual(await said(), before)
  })

  it('takes what still waits for a relay', async () => {
    const listen = world.address.replace(/\/p2p\/.*$/, '')
    await world.relay.stop()
    const waiting = await bob.node.send('carol', 'later', { wait: 'queued' })
    const [sent] = await bob.node.forwardMessages('carol', [waiting.id], 'my sister', { wait: 'queued' })
    assert.deepEqual([sent!.text, sent!.state], ['later', 'queued'])
    await world.startRelay(listen)
    await untilText(world.people.get('alice')!.node, 'later')
  })
})
