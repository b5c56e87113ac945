/** Who comes back to much that was missed is shown the end of it while the rest is still being taken. */
import assert from 'node:assert/strict'
import { encodeBody } from '../../../src/protocol/message/index.js'
import { randomSeed } from '../../../src/protocol/wire/index.js'
import type { ChatMessage, ChatPage } from '../../../src/protocol/api/index.js'
import { FAR_ENTRIES } from '../../../src/node/chats/past/newest-lines.js'
import type { KeyValueOp } from '../../../src/store/index.js'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'
import { until, untilText } from '../world.js'
import { appendPast } from './past-the-node.js'
import { renewLeaf } from './schedule.js'

const MISSED = FAR_ENTRIES + 88
// A write of a hundred entries and more has so many, and no other here.
const RUN_BYTES = 32 * 1024
const LAST = `message ${MISSED}`

const sessionOf = (who: SmallPerson): ReturnType<SmallPerson['core']['chats']['all']>[number] => who.core.chats.all()[0]!
const page = async (who: SmallPerson, options: { limit?: number, before?: number } = {}): Promise<ChatPage> => await who.node.showChat(sessionOf(who).chat.id, options)
const textsOf = (messages: readonly ChatMessage[]): string[] => messages.map(({ text }) => text)

describe('the last lines of a chat of which much was missed', () => {
  let world: SmallWorld
  let ann: SmallPerson
  let bob: SmallPerson
  let letGo: () => void

  beforeEach(async () => {
    world = await SmallWorld.make()
    ann = await world.person('ann')
    bob = await world.person('bob')
    await world.introduce(ann, bob)
    await ann.node.send('bob', 'hello', { wait: 'delivered' })
    await bob.close()
  })
  afterEach(async () => {
    letGo()
    await world.close()
  })

  const write = async (from: number, to: number): Promise<ChatMessage[]> => {
    const sent = await Promise.all(Array.from({ length: to - from + 1 }, async (_, i) => await ann.node.send('bob', `message ${from + i}`, { wait: 'queued' })))
    await eventually(() => sessionOf(ann).chat.outbox.size === 0)
    return sent
  }

  /** Bob comes back on a disk that keeps a run of entries waiting, from one epoch on, and behind some runs. */
  const comeBack = async (epoch = 0, runs = 0): Promise<void> => {
    let passed = 0
    const { promise, resolve } = Promise.withResolvers<undefined>()
    letGo = () => { resolve(undefined) }
    const bytesOf = (ops: readonly KeyValueOp[]): number => ops.reduce((sum, op) => sum + (op.type === 'put' ? op.value.length : 0), 0)
    bob.disk.beforeWrite = async ops => { if (bytesOf(ops) > RUN_BYTES && sessionOf(bob).chat.keys.epoch >= epoch && ++passed > runs) await promise }
    await bob.open()
  }

  const shown = async (text: string): Promise<void> => { await eventually(async () => (await page(bob, { limit: 1 })).messages.at(-1)?.text === text) }

  it('are shown while the rest is taken, told and counted only with it, and each line is there once in the end', async () => {
    const sent = await write(1, MISSED)
    await comeBack()
    await shown(LAST)
    const { chat } = sessionOf(bob)
    const { seq } = chat.cursor
    assert.ok(seq < 10, 'nothing of it was taken yet')
    await until(bob.node, e => e.type === 'chat' && e.change === 'newest' && e.chat === chat.id)
    const first = await page(bob)
    assert.deepEqual(textsOf(first.messages), Array.from({ length: 50 }, (_, i) => `message ${MISSED - 49 + i}`))
    assert.deepEqual([first.hasMore, first.chat.last?.text, first.chat.unread, first.chat.current], [true, LAST, 1, false])
    // What is between them and the place that was taken is on its way: no page shows one as if it followed the other.
    const whole = await page(bob, { limit: 1000 })
    assert.ok(whole.hasMore && !textsOf(whole.messages).includes('hello'))
    const between = await page(bob, { before: whole.messages[0]!.seq! })
    assert.deepEqual([between.messages, between.hasMore], [[], true])
    assert.deepEqual(textsOf((await page(bob, { before: seq + 1 })).messages), ['hello'])
    assert.equal((await bob.node.getMessage('ann', sent.at(-1)!.id)).text, LAST)
    await bob.node.readChat('ann')
    assert.equal(chat.cursor.read, seq)
    letGo()
    await untilText(bob.node, LAST)
    await eventually(() => chat.cursor.seq >= seq + MISSED)
    const all = await page(bob, { limit: 1000 })
    assert.deepEqual(textsOf(all.messages), ['hello', ...Array.from({ length: MISSED }, (_, i) => `message ${i + 1}`)])
    assert.equal(all.chat.unread, MISSED)
    const told: string[] = []
    for await (const { event } of bob.node.receive({ after: 0 })) {
      if (event.type === 'message') told.push(event.message.text)
      if (event.type === 'chat' && event.change === 'newest') told.push('newest')
    }
    assert.deepEqual(told, ['hello', 'newest', ...Array.from({ length: MISSED }, (_, i) => `message ${i + 1}`)])
  })

  it('make no chat current of which more follows: a page says nothing of what comes after it', async () => {
    // More than are taken in one run.
    await write(1, 2 * MISSED)
    await comeBack(0, 1)
    const { chat } = sessionOf(bob)
    await eventually(() => chat.cursor.seq > 100)
    assert.ok(chat.cursor.seq < 2 * MISSED)
    assert.equal((await page(bob, { limit: 1 })).chat.current, false)
    letGo()
    await eventually(async () => (await page(bob, { limit: 1 })).chat.current)
    assert.ok(chat.cursor.seq >= 2 * MISSED)
  })

  it('can be answered, and changed once the chat was taken up to them', async () => {
    const sent = await write(1, MISSED)
    await comeBack()
    await shown(LAST)
    const last = sent.at(-1)!
    await assert.rejects(bob.node.react('ann', last.id, ['👍']), /taken up to that message/)
    const answer = await bob.node.send('ann', 'so late', { wait: 'queued', replyTo: last.id })
    assert.deepEqual((await page(bob)).messages.slice(-2).map(({ text, replyTo }) => [text, replyTo?.text]), [[LAST, undefined], ['so late', LAST]])
    letGo()
    await eventually(async () => (await bob.node.getMessage('ann', answer.id)).state === 'delivered')
    await bob.node.react('ann', last.id, ['👍'], { wait: 'stored' })
    assert.equal((await ann.node.getMessage('bob', answer.id)).replyTo?.text, LAST)
  })

  it('are without what was taken back or edited since, and without what no member\'s device has signed', async () => {
    const sent = await write(1, MISSED)
    const [gone, edited] = [sent.at(-3)!, sent.at(-2)!]
    await ann.node.deleteMessages('bob', [gone.id], { wait: 'stored' })
    await ann.node.editMessage('bob', edited.id, 'other words', { wait: 'stored' })
    await appendPast(sessionOf(ann), { account: bob.account, device: ann.device }, randomSeed().slice(0, 16), encodeBody({ kind: 'text', text: 'bob says' }))
    await eventually(() => sessionOf(ann).chat.outbox.size === 0)
    await comeBack()
    await shown(LAST)
    assert.deepEqual(textsOf((await page(bob, { limit: 3 })).messages), [`message ${MISSED - 4}`, `message ${MISSED - 3}`, LAST])
    letGo()
    await eventually(async () => textsOf((await page(bob, { limit: 10 })).messages).includes('other words'))
  })

  it('are those of the last epoch, once the chat has come there', async () => {
    await write(1, 10)
    const { epoch } = sessionOf(ann).chat.keys
    await renewLeaf(ann)
    world.relay.cutOff(ann.device.key)
    await eventually(() => sessionOf(ann).chat.keys.epoch > epoch)
    // A page may have the commit in its middle.
    await write(11, 2 * MISSED)
    await comeBack(epoch + 1)
    await shown(`message ${2 * MISSED}`)
    assert.equal(sessionOf(bob).chat.keys.epoch, epoch + 1)
    assert.ok(sessionOf(bob).chat.cursor.seq < MISSED)
    letGo()
    await untilText(bob.node, `message ${2 * MISSED}`)
    assert.equal((await page(bob, { limit: 1024 })).messages.at(-1)?.text, `message ${2 * MISSED}`)
  })

  it('are not fetched where little was missed', async () => {
    await write(1, FAR_ENTRIES - 100)
    await comeBack()
    letGo()
    let reads = 0
    const { link } = sessionOf(bob).chat
    const read = link.read.bind(link)
    link.read = async (...args) => {
      reads++
      return await read(...args)
    }
    await untilText(bob.node, `message ${FAR_ENTRIES - 100}`)
    assert.equal(reads, 0)
  })

  it('are not shown where the relay\'s entries do not lead to the end that it signed', async () => {
    await write(1, MISSED)
    await comeBack()
    const { link, cursor } = sessionOf(bob).chat
    const asked = Promise.withResolvers<undefined>()
    const read = link.read.bind(link)
    link.read = async (log, after, limit, options) => {
      const { entries, prev, ...rest } = await read(log, after, limit, options)
      asked.resolve(undefined)
      return { ...rest, entries, prev: prev!.map(byte => byte ^ 1) }
    }
    await asked.promise
    assert.deepEqual(textsOf((await page(bob)).messages), ['hello'])
    assert.equal(sessionOf(bob).chat.cursor.seq, cursor.seq)
    letGo()
    await untilText(bob.node, LAST)
  })
})
