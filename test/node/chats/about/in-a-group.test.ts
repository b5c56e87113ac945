import assert from 'node:assert/strict'
import type { ChatSession } from '../../../../src/node/chats/index.js'
import { factsOps, readFacts } from '../../../../src/node/chats/about/fact-records.js'
import { NO_FACTS } from '../../../../src/node/chats/about/facts.js'
import { learnHistory } from '../../../../src/node/chats/about/refold.js'
import type { Chat } from '../../../../src/node/chats/chat.js'
import { Timeline, type NumberedRow } from '../../../../src/node/chats/timeline.js'
import type { ChatMessage } from '../../../../src/protocol/api/index.js'
import type { Body } from '../../../../src/protocol/message/index.js'
import { BadInputError, base32Text, ConflictError, ENTRY_ID_LENGTH, ForbiddenError, fromBase32Text } from '../../../../src/protocol/wire/index.js'
import { openMemoryStore } from '../../../../src/store/memory/index.js'
import { eventually, SmallWorld, type SmallPerson } from '../../small-world.js'

const idOf = (text: string): Uint8Array => fromBase32Text(text, ENTRY_ID_LENGTH)

describe('what members of a group tell about its messages', () => {
  let world: SmallWorld
  let ann: SmallPerson
  let bob: SmallPerson
  let cat: SmallPerson
  let group: string

  before(async () => {
    world = await SmallWorld.make()
    ann = await world.person('ann')
    bob = await world.person('bob')
    cat = await world.person('cat')
    await world.introduce(ann, bob)
    await world.introduce(ann, cat)
    const { chat } = await ann.node.createGroup('Birds', { members: ['bob', 'cat'] })
    group = chat.id
    for (const one of [bob, cat]) await eventually(() => one.core.chats.all().some(session => session.chat.id === group))
  })
  after(async () => { await world.close() })

  const sessionOf = (who: SmallPerson): ChatSession => who.core.chats.all().find(session => session.chat.id === group)!
  const shown = async (who: SmallPerson, id: string): Promise<ChatMessage> => await who.node.getMessage(group, id)
  /** What a member's node sends that does not keep to the rules. */
  const forge = async (who: SmallPerson, body: Body): Promise<void> => { await sessionOf(who).send(body, () => []) }

  /** All have read the log as far as it goes. */
  async function allHave (): Promise<void> {
    const last = await ann.node.send(group, 'so far')
    for (const one of world.people) await eventually(async () => (await one.node.showChat(group)).messages.some(({ id, seq }) => id === last.id && seq !== null))
    await eventually(() => world.people.every(one => sessionOf(one).chat.outbox.all().every(({ error }) => error !== null)))
    const seq = Math.max(...world.people.map(one => sessionOf(one).chat.cursor.seq))
    await eventually(() => world.people.every(one => sessionOf(one).chat.cursor.seq >= seq))
  }

  /** How all members see a message, once they have read the same. */
  async function seenByAll (id: string): Promise<ChatMessage[]> {
    await allHave()
    const views = await Promise.all(world.people.map(async one => await shown(one, id)))
    for (const view of views) assert.deepEqual([view.text, view.pinned, view.reactions.map(({ emoji, accounts }) => [emoji, accounts]), view.poll?.options.map(option => option.accounts)], [views[0]!.text, views[0]!.pinned, views[0]!.reactions.map(({ emoji, accounts }) => [emoji, accounts]), views[0]!.poll?.options.map(option => option.accounts)])
    return views
  }

  it('is the same for all, whatever they do at once', async () => {
    const { id } = await ann.node.send(group, 'first')
    for (const one of [bob, cat]) await eventually(async () => (await one.node.showChat(group)).messages.some(message => message.id === id))
    /** What one says after another counts after it; of what one says at once either may come first. */
    const reacts = async (who: SmallPerson, ...each: string[][]): Promise<void> => { for (const emoji of each) await who.node.react(group, id, emoji) }
    await Promise.all([
      ann.node.editMessage(group, id, 'second'), reacts(bob, ['👍'], ['🦀', '👍']), reacts(cat, ['🦀'], []), ann.node.editMessage(group, id, 'third'), ann.node.pinMessage(group, id), reacts(ann, ['👍'])
    ])
    const [view] = await seenByAll(id)
    assert.deepEqual([view!.edited, view!.pinned, view!.reactions.map(({ count }) => count).toSorted()], [true, true, [1, 2]])
    assert.ok(['second', 'third'].includes(view!.text))
    assert.equal((await cat.node.messageHistory(group, id)).length, 3)
  })

  it('says in a line who pinned a message, and not that a pin was taken away', async () => {
    const { id } = await ann.node.send(group, 'pin me')
    await ann.node.pinMessage(group, id)
    await ann.node.pinMessage(group, id, { unpin: true })
    await allHave()
    const { messages } = await bob.node.showChat(group)
    const after = messages.slice(messages.findIndex(message => message.id === id) + 1)
    assert.deepEqual(after.map(({ kind, fromName, text }) => [kind, fromName, text]), [['pin', 'ann', 'pinned a message'], ['text', 'ann', 'so far']])
    assert.deepEqual((await bob.node.listPinned(group)).some(message => message.id === id), false)
  })

  it('is refused here, and counts for nobody, when its author has no right to it', async () => {
    const { id } = await ann.node.send(group, 'mine')
    await allHave()
    const target = idOf(id)
    await assert.rejects(bob.node.editMessage(group, id, 'yours'), ForbiddenError)
    await assert.rejects(bob.node.pinMessage(group, id), ForbiddenError)
    await forge(bob, { kind: 'edit', target, text: 'yours' })
    sessionOf(cat).chat.requireMaySend = () => undefined
    await forge(cat, { kind: 'pin', target, pinned: true })
    const [view] = await seenByAll(id)
    assert.deepEqual([view!.text, view!.edited, view!.pinned], ['mine', false, false])
    assert.ok((await bob.node.showChat(group)).messages.some(message => message.kind === 'held' && message.text.includes('pinMessages')))
  })

  it('counts no edit of who may not write any more, and no poll and reaction where members may not', async () => {
    const { id } = await bob.node.send(group, 'as it was')
    await ann.node.editGroup(group, { permissions: ['inviteUsers'] })
    await eventually(async () => (await bob.node.showGroup(group)).permissions.length === 1)
    await assert.rejects(bob.node.editMessage(group, id, 'another'), ForbiddenError)
    await assert.rejects(bob.node.react(group, id, ['👍']), ForbiddenError)
    await assert.rejects(bob.node.sendPoll(group, { question: 'Why?', options: ['a', 'b'] }), ForbiddenError)
    const { chat } = sessionOf(bob)
    chat.requireMaySend = () => undefined
    for (const body of [{ kind: 'edit', target: idOf(id), text: 'another' }, { kind: 'reaction', target: idOf(id), emoji: ['👍'] }] as Body[]) await forge(bob, body)
    const [view] = await seenByAll(id)
    assert.deepEqual([view!.text, view!.reactions], ['as it was', []])
    await ann.node.editGroup(group, { permissions: ['sendMessages', 'react', 'sendPolls'] })
    await eventually(async () => (await bob.node.showGroup(group)).permissions.length === 3)
  })

  it('counts each account once in a poll, and nothing after its end', async () => {
    const { id } = await bob.node.sendPoll(group, { question: 'Where?', options: ['here', 'there'] })
    await allHave()
    const target = idOf(id)
    await Promise.all([ann.node.vote(group, id, [0]), cat.node.vote(group, id, [0]), bob.node.vote(group, id, [1])])
    await Promise.all([ann.node.vote(group, id, [1]), cat.node.vote(group, id, [])])
    await bob.node.closePoll(group, id)
    await allHave()
    await assert.rejects(ann.node.closePoll(group, id), ForbiddenError)
    await assert.rejects(cat.node.vote(group, id, [0]), ConflictError)
    for (const options of [[0], [7], [0, 1]]) await forge(cat, { kind: 'vote', target, options })
    for (const view of await seenByAll(id)) assert.deepEqual([view.poll?.options.map(({ votes }) => votes), view.poll?.voters, view.poll?.closed], [[0, 2], 2, true])
  })

  it('goes with a message that is taken back, and nobody can tell more of it', async () => {
    const { id, seq } = await bob.node.send(group, 'what was it')
    await bob.node.editMessage(group, id, 'a secret')
    await allHave()
    await cat.node.react(group, id, ['👍'])
    await bob.node.deleteMessages(group, [id])
    await allHave()
    await assert.rejects(cat.node.react(group, id, ['🦀']), BadInputError)
    await assert.rejects(bob.node.editMessage(group, id, 'again'), BadInputError)
    await forge(cat, { kind: 'reaction', target: idOf(id), emoji: ['🦀'] })
    await forge(bob, { kind: 'edit', target: idOf(id), text: 'another secret' })
    for (const { deleted, text, reactions, edited, seq: at } of await seenByAll(id)) assert.deepEqual([deleted, text, reactions, edited, at], [true, '', [], false, seq])
    for (const one of world.people) {
      const { chat } = sessionOf(one)
      for await (const { seq: at, row } of chat.timeline.range(seq!, chat.cursor.seq)) {
        if (row.from === null || row.body === null) continue
        assert.ok(!Buffer.from(row.body).includes('secret'), `${one.name} has the words of entry ${at}`)
      }
      assert.deepEqual(await readFacts(chat, idOf(id)), NO_FACTS)
    }
    // At the relay too: the bytes of the message and of both its edits.
    const { chat } = sessionOf(bob)
    await eventually(async () => (await world.relay.store.logs.read(chat.log, seq! - 1, 100, 1e6)).entries.filter(entry => entry.erased).length === 3)
    const { messages } = await cat.node.showChat(group)
    assert.deepEqual(messages.filter(message => message.deleted).map(message => message.id), [id])
  })

  it('is never taken back itself, by its author or by an admin', async () => {
    const { id } = await bob.node.send(group, 'a')
    const told = [await sessionOf(bob).send({ kind: 'edit', target: idOf(id), text: 'b' }, () => []), await sessionOf(bob).send({ kind: 'edit', target: idOf(id), text: 'c' }, () => [])]
    await allHave()
    told.push(await sessionOf(cat).send({ kind: 'reaction', target: idOf(id), emoji: ['🦀'] }, () => []))
    await allHave()
    await assert.rejects(bob.node.deleteMessages(group, [base32Text(told[1]!.id)]), ForbiddenError)
    for (const one of [bob, cat, ann]) await forge(one, { kind: 'delete', targets: told.map(entry => entry.id) })
    for (const view of await seenByAll(id)) assert.deepEqual([view.text, view.edited, view.reactions.length], ['c', true, 1])
    for (const one of world.people) for (const entry of told) assert.equal((await sessionOf(one).chat.timeline.find(entry.id))!.row.kind, 'other')
  })

  it('is made again from the log\'s rows, in whatever pages they are opened', async () => {
    await allHave()
    const { chat } = sessionOf(cat)
    const rows: NumberedRow[] = await Array.fromAsync(chat.timeline.range(1, chat.cursor.seq))
    const said = rows.filter(({ row }) => row.kind === 'message')
    assert.ok(said.length > 5 && rows.length > 30)
    for (const size of [1, 3, 7, rows.length]) {
      const { kv } = await openMemoryStore()
      const other = { deps: { ...chat.deps, kv }, log: chat.log, timeline: new Timeline(kv, chat.deps.keys, chat.log) } as unknown as Chat
      for (let to = rows.length; to > 0; to -= size) {
        const page = rows.slice(Math.max(0, to - size), to)
        const lines = other.timeline.change()
        for (const { seq, row } of page) lines.put(seq, row)
        const { ops, written } = await other.timeline.write(lines)
        await written(kv.batch([...ops, ...await learnHistory(other, page)]))
      }
      for (const { row } of said) assert.deepEqual(await readFacts(other, row.id), await readFacts(chat, row.id), `pages of ${size}`)
    }
  })

  it('can be dropped and written again without a trace', async () => {
    const { chat } = sessionOf(ann)
    const { row } = (await Array.fromAsync(chat.timeline.range(1, chat.cursor.seq))).find(({ row: one }) => one.kind === 'message')!
    const { kv } = await openMemoryStore()
    const other = { deps: { ...chat.deps, kv }, log: chat.log } as unknown as Chat
    await kv.batch(factsOps(other, 1, row.id, { ...NO_FACTS, pinned: true }))
    await kv.batch(factsOps(other, 1, row.id, NO_FACTS))
    assert.equal((await Array.fromAsync(kv.iterate({}))).length, 0)
  })
})
