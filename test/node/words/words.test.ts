import assert from 'node:assert/strict'
import { BadInputError, ENTRY_ID_LENGTH, fromBase32Text, LIMITS, NotFoundError, peerIdText, TooLargeError } from '../../../src/protocol/wire/index.js'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'
import { until, untilText } from '../world.js'

describe('what is said', () => {
  let world: SmallWorld
  let ann: SmallPerson
  let bob: SmallPerson
  let cat: SmallPerson
  let group: string
  const account = (who: SmallPerson): string => peerIdText(who.account.key)
  const got = async (who: SmallPerson, text: string) => {
    const { event } = await untilText(who.node, text)
    return (event as Extract<typeof event, { type: 'message' }>).message
  }

  before(async () => {
    world = await SmallWorld.make()
    ann = await world.person('ann')
    bob = await world.person('bob')
    cat = await world.person('cat')
    await world.introduce(ann, bob)
    await world.introduce(ann, cat)
    const made = await ann.node.createGroup('Birds', { members: ['bob', 'cat'] })
    group = made.chat.id
    for (const one of [bob, cat]) await until(one.node, e => e.type === 'chat' && e.change === 'joined' && e.title === 'Birds')
  })
  after(async () => { await world.close() })

  it('is formatted by Markdown or HTML, and arrives as text and entities', async () => {
    const sent = await ann.node.send(group, '**bold** and ||hidden|| https://x.example', { format: 'markdown' })
    const entities = [{ type: 'bold', offset: 0, length: 4 }, { type: 'spoiler', offset: 9, length: 6 }, { type: 'url', offset: 16, length: 17 }]
    assert.deepEqual([sent.text, sent.entities], ['bold and hidden https://x.example', entities])
    assert.deepEqual((await got(cat, 'bold and hidden https://x.example')).entities, entities)
    assert.deepEqual((await ann.node.send(group, '<u>a &lt; b</u>', { format: 'html' })).entities, [{ type: 'underline', offset: 0, length: 5 }])
    const edited = await ann.node.editMessage(group, sent.id, '*new* `text`', { format: 'markdown' })
    assert.deepEqual([edited.text, edited.entities], ['new text', [{ type: 'italic', offset: 0, length: 3 }, { type: 'code', offset: 4, length: 4 }]])
  })

  it('names members with an @, in plain text too', async () => {
    const { entities } = await ann.node.send(group, 'ask @bob or @nobody')
    assert.deepEqual(entities, [{ type: 'text_mention', offset: 4, length: 4, value: account(bob) }])
    assert.deepEqual((await got(bob, 'ask @bob or @nobody')).entities, entities)
    assert.deepEqual((await ann.node.send(group, '@bob, as it stands', { entities: [] })).entities, [])
  })

  it('is refused where its formatting does not hold, and nothing is sent', async () => {
    const lines = async (): Promise<string[]> => (await ann.node.showChat(group)).messages.map(({ id }) => id)
    const before = await lines()
    const refused = async (text: string, options: Parameters<SmallPerson['node']['send']>[2]): Promise<void> => { await assert.rejects(ann.node.send(group, text, options), BadInputError, `${text} ${JSON.stringify(options)}`) }
    await refused('abc', { entities: [{ type: 'bold', offset: 1, length: 3 }] })
    await refused('🐦', { entities: [{ type: 'bold', offset: 0, length: 1 }] })
    await refused('abc', { entities: [{ type: 'bold', offset: 0, length: 2 }, { type: 'italic', offset: 1, length: 2 }] })
    await refused('abc', { entities: [{ type: 'text_link', offset: 0, length: 2, value: 'javascript:1' }] })
    await refused('abc', { entities: [], format: 'markdown' })
    await refused('<b>abc', { format: 'html' })
    await refused('****', { format: 'html', quote: 'x' })
    await refused('||\n\n||'.slice(0, 0), {})
    await refused('\u200b \n'.trim().slice(1), { format: 'markdown' })
    await assert.rejects(ann.node.send(group, 'a'.repeat(LIMITS.textUnits + 1), { format: 'markdown' }), TooLargeError)
    const sent = await ann.node.send(group, `**${'a'.repeat(LIMITS.textUnits)}**`, { format: 'markdown' })
    assert.equal(sent.text.length, LIMITS.textUnits)
    // What was on its way before it is in the log by then, and so would be what was refused.
    await eventually(() => ann.core.chats.all().every(({ chat }) => chat.outbox.size === 0))
    assert.deepEqual(await lines(), [...before, sent.id])
  })

  it('answers a message with a stretch of it, and says whose it is', async () => {
    const first = await ann.node.send(group, 'see you at **six** ||or seven||', { format: 'markdown' })
    await got(bob, first.text)
    await bob.node.send(group, 'which six?', { replyTo: first.id, quote: 'at six' })
    assert.deepEqual((await got(cat, 'which six?')).replyTo, { id: first.id, quote: 'at six', fromName: 'ann', text: 'see you at six ▒▒ ▒▒▒▒▒' })
    await bob.node.send(group, 'seven?', { replyTo: first.id, quote: 'six or seven' })
    // What its author covered is covered by who answers, and again by who reads: another program may not.
    assert.equal((await got(cat, 'seven?')).replyTo?.quote, 'six ▒▒ ▒▒▒▒▒')
    const id = fromBase32Text(first.id, ENTRY_ID_LENGTH)
    const session = bob.core.chats.all().find(one => one.chat.id === group)!
    await session.send({ kind: 'text', text: 'bare', reply: { id, quote: 'or seven' } }, () => [])
    assert.equal((await got(cat, 'bare')).replyTo?.quote, '▒▒ ▒▒▒▒▒')
    await assert.rejects(bob.node.send(group, 'x', { replyTo: first.id, quote: 'at nine' }), BadInputError)
    await assert.rejects(bob.node.send(group, 'x', { quote: 'at six' }), BadInputError)
    await assert.rejects(bob.node.send(group, 'x', { replyTo: `b${'a'.repeat(26)}` }), NotFoundError)
    await ann.node.editMessage(group, first.id, 'see you at eight')
    const shown = async () => (await cat.node.showChat(group)).messages.find(m => m.text === 'which six?')!.replyTo
    await until(cat.node, e => e.type === 'messageChanged' && e.message.text === 'see you at eight')
    const answer = (await cat.node.showChat(group)).messages.find(m => m.text === 'which six?')!
    await cat.node.react(group, answer.id, ['👍'])
    const { event } = await until(cat.node, e => e.type === 'messageChanged' && e.message.id === answer.id)
    assert.ok(event.type === 'messageChanged')
    assert.deepEqual(event.message.replyTo, { id: first.id, quote: 'at six', fromName: 'ann', text: 'see you at eight' })
    assert.equal((await shown())?.text, 'see you at eight')
    await ann.node.deleteMessages(group, [first.id])
    await until(cat.node, e => e.type === 'messageDeleted' && e.id === first.id)
    assert.deepEqual(await shown(), { id: first.id, quote: 'at six', fromName: 'ann', text: null })
    await until(bob.node, e => e.type === 'messageDeleted' && e.id === first.id)
    await assert.rejects(bob.node.send(group, 'x', { replyTo: first.id }), BadInputError)
  })

  it('can ask for no notification', async () => {
    await ann.node.send(group, 'quietly', { silent: true })
    assert.equal((await got(bob, 'quietly')).silent, true)
    assert.equal((await got(bob, 'ask @bob or @nobody')).silent, false)
  })

  it('is forwarded from a group and into one, with its origin or without, formatting and all', async () => {
    const said = await bob.node.send(group, 'heard of **this**', { format: 'markdown' })
    await got(ann, said.text)
    await ann.node.forwardMessages(group, [said.id], 'cat')
    const toCat = await until(cat.node, e => e.type === 'message' && e.message.forwardedFrom !== null)
    assert.ok(toCat.event.type === 'message' && toCat.event.message.forwardedFrom?.name === 'bob')
    assert.deepEqual(toCat.event.message.entities, [{ type: 'bold', offset: 9, length: 4 }])
    const own = await ann.node.send('bob', 'for the group')
    const [back] = await ann.node.forwardMessages('bob', [own.id], group, { hideOrigin: true })
    assert.deepEqual([back?.forwardedFrom, (await got(cat, 'for the group')).forwardedFrom], [null, null])
  })

  describe('and not sent yet', () => {
    it('is kept for the person alone, over a restart, until it is taken away', async () => {
      const other = await ann.node.send('bob', 'hello')
      assert.deepEqual((await ann.node.saveDraft('bob', 'dear b', { replyTo: other.id })).draft?.text, 'dear b')
      await ann.crash()
      const { draft } = (await ann.node.showChat('bob')).chat
      assert.deepEqual([draft?.text, draft?.replyTo], ['dear b', other.id])
      assert.equal((await bob.node.showChat('ann')).chat.draft, null)
      assert.equal((await ann.node.showChat(group)).chat.draft, null)
      assert.equal((await ann.node.saveDraft('bob', null)).draft, null)
      await ann.crash()
      assert.equal((await ann.node.showChat('bob')).chat.draft, null)
      await assert.rejects(ann.node.saveDraft('bob', 'a'.repeat(LIMITS.textUnits + 1)), TooLargeError)
      await assert.rejects(ann.node.saveDraft('nobody', 'x'), NotFoundError)
    })
  })
})
