/** What was receipted and not read yet, when the log is taken over from below it: the receipts are worth nothing, and whoever gave them is accused of nothing. */
import assert from 'node:assert/strict'
import { sameBytes } from '../../../src/protocol/wire/index.js'
import type { ChatSession } from '../../../src/node/chats/index.js'
import { eventually, SmallWorld, type SmallPerson, type SmallRelay } from '../small-world.js'

describe('receipts of a relay from which a chat is taken over', () => {
  let world: SmallWorld
  let alice: SmallPerson
  let bob: SmallPerson
  let first: SmallRelay
  let second: SmallRelay
  let third: SmallRelay
  /** Relays from which nothing that is pushed comes to bob: each answers him, and is cut off before he reads what he wrote. */
  const mute = new Set<SmallRelay>()

  const session = ({ core }: SmallPerson): ChatSession => core.chats.all()[0]!
  const chat = (who: SmallPerson): ChatSession['chat'] => session(who).chat
  const texts = async (who: SmallPerson): Promise<string[]> => (await who.node.showChat(chat(who).id, { limit: 100 })).messages.map(({ seq, text }) => `${seq} ${text}`)

  beforeEach(async () => {
    world = await SmallWorld.make(4)
    ;[first, , second, third] = world.relays as [SmallRelay, SmallRelay, SmallRelay, SmallRelay]
    alice = await world.person('alice')
    bob = await world.person('bob', {}, world.relays[1])
    for (const relay of [second, third]) {
      const connect = relay.connect.bind(relay)
      relay.connect = (device, onPush) => connect(device, push => mute.has(relay) && sameBytes(device, bob.device.key) ? undefined : onPush?.(push))
      await alice.node.addRelay(relay.address)
    }
    await world.introduce(alice, bob)
    await alice.node.moveChat('bob', { to: second.address })
    await bob.node.send('alice', 'here', { wait: 'delivered' })
    await eventually(() => [alice, bob].every(who => chat(who).outbox.size === 0 && chat(who).cursor.seq === chat(alice).cursor.seq))
    // From here on she reads nothing of it any more.
    alice.meets(world.relays.filter(relay => relay !== second))
    second.cutOff(alice.device.key)
  })
  afterEach(async () => {
    mute.clear()
    await world.close()
  })

  /** Both have the same lines, and nothing waits; nobody is accused. */
  async function atRest (said: readonly string[]): Promise<void> {
    await eventually(async () => {
      for (const who of [alice, bob]) assert.equal(chat(who).cursor.alarm, null, who.name)
      return [alice, bob].every(who => chat(who).outbox.size + chat(who).back.size === 0) && (await texts(alice)).length === said.length && (await texts(alice)).join() === (await texts(bob)).join()
    })
    assert.deepEqual((await texts(bob)).map(line => line.replace(/^\d+ /, '')), said)
  }

  /** Bob has receipts for what he says, and is cut off before he reads it; the relay is gone, and alice goes on without it. */
  async function unread (...said: readonly string[]): Promise<void> {
    const { seq } = chat(bob).cursor
    mute.add(second)
    for (const text of said) await bob.node.send('alice', text, { wait: 'stored' })
    assert.equal(chat(bob).cursor.seq, seq)
    bob.meets([])
    for (const relay of world.relays) relay.cutOff(bob.device.key)
    mute.clear()
    second.cut(true)
    await alice.node.moveChat('bob', { to: third.address, lost: true })
  }

  /** It is back there. */
  async function backAtSecond (): Promise<void> {
    second.back()
    alice.meets(world.relays)
    await alice.node.moveChat('bob', { to: second.address })
  }

  it('are not held against it when the log itself says first that it was taken over, and what has one goes out again', async () => {
    await unread('one', 'two')
    await backAtSecond()
    bob.meets([second])
    await atRest(['here', 'one', 'two'])
  })

  it('are not held against it by who knows already where the log went since, and has not read why', async () => {
    await unread('one', 'two', 'three', 'four')
    await backAtSecond()
    await session(bob).heardOfMove(chat(alice).record.home!.action, alice.account.key)
    assert.equal(chat(bob).home.term, 4)
    bob.meets([second])
    await atRest(['here', 'one', 'two', 'three', 'four'])
  })

  it('do not keep back what was to come again after the takeover before, when there is another one', async () => {
    await bob.node.send('alice', 'one', { wait: 'stored' })
    await eventually(() => chat(bob).outbox.size === 0)
    second.cut(true)
    mute.add(third)
    await alice.node.moveChat('bob', { to: third.address, lost: true })
    await eventually(() => chat(alice).current && alice.core.post.pending() === 0)
    alice.meets(world.relays.filter(relay => relay !== third))
    third.cutOff(alice.device.key)
    // He brings it there, and is cut off before he reads it; so is she.
    await eventually(() => chat(bob).back.isUnderWay)
    third.cut(true)
    await alice.node.moveChat('bob', { to: first.address, lost: true })
    await bob.node.send('alice', 'two', { wait: 'queued' })
    await atRest(['here', 'one', 'two'])
  })
})
