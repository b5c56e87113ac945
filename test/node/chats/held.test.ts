import assert from 'node:assert/strict'
import { ENTRY_ID_LENGTH, ENTRY_KIND, fromBase32Text } from '../../../src/protocol/wire/index.js'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'
import { until, untilText } from '../world.js'
import { renewLeaf } from './schedule.js'

describe('a message and a commit that cross', () => {
  let world: SmallWorld
  let alice: SmallPerson
  let bob: SmallPerson
  let lost = false
  let slow: Promise<void> | undefined

  beforeEach(async () => {
    lost = false
    slow = undefined
    world = await SmallWorld.make()
    alice = await world.person('alice', {
      fate: async () => {
        await slow
        return lost ? 'lost-before' : 'pass'
      }
    })
    bob = await world.person('bob')
    await world.introduce(alice, bob)
    await alice.node.send('bob', 'first', { wait: 'delivered' })
  })
  afterEach(async () => { await world.close() })

  async function newEpoch (): Promise<void> {
    await renewLeaf(bob)
    world.relay.cutOff(bob.device.key)
    await eventually(() => [alice, bob].every(p => p.core.chats.all()[0]!.chat.keys.epoch === 2))
  }

  it('end with the message sealed anew, once', async () => {
    lost = true
    const { id } = await alice.node.send('bob', 'crossing', { wait: 'queued' })
    await newEpoch()
    lost = false
    alice.core.chats.all()[0]!.pump.poke()
    await untilText(bob.node, 'crossing')
    assert.equal((await bob.node.showChat('alice')).messages.filter(m => m.text === 'crossing')[0]?.id, id)
    const { chat } = alice.core.chats.all()[0]!
    await eventually(() => chat.outbox.size === 0)
    assert.equal(chat.outbox.receiptOf(fromBase32Text(id, ENTRY_ID_LENGTH)), undefined, 'nothing is kept of what is done')
  })

  it('end with the old sealing called back, however slow its call is, since the next epoch\'s key would let it in', async () => {
    let release = (): void => undefined
    slow = new Promise(resolve => { release = resolve })
    const { id } = await alice.node.send('bob', 'slow', { wait: 'queued' })
    await newEpoch()
    slow = undefined
    release()
    await untilText(bob.node, 'slow')
    assert.equal((await alice.node.getMessage('bob', id)).error, null)
  })

  it('end with a failed message when the relay puts the old sealing behind the commit, and the next one arrives', async () => {
    const { chat } = alice.core.chats.all()[0]!
    lost = true
    const { id } = await alice.node.send('bob', 'too late', { wait: 'queued' })
    const item = chat.outbox.all().find(i => !i.mark)!
    await newEpoch()
    lost = false
    await chat.link.append(chat.log, [{ id: item.id, kind: ENTRY_KIND.data, payload: item.sealing!.payload }])
    const { event } = await until(alice.node, e => e.type === 'messageState' && e.id === id)
    assert.equal(event.type === 'messageState' && event.state, 'failed')
    assert.match((await alice.node.getMessage('bob', id)).error!.message, /nobody can read it: send it again/)
    await alice.crash()
    assert.equal((await alice.node.getMessage('bob', id)).state, 'failed')
    await alice.node.send('bob', 'in time', { wait: 'delivered' })
    await untilText(bob.node, 'in time')
    for (const { core } of [alice, bob]) assert.equal(core.chats.all()[0]!.chat.cursor.alarm, null)
  })
})

describe('another history of a chat', () => {
  it('is noticed after a restart too, when a message names an entry that is only on the disk', async () => {
    const world = await SmallWorld.make()
    try {
      const [alice, bob] = [await world.person('alice'), await world.person('bob')]
      await world.introduce(alice, bob)
      await alice.node.send('bob', 'one', { wait: 'delivered' })
      const { chat } = bob.core.chats.all()[0]!
      // As if bob had been shown another first entry.
      Object.defineProperty(chat, 'sealing', { value: { ...chat.sealing, seen: { term: 1, seq: 1, hash: new Uint8Array(32) } } })
      await alice.crash()
      await bob.node.send('alice', 'I saw something else', { wait: 'queued' })
      await until(alice.node, e => e.type === 'chat' && e.change === 'alarm')
      assert.match(alice.core.chats.all()[0]!.chat.cursor.alarm?.message ?? '', /another history/)
    } finally {
      await world.close()
    }
  })
})
