import assert from 'node:assert/strict'
import type { ChatSession } from '../../../src/node/chats/index.js'
import { EarlyOrders } from '../../../src/node/letters/index.js'
import { RecordKeys, Vault } from '../../../src/node/records/index.js'
import { encodeGenesis, logIdOf, peerIdText, signOwnerAction } from '../../../src/protocol/wire/index.js'
import { openMemoryStore } from '../../../src/store/memory/index.js'
import { fill, key } from '../../protocol/wire/kit.js'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'

/** Bob lets dan into ann's group, and his letter waits; ann moves the group meanwhile. */
describe('an order to move a chat, and an invitation into it that is on its way meanwhile', () => {
  let world: SmallWorld
  let ann: SmallPerson
  let bob: SmallPerson
  let dan: SmallPerson
  let id: string
  let isHeld: boolean
  let untold: SmallPerson[]

  const sideOf = ({ core }: SmallPerson): ChatSession | undefined => core.chats.all().find(({ chat }) => chat.id === id)

  beforeEach(async () => {
    world = await SmallWorld.make(3)
    const [first, second, third] = world.relays
    ann = await world.person('ann')
    bob = await world.person('bob', {}, second)
    dan = await world.person('dan', {}, second)
    await world.introduce(ann, bob)
    await world.introduce(ann, dan)
    await world.introduce(bob, dan)
    await ann.node.addRelay(third!.address)
    id = (await ann.node.createGroup('Birds', { members: ['bob'] })).chat.id
    await eventually(() => sideOf(bob) !== undefined)
    await ann.node.editMember(id, 'bob', { rights: ['inviteUsers'] })
    await eventually(() => sideOf(bob)!.chat.policy?.admins.length === 1)
    // Bob's letter does not get to dan, who is away himself.
    isHeld = true
    untold = []
    ann.options.fate = log => untold.some(({ core }) => core.account.inboxKey(log) !== undefined) ? 'lost-before' : 'pass'
    bob.options.fate = log => isHeld && dan.core.account.inboxKey(log) !== undefined ? 'lost-before' : 'pass'
    dan.meets([])
    second!.cutOff(dan.device.key)
    await bob.node.addMembers(id, ['dan'])
    await eventually(() => sideOf(ann)!.chat.record.members.length === 3)
    // Bob does not hear that the group moves.
    bob.meets([second!])
    first!.cutOff(bob.device.key)
  })
  afterEach(async () => { await world.close() })

  /** Ann moves it, and the relay that it leaves is gone afterwards, for those that mirror it too. */
  async function move (letters: number): Promise<void> {
    await ann.node.moveChat(id, { to: world.relays[2]!.address })
    await eventually(() => ann.core.post.pending() === letters)
    world.relays[0]!.cut(true)
  }

  /** Bob's letter comes into dan's inbox, and dan reads it. */
  async function letBobsLetterCome (): Promise<void> {
    isHeld = false
    bob.core.post.kick(true)
    await eventually(() => bob.core.post.pending() === 0)
    // Where its inbox is, and nowhere else: only a letter can tell it of the move.
    dan.meets([world.relays[1]!])
    await eventually(() => sideOf(dan) !== undefined)
  }

  async function isThere (): Promise<void> {
    await eventually(() => sideOf(dan)!.chat.record.home?.term === 2)
    dan.meets([world.relays[1]!, world.relays[2]!])
    await eventually(() => sideOf(dan)!.chat.cursor.seq === sideOf(ann)!.chat.cursor.seq)
    await ann.node.send(id, 'here now', { wait: 'stored' })
    await eventually(async () => (await dan.node.showChat(id, { limit: 10 })).messages.some(({ text }) => text === 'here now'))
  }

  it('is followed once the invitation is there, which knows of the home before alone', async () => {
    untold = [bob]
    await move(1)
    await letBobsLetterCome()
    bob.meets([])
    for (const relay of world.relays) relay.cutOff(bob.device.key)
    await isThere()
  })

  it('is not followed to a home that somebody makes up who is no member, or has nothing to tell, and the group is there', async () => {
    const { log } = sideOf(ann)!.chat
    const eve = await world.person('eve', {}, world.relays[2])
    dan.meets(world.relays)
    await world.introduce(eve, dan)
    const order = signOwnerAction({ op: 'term', log, term: 2, home: world.relays[2]!.signer.key, addrs: [world.relays[2]!.address], seq: 2 ** 50, hash: fill(32), by: 'takeover' }, key(1))
    await eve.core.vault.kv.batch([eve.core.post.moveOp(dan.account.key, order)])
    eve.core.post.kick(true)
    await eventually(() => dan.core.vault.get(`early/${id}/${peerIdText(eve.account.key)}`) !== undefined)
    isHeld = false
    bob.core.post.kick(true)
    await eventually(() => sideOf(dan) !== undefined)
    await eventually(() => sideOf(dan)!.chat.cursor.seq === sideOf(ann)!.chat.cursor.seq)
    assert.equal(sideOf(dan)!.chat.home.term, 1)
    await ann.node.send(id, 'here', { wait: 'stored' })
    await eventually(async () => (await dan.node.showChat(id, { limit: 10 })).messages.some(({ text }) => text === 'here'))
  })

  it('is told by whoever let it in, when that one hears of it, though the inbox has taken the invitation before', async () => {
    untold = [bob, dan]
    await move(2)
    await letBobsLetterCome()
    assert.equal(sideOf(dan)!.chat.record.home, undefined)
    await sideOf(bob)!.heardOfMove(sideOf(ann)!.chat.record.home!.action)
    await isThere()
  })
})

describe('an order to move a chat that is kept for its invitation', () => {
  it('is that of the highest term, though a relay hands out an older letter again', async () => {
    const { kv } = await openMemoryStore()
    const early = new EarlyOrders(await Vault.open(kv, new RecordKeys(fill(32)), key(5).key, key(6)), () => 1000)
    const log = logIdOf(encodeGenesis({ v: 1, kind: 'log', salt: fill(16), owner: key(1).key, home: key(2).key }))
    const order = (term: number): Uint8Array => signOwnerAction({ op: 'term', log, term, home: key(2).key, addrs: [], seq: term, hash: fill(32), by: 'agreement' }, key(1))
    for (const term of [3, 2, 4, 3]) await early.keep(log, order(term), key(7).key)
    // Each sender has its own: whose is the owner's is not known yet.
    await early.keep(log, order(2), key(8).key)
    assert.deepEqual(early.of(log).sort((a, b) => Buffer.compare(b.order, a.order)), [{ order: order(4), sender: key(7).key }, { order: order(2), sender: key(8).key }].sort((a, b) => Buffer.compare(b.order, a.order)))
  })
})
