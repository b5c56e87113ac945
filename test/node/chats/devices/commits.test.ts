import assert from 'node:assert/strict'
import type { Sharing } from '../../shared-vaults.js'
import { eventually, SmallWorld, type SmallPerson } from '../../small-world.js'
import { SHARINGS } from '../../vault-logs.js'
import { sessionOf, texts, transcript } from './kit.js'

for (const [how, share] of SHARINGS) describe(`commits of an account with several devices, their records shared ${how}`, () => {
  let world: SmallWorld
  let shared: Sharing
  let ann: SmallPerson
  let second: SmallPerson
  let bob: SmallPerson
  let group: string
  beforeEach(async () => {
    world = await SmallWorld.make()
    shared = share()
    ann = await world.person('ann', { spareDevices: 1, shared })
    bob = await world.person('bob')
    await world.introduce(ann, bob)
    group = (await ann.node.createGroup('Birds', { members: ['bob'] })).chat.id
    await eventually(() => bob.core.chats.all().some(s => s.chat.id === group))
    second = await world.second(ann)
    await eventually(() => sessionOf(second, group).chat.current)
  })
  afterEach(async () => { await world.close() })

  const epochs = (): number[] => [ann, second, bob].map(who => sessionOf(who, group).chat.record.epoch)
  async function same (): Promise<void> {
    await eventually(async () => new Set(epochs()).size === 1)
    for (const who of [second, bob]) assert.deepEqual(sessionOf(who, group).chat.keys.history, sessionOf(ann, group).chat.keys.history)
    await eventually(async () => await transcript(second, group) === await transcript(ann, group))
  }

  it('made by either are followed by the other, and what waited is sent in the new epoch', async () => {
    await second.node.editGroup(group, { title: 'Owls' })
    await ann.node.editGroup(group, { title: 'Hawks' })
    await ann.node.send(group, 'one')
    await second.node.send(group, 'two')
    await eventually(async () => (await texts(bob, group)).join() === 'one,two')
    await same()
    assert.equal(sessionOf(second, group).chat.title, 'Hawks')
  })

  it('made by both at once end in one state, and both do what they wished', async () => {
    await Promise.all([ann.node.editGroup(group, { title: 'Owls' }), second.node.editGroup(group, { about: 'who flies' }), bob.node.send(group, 'meanwhile')])
    await same()
    const { title, about } = sessionOf(bob, group).chat.policy!
    assert.deepEqual([title, about], ['Owls', 'who flies'])
    const kept = (who: SmallPerson): string => [...who.core.vault.list('commit/')].map(([name]) => name).sort().join()
    await eventually(() => kept(second) === kept(ann))
    // Of those that lost nothing is kept.
    assert.ok([...ann.core.vault.list('commit/')].length <= 4)
  })

  it('wait for what they led to: a device whose vault is away reads on when that is there again', async () => {
    await shared.away(second, true)
    await ann.node.editGroup(group, { title: 'Owls' })
    await ann.node.send(group, 'one')
    await eventually(async () => (await texts(bob, group)).includes('one'))
    assert.deepEqual(await texts(second, group), [])
    await shared.away(second, false)
    second.core.pool.poke()
    await eventually(async () => (await texts(second, group)).includes('one'))
    await same()
  })

  it('are handed to the home only once the vault has what they lead to', async () => {
    await shared.away(ann, true)
    const edited = ann.node.editGroup(group, { title: 'Owls' })
    await ann.node.send(group, 'one')
    await eventually(async () => (await texts(bob, group)).includes('one'))
    assert.equal(sessionOf(bob, group).chat.title, 'Birds')
    await shared.away(ann, false)
    await edited
    await same()
  })

  it('of a device that went further than its commits are kept lead the other one there, and it opens what lies between', async () => {
    await shared.away(second, true)
    await second.close()
    for (let n = 0; n < 33; n++) await ann.node.editGroup(group, { title: `Birds ${n}` })
    await ann.node.send(group, 'one')
    // What the first ones led to is gone from the vault: the checkpoint stands for it.
    assert.ok([...ann.core.vault.list('commit/')].length < 10)
    await second.open()
    await eventually(async () => (await texts(second, group)).includes('one'))
    await same()
  })
})
