/** The lines of a group that nobody wrote: each says what happened, once. */
import assert from 'node:assert/strict'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'

describe('the lines of a group that nobody wrote', function () {
  // A machine under load takes its time for what five nodes do one after the other.
  this.timeout(60_000)

  let world: SmallWorld
  let ann: SmallPerson
  let bob: SmallPerson
  let chat: string
  beforeEach(async () => {
    world = await SmallWorld.make()
    ann = await world.person('ann')
    bob = await world.person('bob')
    await world.introduce(ann, bob)
  })
  afterEach(async () => { await world.close() })

  const begin = async (options: { history?: boolean } = {}): Promise<void> => {
    chat = (await ann.node.createGroup('Birds', { ...options, members: ['bob'] })).chat.id
    await isIn(bob)
  }
  const isIn = async (who: SmallPerson): Promise<void> => { await eventually(async () => (await who.node.showGroup(chat).catch(() => undefined))?.role === 'member') }
  const lines = async (who: SmallPerson): Promise<string[]> => (await who.node.showChat(chat, { limit: 100 })).messages.map(({ own, fromName, text, kind }) => kind === 'service' ? `${own ? 'me' : fromName} ${text}` : text)
  const comes = async (name: string): Promise<SmallPerson> => {
    const who = await world.person(name)
    await who.node.joinGroup((await ann.node.createGroupLink(chat)).link, { waitMs: 50_000 })
    await isIn(who)
    return who
  }

  it('say that somebody has come by a link, to those who are there and to those who come later', async () => {
    await begin()
    await comes('cat')
    await eventually(async () => (await lines(bob)).includes('ann let cat in: joined by link'))
    const dan = await comes('dan')
    await eventually(async () => (await lines(dan)).includes('ann let cat in: joined by link'))
    // By a contact it is added.
    assert.ok((await lines(ann)).includes('me added bob'))
  })

  it('say once that somebody leaves, to those who come later too', async () => {
    await begin()
    const cat = await comes('cat')
    await cat.node.leaveGroup(chat)
    await eventually(async () => (await ann.node.showGroup(chat)).chat.members === 2)
    await eventually(async () => (await bob.node.showGroup(chat)).chat.members === 2)
    for (const who of [ann, bob, cat]) await eventually(async () => (await lines(who)).at(-1) === `${who === cat ? 'me' : 'cat'} leaves`)
    await eventually(async () => (await cat.node.showGroup(chat)).role === null)
    const dan = await comes('dan')
    await eventually(async () => (await lines(dan)).some(line => line.endsWith('leaves')))
    await eventually(async () => !(await dan.node.showChat(chat)).hasMore)
    assert.deepEqual((await lines(dan)).filter(line => /removed|leaves/.test(line)), ['cat leaves'])
    // Who is removed did not leave.
    await eventually(async () => (await bob.node.showGroup(chat)).members.some(({ name }) => name === 'dan'))
    await ann.node.removeMembers(chat, ['dan'])
    await eventually(async () => (await lines(bob)).at(-1) === 'ann removed dan')
    await eventually(async () => (await lines(dan)).at(-1) === 'ann removed you')
  })

  it('say where what was before is hidden, to who comes for the first time and to who comes back', async () => {
    await begin({ history: false })
    await ann.node.send(chat, 'one')
    await ann.node.removeMembers(chat, ['bob'])
    await ann.node.send(chat, 'two')
    await ann.node.addMembers(chat, ['bob'])
    await isIn(bob)
    await ann.node.send(chat, 'three')
    const hidden = 'me cannot see what was said before this'
    await eventually(async () => (await lines(bob)).at(-1) === 'three')
    await eventually(async () => (await lines(bob)).join() === [hidden, 'one', 'ann removed you', hidden, 'three'].join())
    assert.ok(!(await lines(ann)).includes(hidden))
  })
})
