/** A home in league with a member lets another entry stand under an id that is taken: all members make the same of it, those who were there and who comes later. */
import assert from 'node:assert/strict'
import type { ChatSession } from '../../../src/node/chats/index.js'
import { systemRandom } from '../../../src/protocol/crypto/index.js'
import { encodeBody, type Body } from '../../../src/protocol/message/index.js'
import { base32Text, ENTRY_ID_LENGTH, type EntryId } from '../../../src/protocol/wire/index.js'
import { copyOf, eventually, SmallWorld, type SmallPerson } from '../small-world.js'
import { appendPast } from './past-the-node.js'

describe('an id under which a home lets two messages stand', () => {
  let world: SmallWorld
  let ann: SmallPerson
  let bob: SmallPerson
  let cat: SmallPerson
  let group: string

  before(async () => {
    world = await SmallWorld.make()
    // Nobody says by itself what it has read: the numbers of its messages are given here.
    const marks = { groupMarkMs: 3_600_000, groupMarkSpreadMs: 3_600_000 }
    ann = await world.person('ann', { marks })
    bob = await world.person('bob', { marks })
    cat = await world.person('cat', { marks })
    for (const one of [bob, cat]) await world.introduce(ann, one)
    group = (await ann.node.createGroup('Birds', { members: ['bob', 'cat'] })).chat.id
    for (const one of [bob, cat]) await eventually(() => one.core.chats.all().some(({ chat }) => chat.id === group))
  })
  after(async () => { await world.close() })

  const sessionOf = (who: SmallPerson): ChatSession => who.core.chats.all().find(({ chat }) => chat.id === group)!

  /** The home does not know any more that an id was used. */
  async function forget (id: EntryId): Promise<void> {
    const disk = copyOf(world.relay.disk)
    const known = disk.map.slice({}).filter(([key]) => Buffer.from(key).includes(Buffer.from(id)))
    assert.ok(known.length > 0)
    for (const [key] of known) disk.map.delete(key)
    await world.relay.crash(disk)
  }

  /** A member's entry under an id, past all that its node looks at. */
  async function write (who: SmallPerson, body: Body, id = systemRandom(ENTRY_ID_LENGTH)): Promise<EntryId> {
    await eventually(() => sessionOf(who).chat.outbox.size === 0)
    const seq = await appendPast(sessionOf(who), who, id, encodeBody(body))
    await eventually(() => world.people.every(one => sessionOf(one).chat.cursor.seq > seq))
    return id
  }

  const view = async (who: SmallPerson): Promise<unknown[]> => (await who.node.showChat(group, { limit: 100 })).messages.filter(({ kind }) => kind !== 'service').map(({ seq, id, from, text, deleted, reactions, pinned }) => [seq, id, from, text, deleted, reactions.length, pinned])
  const text = (said: string): Body => ({ kind: 'text', text: said })

  it('is taken back by whoever wrote it, and by nobody else\'s order, and means the first one in all else', async () => {
    const one = await write(bob, text('bob was first'))
    await forget(one)
    await write(cat, text('cat was second'), one)
    await write(cat, { kind: 'reaction', target: one, emoji: ['👍'] })
    await write(cat, { kind: 'edit', target: one, text: 'cat changed it' })
    await write(cat, { kind: 'delete', targets: [one] })
    await write(ann, { kind: 'reaction', target: one, emoji: ['🐦'] })
    const two = await write(bob, text('bob takes this back'))
    await write(bob, { kind: 'delete', targets: [two] })
    await forget(two)
    await write(cat, text('cat says it after that'), two)
    // What is no message stands first.
    const three = await write(bob, { kind: 'reaction', target: two, emoji: ['🦀'] })
    await forget(three)
    await write(cat, text('cat says it where a reaction was'), three)
    await write(cat, { kind: 'edit', target: three, text: 'cat changed this too' })
    await write(bob, { kind: 'reaction', target: three, emoji: ['👍'] })
    const four = await write(bob, text('bob, and then ann takes back all'))
    await forget(four)
    await write(cat, text('cat too'), four)
    await write(ann, { kind: 'delete', targets: [four] })
    const all = await view(ann)
    assert.deepEqual(all.map(line => (line as unknown[])[3]), ['bob was first', '', '', 'cat says it after that', 'cat says it where a reaction was', '', ''])
    for (const who of [bob, cat]) assert.deepEqual(await view(who), all, who.name)
    const dan = await world.person('dan')
    await world.introduce(ann, dan)
    await ann.node.addMembers(group, ['dan'])
    await eventually(() => dan.core.chats.all().some(({ chat }) => chat.id === group))
    // From the newest to the oldest: what was done with a message may come before the message.
    await eventually(async () => JSON.stringify(await view(dan)) === JSON.stringify(all))
    assert.deepEqual(await view(dan), all)
    assert.equal(base32Text(one), ((all as unknown[][])[0]!)[1])
  })
})
