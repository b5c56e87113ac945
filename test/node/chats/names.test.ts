/** What members of a group who are no contacts are called: by the names that they give themselves. */
import assert from 'node:assert/strict'
import { eventually } from '../small-world.js'
import { untilText, World, type Person } from '../world.js'

const AT_ONCE = { marks: { groupMarkMs: 0, groupMarkSpreadMs: 0 } }

describe('members of a group who are no contacts of each other', () => {
  let world: World
  let ann: Person
  let bob: Person
  let cat: Person

  before(async () => {
    world = await World.make()
    ann = await world.person('ann', AT_ONCE)
    bob = await world.person('bob', AT_ONCE)
    cat = await world.person('cat', AT_ONCE)
    await world.introduce(ann, bob)
    await world.introduce(ann, cat)
  })
  after(async () => { await world.close() })

  const namesAt = async (person: Person): Promise<string[]> => (await person.node.showGroup('Birds')).members.map(({ name }) => name).sort()
  const isCalled = async (person: Person, names: string[]): Promise<void> => { await eventually(async () => (await namesAt(person).catch(() => [])).join() === names.sort().join()) }
  const end = async (person: Person): Promise<string> => (await person.node.identity()).account.slice(-8)

  it('see each other\'s names, also of who has said nothing', async () => {
    await ann.node.createGroup('Birds', { members: ['bob', 'cat'] })
    for (const person of [ann, bob, cat]) await isCalled(person, ['ann', 'bob', 'cat'])
    assert.deepEqual((await bob.node.listContacts()).map(({ name }) => name), ['ann'])
  })

  it('see them beside messages and notices, and name each other by them', async () => {
    await cat.node.send('Birds', 'hello @bob')
    const told = async (person: Person, text: string): Promise<unknown[]> => {
      const { event } = await untilText(person.node, text)
      return event.type === 'message' ? [event.message.fromName, event.message.mentionsMe] : []
    }
    assert.deepEqual(await told(bob, 'hello @bob'), ['cat', true])
    await bob.node.send('Birds', 'hello @cat')
    assert.deepEqual(await told(cat, 'hello @cat'), ['bob', true])
    assert.equal((await bob.node.searchMessages({ query: 'hello', from: 'cat' })).messages.length, 1)
  })

  it('see a new name when somebody takes one, and contacts see it in their direct chats', async () => {
    await ann.node.send('cat', 'just us', { wait: 'delivered' })
    assert.equal((await cat.node.renameAccount('Catherine')).name, 'Catherine')
    await isCalled(bob, ['ann', 'bob', 'Catherine'])
    await eventually(async () => (await ann.node.listContacts()).some(({ name }) => name === 'Catherine'))
    await eventually(async () => (await ann.node.listChats()).some(({ kind, title }) => kind === 'direct' && title === 'Catherine'))
    await world.restart(bob)
    await isCalled(bob, ['ann', 'bob', 'Catherine'])
  })

  it('are told apart when two go by one name, and no stranger goes by a contact\'s', async () => {
    const twin = await world.person('Catherine', AT_ONCE)
    const liar = await world.person('ANN ', AT_ONCE)
    await world.introduce(ann, twin)
    await world.introduce(ann, liar)
    await ann.node.addMembers('Birds', [(await twin.node.identity()).account, (await liar.node.identity()).account])
    const [one, other, third] = [await end(cat), await end(twin), await end(liar)]
    await isCalled(bob, ['ann', 'bob', `Catherine~${one}`, `Catherine~${other}`, `ANN~${third}`])
    await bob.node.send('Birds', `I mean @Catherine~${other}`)
    await eventually(async () => (await twin.node.showChat('Birds')).messages.at(-1)?.mentionsMe === true)
    assert.equal((await cat.node.showChat('Birds')).messages.at(-1)!.mentionsMe, false)
  })

  it('that are contacts by one name are told apart too, and one that has an alias goes by it', async () => {
    await ann.node.renameContact((await cat.node.identity()).account, 'Cathy')
    const names = await namesAt(ann)
    assert.ok(names.includes('Cathy') && names.includes('Catherine') && names.includes('ANN ~'.replace(' ~', `~${await end(world.people.get('ANN ')!)}`)), names.join())
    await ann.node.renameContact('Cathy', null)
    assert.ok((await namesAt(ann)).includes(`Catherine~${await end(cat)}`))
  })

  it('are known to a newcomer who may not read what was before', async () => {
    await ann.node.editGroup('Birds', { history: false })
    const eve = await world.person('eve', AT_ONCE)
    await world.introduce(ann, eve)
    await ann.node.addMembers('Birds', ['eve'])
    await eventually(async () => (await eve.node.listChats()).some(({ title }) => title === 'Birds'))
    const names = await namesAt(eve)
    assert.ok(names.includes('bob') && names.includes('ann') && names.some(name => name.startsWith('Catherine~')), names.join())
    await isCalled(bob, ['ann', 'bob', 'eve', `Catherine~${await end(cat)}`, `Catherine~${await end(world.people.get('Catherine')!)}`, `ANN~${await end(world.people.get('ANN ')!)}`])
  })
})
