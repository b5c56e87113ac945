import assert from 'node:assert/strict'
import { CHAT_KEYS } from '../../../../src/node/chats/devices/chat-key.js'
import type { Update } from '../../../../src/protocol/api/index.js'
import { SharedVaults } from '../../shared-vaults.js'
import { eventually, SmallWorld, type SmallPerson } from '../../small-world.js'
import { SHARINGS } from '../../vault-logs.js'
import { page, seen, sessionOf, texts, transcript } from './kit.js'

for (const [how, share] of SHARINGS) describe(`a second device of an account, their records shared ${how}`, () => {
  let world: SmallWorld
  let ann: SmallPerson
  let bob: SmallPerson
  let chat: string
  beforeEach(async () => {
    world = await SmallWorld.make()
    ann = await world.person('ann', { spareDevices: 1, shared: share() })
    bob = await world.person('bob')
    await world.introduce(ann, bob)
    chat = ann.core.chats.all()[0]!.chat.id
  })
  afterEach(async () => { await world.close() })

  it('takes part in a direct chat that the first one made: what either sends is seen on both as their own', async () => {
    await ann.node.send('bob', 'one')
    await bob.node.send('ann', 'two')
    await eventually(async () => (await texts(ann, chat)).length === 2)
    const second = await world.second(ann)
    assert.deepEqual(second.core.chats.all().map(s => s.chat.id), [chat])
    await eventually(async () => (await texts(second, chat)).join() === 'one,two')
    await second.node.send('bob', 'three')
    await ann.node.send('bob', 'four')
    for (const who of [ann, second, bob]) await eventually(async () => (await texts(who, chat)).length === 4)
    assert.deepEqual((await page(bob, chat)).map(m => m.id), (await page(ann, chat)).map(m => m.id))
    assert.deepEqual((await page(ann, chat)).map(m => m.own), [true, false, true, true])
    await eventually(async () => (await transcript(second, chat)) === (await transcript(ann, chat)))
    assert.deepEqual(await seen(second, chat), await seen(ann, chat))
  })

  it('fills a long chat from the newest to the oldest, while it sends; everything is as on the first one', async () => {
    for (let n = 0; n < 400; n++) await (n % 3 === 0 ? bob : ann).node.send(n % 3 === 0 ? 'ann' : 'bob', `message ${n}`, { wait: 'queued' })
    await eventually(async () => sessionOf(ann, chat).chat.cursor.seq > 400 && (await texts(bob, chat)).length === 400)
    const [first, , , fourth, fifth] = (await page(ann, chat, 400)).filter(m => m.own)
    await bob.node.react('ann', first!.id, ['👍'])
    await ann.node.editMessage(chat, fifth!.id, 'better words')
    await ann.node.deleteMessages(chat, [fourth!.id])
    await bob.node.pinMessage('ann', fifth!.id)
    const poll = (await ann.node.sendPoll('bob', { question: 'Where?', options: ['here', 'there'] })).id
    await eventually(async () => (await page(bob, chat, 10)).some(m => m.id === poll))
    await bob.node.vote('ann', poll, [1])
    await eventually(async () => (await page(ann, chat, 10)).some(m => m.poll?.options[1]?.votes === 1))
    const second = await world.second(ann)
    // The place that the first one gave to the vault is near the end; what is below comes by itself.
    assert.ok(sessionOf(second, chat).chat.cursor.seq > 256)
    await second.node.send('bob', 'from here')
    await eventually(async () => (await texts(second, chat)).includes('message 0'))
    await eventually(async () => (await texts(ann, chat)).includes('from here'))
    await eventually(async () => (await transcript(second, chat)) === (await transcript(ann, chat)))
    assert.deepEqual(await seen(second, chat), await seen(ann, chat))
    assert.equal((await second.node.showChat(chat)).hasMore, true)
    assert.deepEqual((await second.node.searchMessages({ query: 'better words' })).messages.map(m => m.message.id), [fifth!.id])
  })

  it('gets many chats at once, that in which somebody spoke last before all others, and everything of each', async () => {
    const groups: string[] = []
    for (let n = 0; n < 4; n++) groups.push((await ann.node.createGroup(`Group ${n}`, { members: ['bob'] })).chat.id)
    for (const group of groups) await ann.node.send(group, 'one', { wait: 'stored' })
    for (const group of groups) await eventually(async () => bob.core.chats.all().some(s => s.chat.id === group) && (await texts(bob, group)).length === 1)
    const before = Date.now()
    await eventually(() => Date.now() > before)
    await ann.node.send(groups[2]!, 'two', { wait: 'stored' })
    // A mark is no word.
    await ann.node.readChat(groups[1]!)
    const second = await world.second(ann)
    // They are asked before any of them is begun, but for those that somebody names.
    await eventually(() => groups.every(group => sessionOf(second, group).past.writtenAt > 0))
    const ranked = groups.toSorted((a, b) => sessionOf(second, b).past.writtenAt - sessionOf(second, a).past.writtenAt)
    assert.equal(ranked[0], groups[2])
    for (const group of groups) await eventually(() => sessionOf(second, group).chat.current)
    for (const group of groups) await eventually(async () => (await texts(second, group))[0] === 'one')
    for (const group of groups) await eventually(async () => (await transcript(second, group)) === (await transcript(ann, group)))
  })
  it('gets a chat once, of which the vault has two records, whichever of its devices wrote the other', async () => {
    await ann.node.send('bob', 'one')
    const { vault } = ann.core
    await vault.write(`${CHAT_KEYS}another`, vault.get(`${CHAT_KEYS}${chat}`))
    await vault.write(`${CHAT_KEYS}0`, vault.get(`${CHAT_KEYS}${chat}`))
    const second = await world.second(ann)
    assert.deepEqual(second.core.chats.all().map(s => s.chat.id), [chat])
    await eventually(async () => (await texts(second, chat)).includes('one'))
    // One that runs is given them too.
    await vault.write(`${CHAT_KEYS}third`, vault.get(`${CHAT_KEYS}${chat}`))
    await ann.node.send('bob', 'two')
    await vault.published([`${CHAT_KEYS}third`])
    await eventually(async () => second.core.vault.get(`${CHAT_KEYS}third`) !== undefined && (await texts(second, chat)).includes('two'))
    assert.deepEqual(second.core.chats.all().map(s => s.chat.id), [chat])
    const told: Update[] = []
    for await (const update of second.node.receive()) told.push(update)
    assert.equal(told.filter(({ event }) => event.type === 'chat' && event.change === 'joined').length, 1)
  })
})

describe('a second device of an account that is looked at early', () => {
  let world: SmallWorld
  afterEach(async () => { await world.close() })

  it('shows what somebody looks at before it has all of it, and goes on after a crash', async () => {
    world = await SmallWorld.make()
    const ann = await world.person('ann', { spareDevices: 1, shared: new SharedVaults() })
    await world.introduce(ann, await world.person('bob'))
    const chat = ann.core.chats.all()[0]!.chat.id
    for (let n = 0; n < 700; n++) await ann.node.send('bob', `message ${n}`, { wait: 'queued' })
    await eventually(() => sessionOf(ann, chat).chat.cursor.seq > 700)
    const second = await world.second(ann)
    assert.equal((await page(second, chat, 10)).length, 10)
    await second.crash()
    await eventually(async () => (await second.node.showChat(chat, { limit: 20, before: 12 })).messages.some(m => m.text === 'message 0'))
  })
})
