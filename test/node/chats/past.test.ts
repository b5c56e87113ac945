import assert from 'node:assert/strict'
import type { ChatMessage } from '../../../src/protocol/api/index.js'
import { decodeCommitPayload } from '../../../src/protocol/message/index.js'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'

describe('what was written before a member came', () => {
  let world: SmallWorld
  let ann: SmallPerson
  let bob: SmallPerson
  let chat: string
  afterEach(async () => { await world.close() })

  async function scene (options: { history?: boolean } = {}): Promise<void> {
    world = await SmallWorld.make()
    ann = await world.person('ann')
    bob = await world.person('bob')
    await world.introduce(ann, bob)
    chat = (await ann.node.createGroup('Birds', { ...options, members: ['bob'] })).chat.id
    await eventually(() => bob.core.chats.all().some(s => s.chat.id === chat))
  }

  const page = async (who: SmallPerson): Promise<ChatMessage[]> => (await who.node.showChat(chat, { limit: 100 })).messages
  const texts = async (who: SmallPerson): Promise<string[]> => (await page(who)).filter(m => m.kind === 'text').map(m => m.text)
  const rows = async (who: SmallPerson): Promise<string[]> => {
    const { timeline, cursor } = who.core.chats.all().find(s => s.chat.id === chat)!.chat
    const found: string[] = []
    for await (const { row } of timeline.range(1, cursor.seq)) found.push(row.kind === 'erased' ? row.kind : `${row.kind} ${row.from === null ? '' : Buffer.from(row.from).toString('hex')} ${row.body === null ? '' : Buffer.from(row.body).toString('hex')}`)
    return found
  }
  /** What a member was told of older messages. */
  const told = async ({ node }: SmallPerson): Promise<string[]> => {
    const changes: string[] = []
    for await (const { event } of node.receive({ follow: false })) if (event.type === 'chat' && event.chat === chat && ['older', 'history'].includes(event.change)) changes.push(event.change)
    return changes
  }
  async function comes (name: string): Promise<SmallPerson> {
    const who = await world.person(name)
    await who.node.joinGroup((await ann.node.createGroupLink(chat)).link, { waitMs: 50_000 })
    await eventually(() => who.core.chats.all().some(s => s.chat.id === chat))
    return who
  }

  it('is read by newcomers, as those who were there read it', async () => {
    await scene()
    await ann.node.send(chat, 'one')
    const { id } = await bob.node.send(chat, 'two')
    await eventually(async () => (await texts(ann)).includes('two'))
    await ann.node.react(chat, id, ['👍'])
    await bob.node.editMessage(chat, id, 'two, better')
    const gone = await ann.node.send(chat, 'a secret')
    await ann.node.deleteMessages(chat, [gone.id])
    await ann.node.editGroup(chat, { title: 'Owls' })
    await comes('dan')
    await ann.node.removeMembers(chat, ['dan'])
    await bob.node.send(chat, 'three')
    const cat = await comes('cat')
    await eventually(async () => (await texts(cat)).join() === 'one,two, better,three')
    await eventually(async () => (await page(bob)).length === (await page(cat)).length)
    // Names are each node's own, and of what was erased at the home nobody can tell whose it was.
    const seen = (m: ChatMessage): unknown[] => [m.seq, m.id, m.kind, m.kind === 'service' ? '' : m.text, m.edited, m.deleted, ...m.deleted ? [] : [m.from, m.at], m.reactions.map(r => r.emoji)]
    // Commits and marks too: one transcript.
    await eventually(async () => (await rows(cat)).join('\n') === (await rows(bob)).join('\n'))
    assert.deepEqual((await page(cat)).map(seen), (await page(bob)).map(seen))
    assert.deepEqual([(await cat.node.showChat(chat)).hasMore, (await cat.node.showChat(chat)).chat.unread], [false, 0])
  })

  it('stays closed to whom the group hides it from, and what came before that too', async () => {
    await scene({ history: false })
    await ann.node.send(chat, 'one')
    const cat = await comes('cat')
    await ann.node.send(chat, 'two')
    await eventually(async () => (await texts(cat)).includes('two'))
    await eventually(async () => !(await cat.node.showChat(chat)).hasMore)
    assert.deepEqual(await texts(cat), ['two'])
    const { record, raw } = cat.core.chats.all()[0]!.chat
    assert.deepEqual([record.segments, decodeCommitPayload((await raw.at(record.joined!.seq))!.payload!).link], [undefined, null])
    await ann.node.editGroup(chat, { history: true })
    // Who may by then reads all of it: the ways back over the cuts come with the invitation.
    const dan = await comes('dan')
    await eventually(async () => (await texts(dan)).join() === 'one,two')
    assert.deepEqual(await texts(cat), ['two'])
  })

  it('is told of when it begins to come and when all of it is here, once each; of little that comes at once, only that it is here', async () => {
    await scene()
    await ann.node.send(chat, 'little')
    const cat = await comes('cat')
    await eventually(async () => (await texts(cat)).includes('little'))
    for (let n = 0; n < 150; n++) await ann.node.send(chat, `one of many ${n}`, { wait: 'queued' })
    const dan = await comes('dan')
    await eventually(async () => (await told(dan)).includes('history'))
    assert.deepEqual([await told(cat), await told(dan)], [['history'], ['older', 'history']])
  })

  it('is opened a page at a time where somebody looks, and goes on after a crash', async () => {
    await scene()
    for (let n = 0; n < 270; n++) await ann.node.send(chat, `message ${n}`, { wait: 'queued' })
    await eventually(async () => (await texts(bob)).includes('message 269'))
    const cat = await comes('cat')
    await eventually(async () => (await cat.node.showChat(chat, { limit: 10 })).messages.length === 10)
    assert.ok((await cat.node.showChat(chat, { limit: 10 })).hasMore)
    await cat.crash()
    await eventually(async () => (await cat.node.showChat(chat, { limit: 20, before: 8 })).messages.some(m => m.text === 'message 0'))
    await eventually(async () => (await told(cat)).includes('history'))
    assert.deepEqual(await told(cat), ['older', 'history'])
  })

  it('is what a member missed who was away and came back', async () => {
    await scene()
    await ann.node.send(chat, 'one')
    await eventually(async () => (await texts(bob)).includes('one'))
    await ann.node.removeMembers(chat, ['bob'])
    await eventually(async () => (await bob.node.showGroup(chat)).role === null)
    await ann.node.send(chat, 'two')
    await ann.node.addMembers(chat, ['bob'])
    await eventually(async () => (await bob.node.showGroup(chat)).role === 'member')
    await eventually(async () => (await texts(bob)).join() === 'one,two')
  })
})
