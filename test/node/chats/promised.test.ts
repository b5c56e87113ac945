import assert from 'node:assert/strict'
import { copyOf, eventually, SmallWorld, type SmallPerson } from '../small-world.js'
import { until } from '../world.js'

describe('a receipt for an entry that the log has not shown yet', () => {
  let world: SmallWorld
  let alice: SmallPerson

  beforeEach(async () => {
    world = await SmallWorld.make()
    alice = await world.person('alice')
    await world.introduce(alice, await world.person('bob'))
    await alice.node.send('bob', 'in the log', { wait: 'delivered' })
  })
  afterEach(async () => { await world.close() })

  /** Sends while the log is not followed, so that only the relay's answer tells of the entry. */
  async function sendUnseen (): Promise<string> {
    const { contacts, updates } = alice.core
    await alice.node.blockContact('bob', true)
    await updates.write(contacts.put({ ...contacts.resolve('bob'), blocked: false }, 'changed').ops, [])
    return (await alice.node.send('bob', 'answered for', { wait: 'stored' })).id
  }

  it('is asked after at the next connection: a relay that went back to just before it is caught', async () => {
    await eventually(() => alice.core.chats.all()[0]!.chat.outbox.size === 0)
    const before = copyOf(world.relay.disk)
    const id = await sendUnseen()
    await world.relay.goBackTo(before)
    await until(alice.node, event => event.type === 'chat' && event.change === 'alarm')
    assert.match((await alice.node.listChats())[0]!.alarm!, /signed for entry \d+: it was rolled back/)
    assert.equal((await alice.node.getMessage('bob', id)).text, 'answered for')
  })

  it('raises no alarm when the relay shows it then', async () => {
    const id = await sendUnseen()
    world.relay.cut()
    await until(alice.node, event => event.type === 'messageState' && event.id === id && event.state === 'delivered')
    assert.equal((await alice.node.listChats())[0]!.alarm, null)
  })
})
