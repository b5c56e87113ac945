import assert from 'node:assert/strict'
import { RateLimitError, sameBytes } from '../../../src/protocol/wire/index.js'
import type { ChatSession } from '../../../src/node/chats/index.js'
import { eventually, SmallWorld, type Fate, type SmallPerson } from '../small-world.js'

/**
 * A group of ann, bob and cat, whose log lives at a relay that ann is cut off from before the others go on: she is its
 * owner, and takes the log over when that relay is gone, from below what they have.
 */
describe('a group whose log is taken over from below what its members have', () => {
  let world: SmallWorld
  let ann: SmallPerson
  let bob: SmallPerson
  let cat: SmallPerson
  let id: string

  const sideOf = ({ core }: SmallPerson): ChatSession => core.chats.all().find(({ chat }) => chat.id === id)!
  const isBehind = (who: SmallPerson): boolean => core(who).cursor.seq < core(bob).cursor.seq
  const core = (who: SmallPerson): ChatSession['chat'] => sideOf(who).chat
  const members = (who: SmallPerson): string[] => core(who).record.members.map(({ account }) => Buffer.from(account).toString('hex')).sort()
  const texts = async (who: SmallPerson): Promise<string[]> => (await who.node.showChat(id, { limit: 100 })).messages.filter(({ kind }) => kind === 'text').map(({ seq, text }) => `${seq} ${text}`)

  beforeEach(async () => {
    world = await SmallWorld.make(4)
    const [first, second, third] = world.relays
    ann = await world.person('ann')
    bob = await world.person('bob', {}, second)
    cat = await world.person('cat', {}, second)
    for (const one of [bob, cat]) await world.introduce(ann, one)
    await world.introduce(bob, cat)
    await ann.node.addRelay(third!.address)
    id = (await ann.node.createGroup('Birds', { members: ['bob', 'cat'] })).chat.id
    for (const one of [bob, cat]) await eventually(() => one.core.chats.all().some(({ chat }) => chat.id === id))
    await ann.node.editMember(id, 'bob', { rights: ['changeInfo', 'inviteUsers', 'banUsers'] })
    await ann.node.moveChat(id, { to: third!.address })
    await bob.node.send(id, 'here', { wait: 'stored' })
    for (const one of [ann, cat]) await eventually(async () => (await texts(one)).length === 1)
    // From here on she reads nothing of it any more.
    ann.meets([first!, second!])
    third!.cutOff(ann.device.key)
  })
  afterEach(async () => { await world.close() })

  /** The relay is gone, and ann goes on with what she has. */
  async function takeOver (): Promise<void> {
    const [first, , third] = world.relays
    // Whoever wrote last has a receipt, and reads it in the log a little later.
    await eventually(() => isBehind(ann))
    third!.cut(true)
    await ann.node.moveChat(id, { to: first!.address, lost: true })
  }

  /** All have one state, and nothing waits. */
  async function atRest (people: readonly SmallPerson[], term = 3): Promise<void> {
    await eventually(() => people.every(who => who.core.chats.all().some(({ chat }) => chat.id === id)))
    await eventually(() => people.every(who => {
      const { cursor, record, back, outbox } = core(who)
      return sameBytes(cursor.hash, core(ann).cursor.hash) && record.epoch === core(ann).record.epoch && record.commit === null && !record.intents?.length && back.size === 0 && outbox.size === 0 && record.home?.term === term
    }))
    for (const who of people) {
      assert.equal(core(who).cursor.alarm, null, who.name)
      assert.deepEqual(members(who), members(ann), who.name)
      assert.deepEqual(core(who).policy, core(ann).policy, who.name)
      assert.ok(sameBytes(core(who).keys.history, core(ann).keys.history), who.name)
    }
  }

  it('has the name that the owner had not heard of, and every message once, in one order', async () => {
    await bob.node.editGroup(id, { title: 'Owls' })
    await cat.node.send(id, 'a good name', { wait: 'stored' })
    await bob.node.editGroup(id, { title: 'Barn owls' })
    await eventually(() => core(cat).policy?.title === 'Barn owls')
    await bob.node.send(id, 'a better one', { wait: 'stored' })
    await eventually(async () => (await texts(cat)).length === 3)
    await takeOver()
    await atRest([ann, bob, cat])
    assert.equal(core(ann).policy?.title, 'Barn owls')
    for (const one of [ann, bob, cat]) assert.deepEqual((await texts(one)).map(line => line.replace(/^\d+ /, '')), ['here', 'a good name', 'a better one'])
    assert.deepEqual(await texts(bob), await texts(ann))
    const notices: string[] = []
    for await (const { event } of cat.node.receive()) if (event.type === 'message' && event.message.kind === 'service') notices.push(event.message.text)
    assert.equal(notices.filter(text => /Barn owls/.test(text)).length, 1, 'told twice')
  })

  async function withDan (): Promise<SmallPerson> {
    const dan = await world.person('dan', {}, world.relays[1])
    await world.introduce(bob, dan)
    return dan
  }

  it('has the member whom the owner had not heard of, who goes on where the commit that let it in stands now', async () => {
    const dan = await withDan()
    await bob.node.addMembers(id, ['dan'])
    await eventually(() => dan.core.chats.all().some(({ chat }) => chat.id === id))
    await dan.node.send(id, 'thank you', { wait: 'stored' })
    await eventually(async () => (await texts(cat)).length === 2)
    await takeOver()
    await atRest([ann, bob, cat, dan])
    assert.equal(members(ann).length, 4)
    await ann.node.send(id, 'who is this?', { wait: 'stored' })
    await eventually(async () => (await texts(dan)).some(line => /who is this/.test(line)))
    for (const one of [ann, bob, cat, dan]) assert.deepEqual((await texts(one)).map(line => line.replace(/^\d+ /, '')), ['here', 'thank you', 'who is this?'], one.name)
    assert.deepEqual(await texts(dan), await texts(ann))
  })

  it('has the member who had heard of the group, and read nothing of it before its relay was gone', async () => {
    const [first, second, third] = world.relays
    const dan = await withDan()
    dan.meets([first!, second!])
    await bob.node.addMembers(id, ['dan'])
    await eventually(() => dan.core.chats.all().some(({ chat }) => chat.id === id))
    assert.equal(core(dan).cursor.seq, 0)
    await takeOver()
    await atRest([ann, bob, cat, dan])
    await dan.node.send(id, 'thank you', { wait: 'stored' })
    await eventually(async () => (await texts(ann)).length === 2)
    assert.deepEqual(await texts(dan), await texts(ann))
    assert.ok(third !== undefined)
  })

  it('does again what another commit stood in the way of: the wish of whoever lost is not lost', async () => {
    const [first, second] = world.relays
    const dan = await withDan()
    await bob.node.addMembers(id, ['dan'])
    await eventually(() => dan.core.chats.all().some(({ chat }) => chat.id === id))
    await dan.node.send(id, 'thank you', { wait: 'stored' })
    const { messages: [here] } = await bob.node.showChat(id, { limit: 100 }).then(({ messages }) => ({ messages: messages.filter(({ text }) => text === 'here') }))
    await cat.node.react(id, here!.id, ['👍'], { wait: 'stored' })
    await bob.node.editGroup(id, { title: 'Owls' })
    // Nobody but ann is there when the log begins again, and she changes it too.
    for (const one of [bob, cat, dan]) one.meets([])
    for (const one of [bob, cat, dan]) for (const relay of world.relays) relay.cutOff(one.device.key)
    await takeOver()
    await ann.node.editGroup(id, { about: 'about birds' })
    await ann.node.send(id, 'alone here', { wait: 'stored' })
    for (const one of [bob, cat, dan]) one.meets([first!, second!])
    await atRest([ann, bob, cat, dan])
    assert.deepEqual([core(ann).policy?.title, core(ann).policy?.about, members(ann).length], ['Owls', 'about birds', 4])
    await eventually(async () => (await texts(dan)).some(line => /thank you/.test(line)))
    assert.deepEqual((await texts(ann)).map(line => line.replace(/^\d+ /, '')).sort(), ['alone here', 'here', 'thank you'])
    assert.deepEqual(await texts(bob), await texts(ann))
    await eventually(async () => (await ann.node.showChat(id, { limit: 100 })).messages.some(({ text, reactions }) => text === 'here' && reactions.some(({ emoji }) => emoji === '👍')))
  })

  for (const isSlow of [false, true]) it(`accuses nobody who had only said its name there, and knows that name${isSlow ? ', which was under way again when it was let in anew' : ''}`, async () => {
    const [first, second] = world.relays
    const dan = await withDan()
    await dan.node.renameAccount('Daniel')
    await bob.node.addMembers(id, ['dan'])
    await eventually(() => [bob, cat].every(who => core(who).names.get(dan.account.key) === 'Daniel'))
    for (const one of [bob, cat, dan]) one.meets([])
    for (const one of [bob, cat, dan]) for (const relay of world.relays) relay.cutOff(one.device.key)
    await takeOver()
    await ann.node.editGroup(id, { about: 'about birds' })
    // What he sends by the keys of before comes to the relay once he has those of now.
    if (isSlow) dan.options.fate = async (log): Promise<Fate> => {
      if (sameBytes(log, core(dan).log)) await eventually(() => core(dan).record.joined?.term === 3)
      return 'pass'
    }
    for (const one of [bob, cat, dan]) one.meets([first!, second!])
    await atRest([ann, bob, cat, dan])
    await dan.node.send(id, 'thank you', { wait: 'stored' })
    await eventually(async () => (await texts(ann)).some(line => /thank you/.test(line)))
    await atRest([ann, bob, cat, dan])
    assert.equal(core(ann).names.get(dan.account.key), 'Daniel')
  })

  it('has a commit of which its own author had not heard that it won', async () => {
    const [first, second, third] = world.relays
    await cat.node.send(id, 'before', { wait: 'stored' })
    await eventually(async () => (await texts(bob)).length === 2)
    const commits = core(cat).cursor.lastCommit
    // It comes to the relay by another way than his own, which has ended by then.
    bob.options.fate = async (log, items) => {
      if (items.every(({ base }) => base === undefined)) return 'pass'
      bob.meets([first!, second!])
      third!.cutOff(bob.device.key)
      await core(cat).link.append(log, items)
      return 'lost-before'
    }
    const edit = bob.node.editGroup(id, { title: 'Owls' }).catch(() => undefined)
    await eventually(() => core(cat).cursor.lastCommit > commits)
    delete bob.options.fate
    await takeOver()
    await edit
    await atRest([ann, bob, cat])
    assert.equal(core(ann).policy?.title, 'Owls')
  })

  it('has what its author wrote before hearing of that behind what it follows, at the relay of before, to which the log came back', async () => {
    const [first, second, third] = world.relays
    for (const text of ['one', 'two']) await bob.node.send(id, text, { wait: 'stored' })
    // He has read it, and not a receipt alone.
    await eventually(() => isBehind(ann) && core(bob).outbox.size === 0)
    for (const one of [bob, cat]) one.meets([])
    for (const one of [bob, cat]) for (const relay of world.relays) relay.cutOff(one.device.key)
    await bob.node.send(id, 'three', { wait: 'queued' })
    await takeOver()
    third!.back()
    ann.meets([first!, second!, third!])
    await ann.node.moveChat(id, { to: third!.address })
    // The relay takes what he has at once, before he has heard of anything.
    bob.meets([third!])
    await eventually(() => core(bob).home.term > 2)
    for (const one of [bob, cat]) one.meets([first!, second!, third!])
    await atRest([ann, bob, cat], 4)
    for (const one of [ann, bob, cat]) assert.deepEqual((await texts(one)).map(line => line.replace(/^\d+ /, '')), ['here', 'one', 'two', 'three'], one.name)
  })

  it('accuses nobody of what was taken back for all, and nobody can bring again', async () => {
    const oops = await bob.node.send(id, 'oops', { wait: 'stored' })
    await eventually(async () => (await texts(cat)).length === 2)
    await bob.node.deleteMessages(id, [oops.id])
    await eventually(async () => (await cat.node.showChat(id, { limit: 100 })).messages.some(({ deleted }) => deleted))
    await bob.node.send(id, 'better', { wait: 'stored' })
    await eventually(async () => (await texts(cat)).some(line => /better/.test(line)))
    await takeOver()
    await atRest([ann, bob, cat])
    for (const text of ['on', 'and on']) await bob.node.send(id, text, { wait: 'stored' })
    await atRest([ann, bob, cat])
    for (const one of [ann, bob, cat]) assert.deepEqual((await texts(one)).map(line => line.replace(/^\d+ /, '')), ['here', 'better', 'on', 'and on'], one.name)
    assert.deepEqual(await Promise.all([ann, bob, cat].map(async who => (await who.node.listChats()).find(chat => chat.id === id)!.gaps)), [[], [], []])
  })

  it('has all that counted in slow mode, though it is brought again faster than anybody may write', async () => {
    await bob.node.editGroup(id, { slowMode: 1 })
    await eventually(() => core(cat).policy?.slowMode === 1)
    for (const text of ['one', 'two', 'three']) {
      await eventually(async () => await cat.node.send(id, text, { wait: 'stored' }).then(() => true, (error: unknown) => {
        if (error instanceof RateLimitError) return false
        throw error
      }))
    }
    await eventually(async () => (await texts(bob)).length === 4)
    await takeOver()
    await atRest([ann, bob, cat])
    for (const one of [ann, bob, cat]) assert.deepEqual((await texts(one)).map(line => line.replace(/^\d+ /, '')), ['here', 'one', 'two', 'three'], one.name)
  })

  it('is taken over by its owner from before a commit that gave the log another owner key, of which the owner had not heard', async () => {
    const [first, second, third] = world.relays
    ann.meets([first!, second!, third!])
    await ann.node.editMember(id, 'bob', { rights: ['changeInfo', 'inviteUsers', 'banUsers', 'addAdmins'] })
    await eventually(() => [bob, cat].every(who => core(who).cursor.seq === core(ann).cursor.seq))
    ann.meets([first!, second!])
    third!.cutOff(ann.device.key)
    const before = core(ann).place.owner
    await bob.node.editMember(id, 'cat', { rights: ['banUsers'] })
    await eventually(() => [bob, cat].every(who => !sameBytes(core(who).place.owner, before) && core(who).record.ownerSeed !== null))
    await cat.node.send(id, 'thank you', { wait: 'stored' })
    await eventually(async () => (await texts(bob)).length === 2)
    await takeOver()
    await atRest([ann, bob, cat])
    assert.ok(core(ann).policy!.admins.some(({ account }) => sameBytes(account, cat.account.key)))
    for (const one of [ann, bob, cat]) {
      assert.ok(!sameBytes(core(one).place.owner, before) && core(one).record.ownerSeed !== null, one.name)
      assert.deepEqual((await texts(one)).map(line => line.replace(/^\d+ /, '')), ['here', 'thank you'], one.name)
    }
  })

  it('leads back over own commits, and has them again, of which no state was kept', async () => {
    const [first, second, , fourth] = world.relays
    /** As when so many commits have come since that their states had to go. */
    const forgets = (who: SmallPerson): void => { core(who).cursor = { ...core(who).cursor, snapshots: core(who).cursor.snapshots!.slice(0, 1) } }
    await bob.node.editGroup(id, { title: 'Owls' })
    const dan = await world.person('dan', {}, second)
    await world.introduce(bob, dan)
    await bob.node.addMembers(id, ['dan'])
    await bob.node.editGroup(id, { about: 'of the night' })
    await eventually(() => dan.core.chats.all().some(({ chat }) => chat.id === id))
    await eventually(() => core(cat).policy!.about === 'of the night')
    for (const one of [bob, cat]) forgets(one)
    await takeOver()
    // Dan hears of the move from bob alone.
    await atRest([ann, bob, cat, dan])
    assert.deepEqual([core(ann).policy!.title, core(ann).policy!.about], ['Owls', 'of the night'])
    // And once more, from above those that stand again.
    ann.meets([first!, second!, fourth!])
    await ann.node.addRelay(fourth!.address)
    await ann.node.moveChat(id, { to: fourth!.address })
    await eventually(() => [bob, cat].every(who => core(who).record.home?.term === 4 && core(who).cursor.seq === core(ann).cursor.seq))
    ann.meets([first!, second!])
    fourth!.cutOff(ann.device.key)
    await bob.node.send(id, 'late', { wait: 'stored' })
    await eventually(async () => (await texts(cat)).some(text => text.endsWith('late')))
    await eventually(() => isBehind(ann) && core(bob).cursor.seq === core(cat).cursor.seq)
    for (const one of [bob, cat]) forgets(one)
    fourth!.cut(true)
    await ann.node.moveChat(id, { to: first!.address, lost: true })
    await eventually(() => [ann, bob, cat].every(who => core(who).record.home?.term === 5 && core(who).back.size === 0 && sameBytes(core(who).cursor.hash, core(ann).cursor.hash)))
    for (const who of [ann, bob, cat]) {
      assert.deepEqual([core(who).record.stage, core(who).cursor.alarm, core(who).policy!.about], ['ready', null, 'of the night'], who.name)
      assert.ok((await texts(who)).some(text => text.endsWith('late')), who.name)
    }
  })

  it('is without whom the owner had not heard to be removed', async () => {
    await bob.node.removeMembers(id, ['cat'])
    await eventually(() => core(cat).record.stage === 'out')
    await takeOver()
    await atRest([ann, bob])
    await eventually(() => core(cat).record.stage === 'out' || core(cat).record.home?.term === 3)
    await bob.node.send(id, 'she is gone', { wait: 'stored' })
    assert.equal(members(ann).length, 2)
    assert.equal(core(cat).cursor.alarm, null)
  })
})
