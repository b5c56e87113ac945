/** Secret chats between two real nodes over a real relay. */
import assert from 'node:assert/strict'
import { LIMITS, type SecretInfo, type UpdateEvent } from '../../../src/protocol/api/index.js'
import type { Person, World } from '../world.js'
import { annAndBob, hears, said, seen, stands } from './meeting.js'

type SecretEvent = Extract<UpdateEvent, { type: 'secret' }>

describe('a secret chat', () => {
  let world: World
  let ann: Person
  let bob: Person

  before(async () => { ({ world, ann, bob } = await annAndBob()) })
  after(async () => { await world.close() })

  const open = async (): Promise<SecretInfo> => {
    const asking = await ann.node.startSecret('bob')
    assert.equal(asking.state, 'asking')
    await assert.rejects(ann.node.sendSecret(asking.id, 'too early'), { code: 'ERR_FORBIDDEN' })
    await stands(bob, asking.id, ({ state }) => state === 'asked')
    assert.equal((await bob.node.status()).secretsAsked, 1)
    assert.equal((await bob.node.acceptSecret(asking.id)).state, 'open')
    return await stands(ann, asking.id, ({ state }) => state === 'open')
  }

  it('begins when the other has accepted, and carries messages, answers, reactions, edits and deletes', async () => {
    const { id } = await open()
    const hello = await ann.node.sendSecret(id, 'hello')
    await hears(bob, id, 'hello')
    assert.deepEqual([(await bob.node.status()).secretsAsked, (await bob.node.status()).secretsUnread], [0, 1])
    await bob.node.sendSecret(id, 'hi', { replyTo: hello.id! })
    assert.equal((await hears(ann, id, 'hi')).replyTo, hello.id)
    await ann.node.editSecret(id, hello.id!, '**hello** there', { format: 'markdown' })
    assert.deepEqual((await hears(bob, id, 'hello there')).entities, [{ type: 'bold', offset: 0, length: 5 }])
    await bob.node.reactSecret(id, hello.id!, ['👍'])
    await seen(ann, async () => (await ann.node.secretLines(id)).find(line => line.reactions.theirs[0] === '👍'))
    await bob.node.readSecret(id)
    await seen(ann, async () => (await ann.node.secretLines(id)).find(line => line.id === hello.id && line.state === 'read'))
    await ann.node.deleteSecret(id, [hello.id!])
    await seen(bob, async () => (await bob.node.secretLines(id)).some(line => line.id === hello.id) ? undefined : true)
    assert.deepEqual(await said(bob, id), ['accepted', 'hi'])
    assert.equal((await ann.node.showSecret(id)).path, 'relay')
  })

  it('goes on over restarts of both, in order and without a message twice', async () => {
    const { id } = await open()
    await bob.node.close()
    for (let i = 0; i < 5; i++) await ann.node.sendSecret(id, `while away ${i}`)
    // Of that no update tells: it matters to whoever looks.
    while ((await ann.node.secretLines(id))[0]!.state !== 'sent') await new Promise(resolve => { setImmediate(resolve) })
    await world.restart(ann)
    await ann.node.sendSecret(id, 'after a restart')
    await world.wake(bob)
    await hears(bob, id, 'after a restart')
    assert.deepEqual((await said(bob, id)).filter(text => text !== 'accepted'), [...Array.from({ length: 5 }, (_, i) => `while away ${i}`), 'after a restart'])
    for await (const { event } of ann.node.receive({ after: 0, follow: true })) if (event.type === 'secret' && event.secret === id && event.change === 'delivered' && (await ann.node.secretLines(id))[0]!.state === 'delivered') break
    await bob.node.sendSecret(id, 'here again')
    await hears(ann, id, 'here again')
  })

  it('counts what was written as waiting, and not what a device says by itself', async () => {
    const asking = await ann.node.startSecret('bob')
    await stands(bob, asking.id, ({ state }) => state === 'asked')
    await ann.node.close()
    const { id, waiting } = await bob.node.acceptSecret(asking.id)
    assert.equal(waiting, 0)
    await bob.node.setSecretTimer(id, 60)
    assert.equal((await bob.node.showSecret(id)).waiting, 0)
    await bob.node.sendSecret(id, 'this waits')
    assert.equal((await bob.node.showSecret(id)).waiting, 1)
    await world.restart(bob)
    assert.equal((await bob.node.showSecret(id)).waiting, 1)
    await world.wake(ann)
    await hears(ann, id, 'this waits')
    await stands(bob, id, one => one.waiting === 0)
    await ann.node.readSecret(id)
    await ann.node.sendSecret(id, 'and back')
    await hears(bob, id, 'and back')
    for (const { node } of [ann, bob]) while ((await node.showSecret(id)).waiting !== 0) await new Promise(resolve => { setImmediate(resolve) })
  })

  it('goes on after each receipt that went alone, whoever speaks', async () => {
    const { id } = await open()
    const deliveredBy = async ({ node }: Person, text: string): Promise<void> => {
      const sent = await node.sendSecret(id, text)
      await seen({ node }, async () => (await node.secretLines(id)).find(line => line.id === sent.id && line.state === 'delivered'))
    }
    for (let i = 0; i < 3; i++) await deliveredBy(bob, `bob ${i}`)
    for (let i = 0; i < 3; i++) await deliveredBy(ann, `ann ${i}`)
    await deliveredBy(bob, 'bob again')
  })

  it('has the same code on both sides, and another one with another device', async () => {
    const { id } = await open()
    const [a, b] = [await ann.node.secretCode(id), await bob.node.secretCode(id)]
    assert.deepEqual(a, b)
    assert.match(a.digits, /^(\d{5} ){11}\d{5}$/u)
    assert.equal(a.emoji.length, 8)
  })

  it('erases messages after they were read, by the timer that stood when they were sent', async () => {
    const { id } = await open()
    await ann.node.setSecretTimer(id, 1)
    const gone = await ann.node.sendSecret(id, 'gone soon')
    await hears(bob, id, 'gone soon')
    assert.equal((await bob.node.showSecret(id)).timer, 1)
    await bob.node.readSecret(id)
    for (const person of [bob, ann]) await seen(person, async () => (await person.node.secretLines(id)).some(line => line.id === gone.id) ? undefined : true)
    assert.deepEqual(await said(bob, id), ['accepted', 'timer:1'])
  })

  it('ends on both sides, and nothing of it stays but that it was', async () => {
    const { id } = await open()
    await ann.node.sendSecret(id, 'a last word')
    await hears(bob, id, 'a last word')
    await bob.node.closeSecret(id)
    await seen(ann, async () => (await ann.node.showSecret(id)).state === 'closed' ? true : undefined)
    for (const { node } of [ann, bob]) {
      assert.deepEqual(await node.secretLines(id), [])
      await assert.rejects(node.sendSecret(id, 'x'), { code: 'ERR_FORBIDDEN' })
    }
  })

  it('tells what happens by updates that hold no word of it', async () => {
    const events: SecretEvent[] = []
    const stop = new AbortController()
    for await (const { event } of bob.node.receive({ after: 0, follow: false, signal: stop.signal })) if (event.type === 'secret') events.push(event)
    assert.ok(events.some(({ change }) => change === 'asked') && events.some(({ change }) => change === 'message') && events.some(({ change }) => change === 'expired'))
    assert.ok(!JSON.stringify(events).includes('hello'))
  })

  it('once it is closed can be forgotten, and is so by itself after two weeks', async () => {
    const { id } = await open()
    await assert.rejects(ann.node.forgetSecret(id), { code: 'ERR_FORBIDDEN' })
    await ann.node.closeSecret(id)
    await stands(bob, id, ({ state }) => state === 'closed')
    await ann.node.forgetSecret(id)
    await world.restart(ann)
    await assert.rejects(ann.node.showSecret(id), { code: 'ERR_NOT_FOUND' })
    const isThere = async (): Promise<boolean> => (await bob.node.listSecrets()).some(one => one.id === id)
    await world.restart(bob)
    assert.ok(await isThere())
    await bob.node.close()
    await world.wake(bob, { now: () => Date.now() + LIMITS.secretClosedMs })
    await seen(bob, async () => await isThere() ? undefined : true)
  })
})
