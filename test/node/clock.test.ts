import assert from 'node:assert/strict'
import { SmallWorld, type SmallPerson } from './small-world.js'
import { LIMITS } from '../../src/protocol/wire/index.js'

const DAYS_3 = 3 * 24 * 3_600_000

describe('a machine whose clock is three days off', () => {
  let world: SmallWorld
  let off = 0
  beforeEach(async () => { off = 0; world = await SmallWorld.make() })
  afterEach(async () => { off = 0; await world.close() })

  async function shown (who: SmallPerson, to: string): Promise<Array<[string, number]>> {
    return (await who.node.showChat(to)).messages.map(({ text, at }) => [text, at.getTime()])
  }

  for (const [way, ms] of [['ahead', DAYS_3], ['behind', -DAYS_3]] as const) {
    it(`${way}: loses nothing of a chat, whose times stay within five minutes of the relay's`, async () => {
      const alice = await world.person('alice')
      const bob = await world.person('bob', { now: () => Date.now() + off })
      await world.introduce(alice, bob)
      off = ms
      await bob.crash()
      await bob.node.send('alice', 'from bob', { wait: 'delivered' })
      await alice.node.send('bob', 'from alice', { wait: 'delivered' })
      const lines = await shown(alice, 'bob')
      assert.deepEqual(lines.map(([text]) => text), ['from bob', 'from alice'])
      assert.deepEqual(await shown(bob, 'alice'), lines)
      for (const [, at] of lines) assert.ok(Math.abs(at - Date.now()) < LIMITS.clockSkewMs + 60_000)
      for (const { core } of [alice, bob]) assert.equal(core.chats.all()[0]!.chat.cursor.alarm, null)
    })

    it(`${way}: is met with a typed error at most, and becomes a contact once the clock is right`, async () => {
      off = ms
      const alice = await world.person('alice')
      const bob = await world.person('bob', { now: () => Date.now() + off })
      const { link } = await bob.node.createInvite()
      // Nobody can use a key package that begins in three days.
      if (ms > 0) await assert.rejects(alice.node.addContact(link), { code: 'ERR_NOT_FOUND' })
      else await alice.node.addContact(link)
      off = 0
      await bob.crash()
      // It does so by itself whenever it is connected: this waits for it.
      await bob.core.publisher.publish(world.relay.signer.key)
      await alice.node.addContact(link)
      await alice.node.send('bob', 'hello', { wait: 'delivered' })
      assert.deepEqual((await shown(bob, 'alice')).map(([text]) => text), ['hello'])
    })
  }
})
