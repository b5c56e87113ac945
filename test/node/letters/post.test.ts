import assert from 'node:assert/strict'
import { logIdOf, signerFromSeed, signOwnerAction, type LogId } from '../../../src/protocol/wire/index.js'
import { eventually, SmallWorld, type Fate, type SmallPerson } from '../small-world.js'
import { until } from '../world.js'

/** Whether a log is somebody's inbox. */
function isMailOf (who: SmallPerson, log: LogId): boolean { return Buffer.compare(logIdOf(who.core.account.inbox!.mail.genesis), log) === 0 }

describe('letters in the post', () => {
  let world: SmallWorld

  afterEach(async () => { await world.close() })

  it('are done when they were taken out of the inbox before their answer, which was lost, could be asked for again', async () => {
    world = await SmallWorld.make()
    const bob = await world.person('bob')
    let tried = 0
    let isHeld = true
    // It tries again by itself after a second; nothing of that gets there until the letter is gone from the inbox.
    const alice = await world.person('alice', { fate: (log): Fate => !isMailOf(bob, log) || !isHeld ? 'pass' : tried++ === 0 ? 'lost-after' : 'lost-before' })
    await alice.node.addContact((await bob.node.createInvite()).link)
    await until(bob.node, e => e.type === 'chat' && e.change === 'joined')
    // Taken, and dropped at the relay.
    await eventually(async () => (await world.relay.store.logs.head(logIdOf(bob.core.account.inbox!.mail.genesis))).first > 1)
    assert.equal(alice.core.post.pending(), 1)
    isHeld = false
    alice.core.post.kick(true)
    await eventually(() => alice.core.post.pending() === 0)
    assert.equal((await bob.node.listChats()).length, 1)
  })

  it('tell of a chat\'s move only who was invited to it before', async () => {
    world = await SmallWorld.make()
    const bob = await world.person('bob')
    let isHeld = true
    /** The entries that were on their way to bob's inbox, as often as they were. */
    const tried: string[] = []
    const alice = await world.person('alice', {
      fate: (log, items): Fate => {
        if (!isMailOf(bob, log)) return 'pass'
        tried.push(...items.map(({ id }) => Buffer.from(id).toString('hex')))
        return isHeld ? 'lost-before' : 'pass'
      }
    })
    await alice.node.addContact((await bob.node.createInvite()).link)
    await eventually(() => tried.length > 0)
    const { chat } = alice.core.chats.all()[0]!
    await eventually(() => chat.cursor.seq > 0)
    const { seq, hash } = chat.cursor
    const order = signOwnerAction({ op: 'term', log: chat.log, term: 2, home: signerFromSeed(new Uint8Array(32).fill(9)).key, addrs: ['/dns4/there.example/tcp/1'], seq, hash, by: 'takeover' }, signerFromSeed(chat.record.ownerSeed!))
    await alice.core.updates.write([alice.core.post.moveOp(bob.account.key, order)], [])
    const before = tried.length
    alice.core.post.kick(true)
    await eventually(() => tried.length > before)
    await eventually(() => alice.core.post.pending() === 2)
    assert.equal(new Set(tried).size, 1, 'the invitation alone is on its way')
    isHeld = false
    alice.core.post.kick(true)
    await eventually(() => bob.core.chats.all()[0]?.chat.home.term === 2)
  })

  it('wait for a relay that is away without holding up the others, and let the node stop at once', async () => {
    world = await SmallWorld.make(2)
    const alice = await world.person('alice')
    const bob = await world.person('bob', {}, world.relays[1])
    const carol = await world.person('carol')
    await world.introduce(alice, bob)
    world.relays[1]!.cut(true)
    await alice.core.updates.write([alice.core.post.op(bob.account.key, null)], [])
    alice.core.post.kick()
    await alice.node.addContact((await carol.node.createInvite()).link)
    await until(carol.node, e => e.type === 'chat' && e.change === 'joined')
    assert.equal(alice.core.post.pending() > 0, true, 'bob\'s is still on its way')
    await alice.close()
    await alice.open()
    world.relays[1]!.back()
    await eventually(() => alice.core.post.pending() === 0)
  })
})

describe('a blocked contact', () => {
  it('loses the key to the inbox at the next connection when the relay was away', async () => {
    const world = await SmallWorld.make()
    try {
      const [alice, bob] = [await world.person('alice'), await world.person('bob')]
      await world.introduce(alice, bob)
      const inbox = logIdOf(bob.core.account.inbox!.mail.genesis)
      const named = { log: inbox, name: Buffer.from(inbox).toString('latin1') } as unknown as Parameters<typeof world.relay.services.grants.find>[0]
      const key = signerFromSeed(bob.core.contacts.get(alice.account.key)!.ourGrant!).key
      assert.notEqual(await world.relay.services.grants.find(named, key), undefined)
      world.relay.cut(true)
      await bob.node.blockContact('alice', true, { signal: AbortSignal.timeout(50) })
      world.relay.back()
      await eventually(async () => await world.relay.services.grants.find(named, key) === undefined)
    } finally {
      await world.close()
    }
  })
})
