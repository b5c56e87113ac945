/** Secret chats without any relay: straight from device to device. */
import assert from 'node:assert/strict'
import { LanWorld, meet } from '../own-home/lan-world.js'
import type { Person } from '../world.js'
import { hears, openSecretChat, said } from './meeting.js'

describe('a secret chat where there is no relay', () => {
  let world: LanWorld
  let ann: Person
  let bob: Person
  before(async () => {
    world = await LanWorld.make()
    ann = await world.person('ann')
    bob = await world.person('bob')
    await meet(ann, bob)
  })
  after(async () => { await world.close() })

  it('goes straight to the other device, and waits while that is away', async () => {
    const { id } = await openSecretChat(ann, bob)
    await ann.node.sendSecret(id, 'hello')
    await hears(bob, id, 'hello')
    await bob.node.sendSecret(id, 'hi')
    await hears(ann, id, 'hi')
    for (const { node } of [ann, bob]) assert.equal((await node.showSecret(id)).path, 'direct')
    await bob.node.close()
    await ann.node.sendSecret(id, 'while you were out')
    await ann.node.close()
    await world.wake(ann)
    assert.equal((await ann.node.showSecret(id)).path, 'direct')
    await world.wake(bob)
    await hears(bob, id, 'while you were out')
    assert.deepEqual(await said(bob, id), ['accepted', 'hello', 'hi', 'while you were out'])
  })
})
