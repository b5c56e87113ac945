import assert from 'node:assert/strict'
import type { ChatMessage } from '../../../../src/protocol/api/index.js'
import { readFacts } from '../../../../src/node/chats/about/fact-records.js'
import { ENTRY_ID_LENGTH, fromBase32Text } from '../../../../src/protocol/wire/index.js'
import { eventually, SmallWorld, type SmallPerson } from '../../small-world.js'

const idOf = (text: string): Uint8Array => fromBase32Text(text, ENTRY_ID_LENGTH)

/** What a person sees of a message that others told about. */
function told ({ text, edited, pinned, reactions, poll }: ChatMessage): unknown { return [text, edited, pinned, reactions.map(({ emoji, count }) => [emoji, count]), poll?.options.map(({ votes }) => votes)] }

describe('what was told about messages', () => {
  let world: SmallWorld
  let alice: SmallPerson
  let bob: SmallPerson
  let asked: string
  let said: string

  // Both know of bob's part; of alice's only the home that goes.
  beforeEach(async () => {
    world = await SmallWorld.make(3)
    const [first, second, third] = world.relays
    alice = await world.person('alice')
    bob = await world.person('bob', {}, second)
    await alice.node.addRelay(third!.address)
    await world.introduce(alice, bob)
    await alice.node.moveChat('bob', { to: third!.address })
    said = (await alice.node.send('bob', 'as it was')).id
    asked = (await alice.node.sendPoll('bob', { question: 'Where?', options: ['here', 'there'] }, { wait: 'delivered' })).id
    await bob.node.react('alice', said, ['👍'])
    await bob.node.vote('alice', asked, [0])
    await eventually(async () => (await alice.node.getMessage('bob', asked)).poll?.voters === 1)
    bob.meets([first!, second!])
    third!.cutOff(bob.device.key)
  })
  afterEach(async () => { await world.close() })

  async function seen (who: SmallPerson, other: string): Promise<unknown[]> { return [told(await who.node.getMessage(other, said)), told(await who.node.getMessage(other, asked))] }

  it('goes with the end of a log that a takeover leaves behind, and comes again with it, the same for both', async () => {
    const [, second, third] = world.relays
    await alice.node.editMessage('bob', said, 'as it is')
    await alice.node.pinMessage('bob', said)
    await alice.node.react('bob', said, ['👍', '🦀'])
    await alice.node.vote('bob', asked, [0])
    await alice.node.vote('bob', asked, [1])
    const late = await alice.node.send('bob', 'not seen')
    await alice.node.react('bob', late.id, ['🦀'])
    await eventually(() => alice.core.chats.all()[0]!.chat.outbox.size === 0)
    const before = await seen(alice, 'bob')
    const { last } = alice.core.updates
    third!.cut(true)
    await bob.node.moveChat('alice', { to: second!.address, lost: true })
    // Alice goes back to what bob had, and appends again what she had beyond it.
    await eventually(async () => JSON.stringify(await seen(bob, 'alice')) === JSON.stringify(before))
    await eventually(() => alice.core.chats.all().every(({ chat }) => chat.back.size === 0 && chat.outbox.size === 0))
    assert.deepEqual(await seen(alice, 'bob'), before)
    await eventually(async () => (await bob.node.getMessage('alice', late.id).catch(() => undefined))?.reactions.length === 1)
    const [hers, his] = [alice, bob].map(who => who.core.chats.all()[0]!.chat)
    for (const id of [said, asked, late.id]) assert.deepEqual(await readFacts(hers!, idOf(id)), await readFacts(his!, idOf(id)))
    assert.deepEqual(before, [['as it is', true, true, [['👍', 2], ['🦀', 1]], undefined], ['Where?', false, false, [], [1, 1]]])
    assert.deepEqual((await alice.node.listPinned('bob')).map(({ id }) => id), [said])
    assert.deepEqual((await bob.node.getMessage('alice', late.id)).reactions.length, 1)
    assert.deepEqual((await alice.node.getMessage('bob', late.id)).reactions.length, 1)
    // She was told that it was gone, and that it is there again.
    const texts: string[] = []
    for await (const { event } of alice.node.receive({ after: last })) if (event.type === 'messageChanged' && event.change === 'edited') texts.push(event.message.text)
    assert.deepEqual(texts, ['as it was', 'as it is'])
  })

  it('is there after a crash, and what was on its way goes on', async () => {
    const [first, second, third] = world.relays
    bob.meets([first!, second!, third!])
    third!.cut(true)
    await alice.node.editMessage('bob', said, 'as it is', { wait: 'queued' })
    await alice.node.react('bob', said, ['🦀'], { wait: 'queued' })
    const onItsWay = told(await alice.node.getMessage('bob', said))
    assert.deepEqual(onItsWay, ['as it is', true, false, [['👍', 1], ['🦀', 1]], undefined])
    assert.deepEqual((await alice.node.showChat('bob')).messages.map(({ kind }) => kind), ['text', 'poll'])
    await alice.crash()
    assert.deepEqual(told(await alice.node.getMessage('bob', said)), onItsWay)
    third!.back()
    await eventually(async () => JSON.stringify(told(await bob.node.getMessage('alice', said))) === JSON.stringify(onItsWay))
    await eventually(() => alice.core.chats.all()[0]!.chat.outbox.size === 0)
    assert.deepEqual(told(await alice.node.getMessage('bob', said)), onItsWay)
  })
})
