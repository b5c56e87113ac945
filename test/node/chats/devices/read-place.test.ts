import assert from 'node:assert/strict'
import { LIMITS } from '../../../../src/protocol/wire/index.js'
import { eventually, SmallWorld } from '../../small-world.js'
import { SHARINGS } from '../../vault-logs.js'
import { sessionOf, texts } from './kit.js'

for (const [how, share] of SHARINGS) describe(`a place up to which somebody has read, their records shared ${how}`, () => {
  let world: SmallWorld
  afterEach(async () => { await world.close() })

  it('is the same on all devices: by a mark, and in a group that is too large for marks by the vault', async () => {
    world = await SmallWorld.make()
    const shared = share()
    const ann = await world.person('ann', { spareDevices: 1, shared })
    const bob = await world.person('bob')
    await world.introduce(ann, bob)
    const chat = ann.core.chats.all()[0]!.chat.id
    const group = (await ann.node.createGroup('Birds', { members: ['bob'] })).chat.id
    const second = await world.second(ann)
    await eventually(() => bob.core.chats.all().some(s => s.chat.id === group))
    // As if it had more members than marks are told to.
    for (const who of [ann, second]) Object.defineProperty(sessionOf(who, group).chat, 'hasReceipts', { get: () => sessionOf(who, group).chat.record.members.length > LIMITS.receiptMembers })
    for (const to of [chat, group]) {
      await bob.node.send(to, 'one')
      await bob.node.send(to, 'two')
      for (const who of [ann, second]) await eventually(async () => (await texts(who, to)).length === 2)
      assert.deepEqual([ann, second].map(who => sessionOf(who, to).chat.cursor.unread), [2, 2])
      await second.node.readChat(to)
      await eventually(() => sessionOf(ann, to).chat.cursor.unread === 0)
    }
    assert.ok(ann.core.vault.get(`read/${group}`) !== undefined && ann.core.vault.get(`read/${chat}`) === undefined)
    // It may know of the place before it has the messages.
    await ann.close()
    await bob.node.send(group, 'three')
    await eventually(async () => (await texts(second, group)).includes('three'))
    await second.node.readChat(group)
    await ann.open()
    Object.defineProperty(sessionOf(ann, group).chat, 'hasReceipts', { get: () => false })
    await eventually(async () => (await texts(ann, group)).includes('three'))
    await eventually(() => sessionOf(ann, group).chat.cursor.unread === 0)
  })
})
