/** What people and their nodes must not say in a group: refused with a typed error where it is said, and the same for all members where it stands in the log all the same. */
import assert from 'node:assert/strict'
import type { ChatSession } from '../../../src/node/chats/index.js'
import { systemRandom } from '../../../src/protocol/crypto/index.js'
import { encodeBody, type Body } from '../../../src/protocol/message/index.js'
import { base32Text, BadInputError, ENTRY_ID_LENGTH, encodeCbor, ForbiddenError, fromBase32Text, LIMITS, NotFoundError, PetrelError, TooLargeError, type EntryId } from '../../../src/protocol/wire/index.js'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'
import { appendPast } from './past-the-node.js'

const HUGE = 'n'.repeat(10 * 1024 * 1024)
const NOWHERE = base32Text(new Uint8Array(ENTRY_ID_LENGTH).fill(9))

describe('in a group, bad input', () => {
  let world: SmallWorld
  let ann: SmallPerson
  let bob: SmallPerson
  let cat: SmallPerson
  let id: string

  before(async () => {
    world = await SmallWorld.make()
    ann = await world.person('ann')
    bob = await world.person('bob')
    // Her clock is three days behind.
    cat = await world.person('cat', { now: () => Date.now() - 3 * 86_400_000 })
    for (const one of [bob, cat]) await world.introduce(ann, one)
    id = (await ann.node.createGroup('Birds', { members: ['bob', 'cat'] })).chat.id
    for (const one of [bob, cat]) await eventually(() => one.core.chats.all().some(({ chat }) => chat.id === id))
  })
  after(async () => { await world.close() })

  const sessionOf = (who: SmallPerson): ChatSession => who.core.chats.all().find(({ chat }) => chat.id === id)!
  /** What a member's node sends that does not keep to the rules. */
  async function forge (who: SmallPerson, body: Body): Promise<EntryId> {
    const entry = systemRandom(ENTRY_ID_LENGTH)
    await sessionOf(who).pump.add(entry, encodeBody(body), Date.now(), false)
    return entry
  }

  /** What no node sends: past all that looks at it. */
  async function write (who: SmallPerson, body: Uint8Array): Promise<EntryId> {
    const entry = systemRandom(ENTRY_ID_LENGTH)
    const seq = await appendPast(sessionOf(who), who, entry, body)
    await eventually(() => sessionOf(who).chat.cursor.seq > seq)
    return entry
  }

  /** The rows of all members, once they have read the same. */
  async function rowsOf (...entries: readonly EntryId[]): Promise<string> {
    await eventually(() => world.people.every(one => sessionOf(one).chat.outbox.all().every(({ error }) => error !== null)))
    const last = await ann.node.send(id, 'so far', { wait: 'stored' })
    // Of her own message ann knows before she has read what stands below it.
    for (const one of world.people) await eventually(() => sessionOf(one).chat.cursor.seq >= last.seq!)
    const seen = await Promise.all(world.people.map(async ({ node }) => {
      const { messages } = await node.showChat(id, { limit: 100 })
      return JSON.stringify(entries.map(entry => messages.find(message => message.id === base32Text(entry))).map(message => message === undefined ? null : [message.seq, message.kind, message.from, message.text, message.entities, message.replyTo, message.at]))
    }))
    for (const one of seen) assert.equal(one, seen[0])
    return seen[0]!
  }

  it('of names and texts of 10 MB is refused where they are given, whatever they are for', async () => {
    const { id: message } = await ann.node.send(id, 'here')
    for (const [what, attempt] of Object.entries<() => Promise<unknown>>({
      title: async () => await ann.node.createGroup(HUGE), about: async () => await ann.node.createGroup('Bees', { about: HUGE }), rename: async () => await ann.node.editGroup(id, { title: HUGE }),
      describe: async () => await ann.node.editGroup(id, { about: HUGE }), permission: async () => await ann.node.editGroup(id, { permissions: [HUGE] }), badge: async () => await ann.node.editMember(id, 'bob', { rights: ['changeInfo'], title: HUGE }),
      right: async () => await ann.node.editMember(id, 'bob', { rights: [HUGE] }), member: async () => await ann.node.addMembers(id, [HUGE]), chat: async () => await ann.node.send(HUGE, 'hello'), self: async () => await ann.node.renameAccount(HUGE),
      text: async () => await ann.node.send(id, HUGE), edit: async () => await ann.node.editMessage(id, message, HUGE), question: async () => await ann.node.sendPoll(id, { question: HUGE, options: ['a', 'b'] }),
      option: async () => await ann.node.sendPoll(id, { question: 'Why?', options: ['a', HUGE] }), emoji: async () => await ann.node.react(id, message, [HUGE]), quote: async () => await ann.node.send(id, 'x', { replyTo: message, quote: HUGE }),
      target: async () => await ann.node.send(id, 'x', { replyTo: HUGE }), draft: async () => await ann.node.saveDraft(id, HUGE), search: async () => await ann.node.searchMessages({ query: HUGE })
    })) await assert.rejects(attempt(), (error: unknown) => error instanceof PetrelError && (error instanceof BadInputError || error instanceof TooLargeError || error instanceof NotFoundError) && error.message.length < 2000, what)
    assert.equal((await ann.node.showGroup(id)).chat.title, 'Birds')
  })

  it('of entities out of range is refused, and held by all where somebody says it all the same', async () => {
    for (const [offset, length] of [[3, 3], [-1, 2], [0, 0], [5, 1], [2 ** 40, 1], [0, 2 ** 40], [0.5, 1]] as const) await assert.rejects(ann.node.send(id, 'hello', { entities: [{ type: 'bold', offset, length }] }), BadInputError, `${offset}, ${length}`)
    const forged: EntryId[] = []
    for (const [offset, length] of [[3, 3], [0, 0], [2 ** 40, 1]]) forged.push(await write(bob, encodeCbor({ k: 'text', text: 'hello', entities: [{ type: 'bold', offset, length }] })))
    assert.match(await rowsOf(...forged), /^\[(\[\d+,"held".*?\],?){3}\]$/)
  })

  it('of an answer to nothing is refused; one that stands there answers nothing, for all', async () => {
    await assert.rejects(ann.node.send(id, 'yes', { replyTo: NOWHERE }), NotFoundError)
    await assert.rejects(ann.node.send(id, 'yes', { replyTo: 'no id' }), NotFoundError)
    const forged = await forge(bob, { kind: 'text', text: 'yes', reply: { id: fromBase32Text(NOWHERE, ENTRY_ID_LENGTH) } })
    assert.match(await rowsOf(forged), /"text".*"yes"/)
  })

  it('about a message that is not there, or was taken back, is refused, and changes nothing for anybody', async () => {
    const { id: gone } = await bob.node.send(id, 'gone')
    await rowsOf()
    await bob.node.deleteMessages(id, [gone])
    await rowsOf()
    for (const [message, error] of [[NOWHERE, NotFoundError], [gone, BadInputError]] as const) {
      await assert.rejects(ann.node.react(id, message, ['👍']), error)
      await assert.rejects(ann.node.pinMessage(id, message), error)
      await assert.rejects(bob.node.editMessage(id, message, 'back'), error)
      await assert.rejects(ann.node.vote(id, message, [0]), error)
    }
    const target = fromBase32Text(gone, ENTRY_ID_LENGTH)
    for (const body of [{ kind: 'reaction', target, emoji: ['👍'] }, { kind: 'edit', target, text: 'back' }, { kind: 'vote', target, options: [0] }] as Body[]) await forge(bob, body)
    assert.match(await rowsOf(target), /"deleted"|""/)
    for (const { node } of world.people) assert.deepEqual((await node.getMessage(id, gone)).reactions, [])
  })

  it('as a second vote in a quiz is refused; of two in one poll the last one counts, for all', async () => {
    const quiz = await ann.node.sendPoll(id, { question: 'What flies?', options: ['a fish', 'a bird'], correct: 1 })
    const poll = await ann.node.sendPoll(id, { question: 'Where to?', options: ['north', 'south'] })
    await rowsOf()
    await bob.node.vote(id, quiz.id, [0])
    await eventually(async () => (await bob.node.getMessage(id, quiz.id)).poll?.voters === 1)
    await assert.rejects(bob.node.vote(id, quiz.id, [1]), PetrelError)
    await assert.rejects(bob.node.vote(id, poll.id, [0, 1]), BadInputError)
    await assert.rejects(bob.node.vote(id, poll.id, [2]), BadInputError)
    for (const [of, options] of [[quiz.id, [1]], [poll.id, [0]], [poll.id, [1]], [poll.id, [1, 1]]] as const) await forge(bob, { kind: 'vote', target: fromBase32Text(of, ENTRY_ID_LENGTH), options: [...options] })
    await rowsOf()
    for (const { node } of world.people) {
      const votes = async (message: string): Promise<number[] | undefined> => (await node.getMessage(id, message)).poll?.options.map(option => option.votes)
      assert.deepEqual([await votes(quiz.id), await votes(poll.id)], [[1, 0], [0, 1]])
    }
  })

  it('as a role that nobody gave is refused where it is asked for', async () => {
    await assert.rejects(bob.node.editMember(id, 'bob', { rights: ['banUsers'] }), ForbiddenError)
    await assert.rejects(bob.node.editMember(id, 'bob', { owner: true }), ForbiddenError)
    await assert.rejects(bob.node.editGroup(id, { title: 'Bob\'s birds' }), ForbiddenError)
    await assert.rejects(bob.node.removeMembers(id, ['ann']), ForbiddenError)
    await assert.rejects(ann.node.editMember(id, 'bob', { rights: ['fly'] }), BadInputError)
    await assert.rejects(ann.node.editGroup(id, { permissions: ['fly'] }), BadInputError)
    await assert.rejects(ann.node.editGroup(id, { slowMode: -1 }), BadInputError)
  })

  it('of a clock that is days off moves no line: it stands where the log has it, at about the time of the relay', async () => {
    await ann.node.send(id, 'before', { wait: 'stored' })
    await rowsOf()
    const { id: late } = await cat.node.send(id, 'from long ago', { wait: 'stored' })
    await rowsOf()
    for (const { node } of world.people) {
      const { messages } = await node.showChat(id)
      assert.deepEqual(messages.slice(-4).map(({ text }) => text), ['before', 'so far', 'from long ago', 'so far'])
      assert.ok(Math.abs(messages.find(message => message.id === late)!.at.getTime() - Date.now()) < LIMITS.clockSkewMs + 60_000)
    }
  })
})
