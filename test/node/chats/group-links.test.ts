import assert from 'node:assert/strict'
import type { GroupLinkDraft } from '../../../src/protocol/api/index.js'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'

describe('a link to a group', () => {
  let world: SmallWorld
  let ann: SmallPerson
  let chat: string
  afterEach(async () => { await world.close() })

  async function scene (names: readonly string[], options: { history?: boolean } = {}): Promise<SmallPerson[]> {
    world = await SmallWorld.make()
    const people: SmallPerson[] = []
    for (const name of ['ann', ...names]) people.push(await world.person(name))
    ann = people[0]!
    chat = (await ann.node.createGroup('Birds', options)).chat.id
    return people.slice(1)
  }

  const link = async (draft: GroupLinkDraft = {}): Promise<string> => (await ann.node.createGroupLink(chat, draft)).link

  it('lets in who has it, as a member and as nobody\'s contact', async () => {
    const [bob, cat] = await scene(['bob', 'cat']) as [SmallPerson, SmallPerson]
    const text = await link()
    const { state, chat: joined, reason } = await bob.node.joinGroup(text)
    assert.deepEqual([state, joined?.title, reason], ['joined', 'Birds', null])
    assert.equal((await cat.node.joinGroup(text)).state, 'joined')
    await ann.node.send(chat, 'hello')
    for (const one of [bob, cat]) await eventually(async () => (await one.node.showChat(chat)).messages.some(m => m.text === 'hello'))
    await cat.node.send('Birds', 'hi')
    await eventually(async () => (await bob.node.showChat(chat)).messages.some(m => m.text === 'hi'))
    for (const one of [ann, bob, cat]) assert.deepEqual([await one.node.listContacts(), await one.node.listRequests(), (await one.node.listChats()).length], [[], [], 1])
    assert.deepEqual((await ann.node.showGroup(chat)).members.map(m => m.name).sort(), ['ann', 'bob', 'cat'])
    assert.equal((await ann.node.listGroupLinks(chat))[0]!.used, 2)
    // The same again is no second wish.
    assert.equal((await bob.node.joinGroup(text)).state, 'joined')
    assert.equal((await ann.node.listGroupLinks(chat))[0]!.used, 2)
  })
})
