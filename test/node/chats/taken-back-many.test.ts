import assert from 'node:assert/strict'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'

const MANY = 700
const AT_ONCE = 100

const sessionOf = (who: SmallPerson): ReturnType<SmallPerson['core']['chats']['all']>[number] => who.core.chats.all()[0]!

describe('messages that were taken back by hundreds while somebody was away', function () {
  this.timeout(30_000)

  let world: SmallWorld
  beforeEach(async () => { world = await SmallWorld.make() })
  afterEach(async () => { await world.close() })

  it('go in several batches, since each writes what lies around it anew, and each is told once', async () => {
    const [ann, bob] = [await world.person('ann'), await world.person('bob')]
    await world.introduce(ann, bob)
    const sent = await Promise.all(Array.from({ length: MANY }, async (_, i) => await ann.node.send('bob', `message ${i}`, { wait: 'queued' })))
    await eventually(() => sessionOf(ann).chat.outbox.size === 0 && sessionOf(bob).chat.cursor.seq >= sessionOf(ann).chat.cursor.seq)
    await bob.close()
    const told = bob.core.updates.last
    for (let i = 0; i < MANY; i += AT_ONCE) await ann.node.deleteMessages('bob', sent.slice(i, i + AT_ONCE).map(({ id }) => id), { wait: 'stored' })
    const stands = new Set<number>()
    bob.disk.beforeWrite = async () => { stands.add(sessionOf(bob).chat.cursor.seq) }
    await bob.open()
    const { chat } = sessionOf(bob)
    await eventually(() => chat.current)
    stands.add(chat.cursor.seq)
    assert.ok(stands.size > 3, `the log was taken up to ${[...stands].join(', ')}`)
    const { messages } = await bob.node.showChat(chat.id, { limit: 1000 })
    assert.deepEqual(messages.filter(({ text }) => text.startsWith('message')), [])
    const gone: string[] = []
    for await (const { event } of bob.core.updates.read(told)) if (event.type === 'messageDeleted') gone.push(event.id)
    assert.deepEqual(gone, sent.map(({ id }) => id))
  })
})
