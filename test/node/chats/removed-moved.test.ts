import assert from 'node:assert/strict'
import { ForbiddenError } from '../../../src/protocol/wire/index.js'
import { eventually, SmallWorld } from '../small-world.js'

describe('who was removed from a group whose relay is gone', () => {
  let world: SmallWorld
  afterEach(async () => { await world.close() })

  it('hears where the log went, reads there that it is out, and nothing after that', async () => {
    world = await SmallWorld.make(3)
    const [first, second, third] = world.relays
    const ann = await world.person('ann')
    const cat = await world.person('cat', {}, second)
    await world.introduce(ann, cat)
    await ann.node.addRelay(third!.address)
    const { chat: { id } } = await ann.node.createGroup('Birds', { members: ['cat'] })
    await eventually(() => cat.core.chats.all().some(({ chat }) => chat.id === id))
    await ann.node.moveChat(id, { to: third!.address })
    await ann.node.send(id, 'here', { wait: 'stored' })
    await eventually(async () => (await cat.node.showChat(id)).messages.some(({ text }) => text === 'here'))
    // She is away, and so is her relay.
    cat.meets([second!])
    third!.cutOff(cat.device.key)
    second!.cut(true)
    await ann.node.removeMembers(id, ['cat'])
    await ann.node.send(id, 'she is gone', { wait: 'stored' })
    third!.cut(true)
    second!.back()
    cat.meets([first!, second!])
    await ann.node.moveChat(id, { to: first!.address, lost: true })
    await eventually(async () => (await cat.node.showGroup(id)).role === null)
    const { messages } = await cat.node.showChat(id)
    assert.deepEqual(messages.map(({ kind, text }) => [kind, text]).slice(-1), [['service', 'removed you']])
    assert.ok(!messages.some(({ text }) => text === 'she is gone'))
    await assert.rejects(cat.node.send(id, 'still here'), ForbiddenError)
    assert.equal(cat.core.chats.all().find(({ chat }) => chat.id === id)?.chat.cursor.alarm, null)
  })
})
