/** What members hand each other by pipe while a chat's home is away, and the heads that cross by another relay. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { sealPipeFrame, pipeAddress, sealMessage } from '../../../src/protocol/crypto/index.js'
import { encodeBody, encodePipeFrame, signMessage, type PipeFrame } from '../../../src/protocol/message/index.js'
import { base32Text, fromBase32Text, LIMITS, randomSeed, signerFromSeed, TooLargeError, verifyEvidence, type Signer } from '../../../src/protocol/wire/index.js'
import type { ChatMessage, Update } from '../../../src/protocol/api/index.js'
import { createRelay } from '../../../src/relay/index.js'
import { Previews } from '../../../src/node/chats/pipes/preview.js'
import { eventually, SmallWorld, type SmallOptions, type SmallPerson } from '../small-world.js'
import { until, untilText, World } from '../world.js'

const QUICK = { previewAfterMs: 0, pipeTickMs: 5, headExchangeMs: 3_600_000, headAnswerMs: 0 }
const NEVER = { previewAfterMs: 3_600_000, pipeTickMs: 5, headExchangeMs: 3_600_000 }

const chatOf = (who: SmallPerson): SmallPerson['core']['chats'] extends { all: () => Array<infer S> } ? S : never => who.core.chats.all()[0]!
const page = async (who: SmallPerson): Promise<ChatMessage[]> => (await who.node.showChat(chatOf(who).chat.id)).messages

async function updates (who: SmallPerson): Promise<Update[]> {
  const all: Update[] = []
  for await (const update of who.node.receive({ after: 0 })) all.push(update)
  return all
}

/** What was told of one message, in order. */
async function toldOf (who: SmallPerson, id: string): Promise<string[]> {
  return (await updates(who)).flatMap(({ event }) => {
    if (event.type === 'message' && event.message.id === id) return [`message ${event.message.text}${event.message.preview ? ' (preview)' : ` at ${String(event.message.seq)}`}`]
    return event.type === 'messageState' && event.id === id ? [event.state] : []
  })
}

describe('previews', () => {
  let world: SmallWorld
  let alice: SmallPerson
  let bob: SmallPerson

  /** Alice's chat with bob lives at her relay; bob is at home at another one. */
  async function scene (hers: SmallOptions = {}, his: SmallOptions = {}): Promise<void> {
    world = await SmallWorld.make(2)
    alice = await world.person('alice', { pipes: QUICK, ...hers })
    bob = await world.person('bob', { pipes: QUICK, ...his }, world.relays[1])
    await world.introduce(alice, bob)
    await alice.node.send('bob', 'hello', { wait: 'delivered' })
  }
  afterEach(async () => { await world.close() })

  it('show what a contact writes while the chat\'s relay is away, and give way to the log\'s entries, never doubled', async () => {
    await scene()
    world.relay.cut(true)
    const sent = [await alice.node.send('bob', 'are you there?', { wait: 'queued' }), await alice.node.send('bob', 'the relay is down', { wait: 'queued' })]
    await untilText(bob.node, 'the relay is down')
    const shown = await page(bob)
    assert.deepEqual(shown.map(m => [m.text, m.preview, m.seq === null]), [['hello', false, false], ['are you there?', true, true], ['the relay is down', true, true]])
    assert.deepEqual([(await bob.node.getMessage('alice', sent[0]!.id)).preview, (await bob.node.listChats())[0]!.unread, (await bob.node.listChats())[0]!.last!.text], [true, 1, 'the relay is down'])
    assert.equal((await alice.node.getMessage('bob', sent[0]!.id)).state, 'queued', 'a preview stores nothing')
    world.relay.back()
    await until(bob.node, e => e.type === 'messageState' && e.id === sent[1]!.id && e.state === 'stored')
    for (const [i, { id, text }] of sent.entries()) assert.deepEqual(await toldOf(bob, id), [`message ${text} (preview)`, 'stored'], String(i))
    const kept = await page(bob)
    assert.deepEqual(kept.map(m => [m.text, m.preview, m.seq === null]), [['hello', false, false], ['are you there?', false, false], ['the relay is down', false, false]])
    assert.equal(chatOf(bob).chat.previews.size, 0)
    await until(alice.node, e => e.type === 'messageState' && e.id === sent[1]!.id && e.state === 'delivered')
  })

  it('outlive a crash of who received them, and are there once after it', async () => {
    await scene()
    world.relay.cut(true)
    const { id } = await alice.node.send('bob', 'keep this', { wait: 'queued' })
    await untilText(bob.node, 'keep this')
    await bob.crash()
    assert.deepEqual((await page(bob)).map(m => [m.text, m.preview]), [['hello', false], ['keep this', true]])
    await alice.crash()
    world.relay.back()
    await until(bob.node, e => e.type === 'messageState' && e.id === id && e.state === 'stored')
    assert.deepEqual((await page(bob)).map(m => [m.text, m.preview]), [['hello', false], ['keep this', false]])
    await bob.crash()
    assert.equal(chatOf(bob).chat.previews.size, 0)
    // The news of it are told as it is by then.
    assert.deepEqual(await toldOf(bob, id), ['message keep this at 4', 'stored'])
  })

  it('are not made while the relay is there, nor by marks, nor by way of the chat\'s own relay', async () => {
    await scene()
    await alice.node.send('bob', 'by the log', { wait: 'delivered' })
    assert.deepEqual((await updates(bob)).filter(({ event }) => event.type === 'message' && event.message.preview), [])
    world.relay.cut(true)
    await bob.node.send('alice', 'alice has no other relay', { wait: 'queued' })
    await bob.node.readChat('alice')
    await eventually(() => chatOf(bob).chat.outbox.size > 0)
    world.relay.back()
    await untilText(alice.node, 'alice has no other relay')
    assert.deepEqual((await updates(alice)).filter(({ event }) => event.type === 'message' && event.message.preview), [])
  })

  it('of a message that its author had to give up are dropped, with a note', async () => {
    const verdict = Promise.withResolvers<TooLargeError>()
    let away = false
    await scene({ fate: () => away ? verdict.promise : 'pass' })
    away = true
    world.relay.cut(true)
    const { id } = await alice.node.send('bob', 'too much', { wait: 'queued' })
    await untilText(bob.node, 'too much')
    verdict.resolve(new TooLargeError('no'))
    const { event } = await until(bob.node, e => e.type === 'messageState' && e.id === id)
    assert.deepEqual(event, { type: 'messageState', chat: chatOf(bob).chat.id, id, state: 'failed', error: { code: 'ERR_UNAVAILABLE', message: 'the message was handed over before it was stored, and its author gave it up' } })
    assert.deepEqual((await page(bob)).map(m => m.text), ['hello'])
  })

  it('that never come into the log are dropped after a while, with a note', async () => {
    let later = 0
    await scene({}, { now: () => Date.now() + later })
    world.relay.cut(true)
    const { id } = await alice.node.send('bob', 'for ever?', { wait: 'queued' })
    await untilText(bob.node, 'for ever?')
    later = LIMITS.previewKeptMs + 60_000
    const { event } = await until(bob.node, e => e.type === 'messageState' && e.id === id)
    assert.ok(event.type === 'messageState' && event.state === 'failed' && /never came/.test(event.error!.message))
  })

  /** A frame by the chat's own keys, as a member makes it. */
  async function hand (frame: PipeFrame): Promise<void> {
    const { chat } = chatOf(alice)
    const { pipe, epoch } = chat.keys
    const sealed = sealPipeFrame(pipe, encodePipeFrame(frame), { log: chat.log, epoch, to: bob.account.key })
    const address = pipeAddress(pipe, bob.account.key)
    await eventually(() => world.relays[1]!.services.pipes.listens(address))
    await alice.core.pool.link(world.relays[1]!.signer.key, []).sendPipe(address, sealed)
  }

  function entry (text: string, id: Uint8Array, change: { device?: Signer, epoch?: number, account?: Uint8Array, devSeq?: number } = {}): PipeFrame {
    const { chat } = chatOf(alice)
    const { device = alice.device, epoch = chat.keys.epoch, account = alice.account.key, devSeq = 1000 } = change
    const { term, seq, hash } = chat.cursor
    const signed = signMessage({ v: 1, chat: chat.log, epoch, id, account, devSeq, prevOwn: null, seen: { term, seq, hash }, ts: Date.now(), body: encodeBody({ kind: 'text', text }) }, device)
    return { kind: 'preview', from: alice.account.key, id, payload: sealMessage(chat.keys.content, signed, { log: chat.log, epoch: chat.keys.epoch, id }) }
  }

  it('are checked as the log\'s entries are: strangers\', other places\' and old ones show nothing', async () => {
    await scene({ pipes: NEVER })
    const id = new Uint8Array(16).fill(1)
    const bad: PipeFrame[] = [
      entry('by a device that alice never listed', id, { device: signerFromSeed(randomSeed()) }),
      entry('for another epoch', id, { epoch: 7 }),
      entry('from bob himself', id, { account: bob.account.key }),
      entry('of a number that the log has passed', id, { devSeq: 1 }),
      { ...entry('under another id', new Uint8Array(16).fill(2)), id } as PipeFrame,
      { kind: 'preview', from: alice.account.key, id, payload: new Uint8Array(100) },
      { ...entry('from somebody who is no member', id), from: signerFromSeed(randomSeed()).key }
    ]
    for (const frame of bad) await hand(frame)
    const good = new Uint8Array(16).fill(3)
    for (const text of ['this one is good', 'this one is good', 'under an id that is taken']) await hand(entry(text, good))
    await hand(entry('the last one', new Uint8Array(16).fill(4)))
    await untilText(bob.node, 'the last one')
    assert.deepEqual(await toldOf(bob, base32Text(good)), ['message this one is good (preview)'])
    assert.deepEqual((await page(bob)).map(m => m.text), ['hello', 'this one is good', 'the last one'])
  })

  it('of a blocked contact do not come: nobody listens for them', async () => {
    await scene({ pipes: NEVER })
    const address = pipeAddress(chatOf(bob).chat.keys.pipe, bob.account.key)
    const { pipes } = world.relays[1]!.services
    await eventually(() => pipes.listens(address))
    await bob.node.blockContact('alice', true)
    await eventually(() => !pipes.listens(address))
    await bob.node.blockContact('alice', false)
    await eventually(() => pipes.listens(address))
  })

  it('that said something else than the log does are corrected by a second message', async () => {
    await scene({ pipes: NEVER })
    world.relay.cut(true)
    const { id } = await alice.node.send('bob', 'what the log says', { wait: 'queued' })
    await hand(entry('what the preview said', fromBase32Text(id, 16)))
    await untilText(bob.node, 'what the preview said')
    world.relay.back()
    const { event } = await until(bob.node, e => e.type === 'message' && e.message.id === id && !e.message.preview)
    assert.ok(event.type === 'message')
    assert.deepEqual(await toldOf(bob, id), ['message what the preview said (preview)', `message what the log says at ${String(event.message.seq)}`])
  })

  it('are bounded for each chat', () => {
    const previews = new Previews()
    const make = (n: number, bytes: number): Parameters<Previews['set']>[0] => {
      const id = new Uint8Array(16)
      new DataView(id.buffer).setUint32(0, n)
      return { order: previews.nextOrder(), id, epoch: 1, from: id, device: id, at: 1, body: new Uint8Array(bytes), receivedAt: 1 }
    }
    for (let n = 0; n < LIMITS.previewsPerChat; n++) previews.set(make(n, 1))
    assert.deepEqual([previews.size, previews.bytes, previews.hasRoom(0)], [LIMITS.previewsPerChat, LIMITS.previewsPerChat, false])
    previews.delete(make(0, 0))
    assert.deepEqual([previews.hasRoom(LIMITS.previewBytesPerChat), previews.hasRoom(1)], [false, true])
  })
})

describe('previews over real relays', () => {
  it('go by a home relay that is left, and are in the log once the chat\'s own is back', async () => {
    const timing = { retryBaseMs: 10, retryCapMs: 100, stableMs: 0 }
    const world = await World.make()
    const other = await createRelay({ directory: join(world.dir, 'other'), http: false })
    try {
      const alice = await world.person('alice', { pipes: QUICK, timing })
      const bob = await world.person('bob', { relay: false, pipes: QUICK, timing })
      await bob.node.addRelay(other.addresses()[0]!)
      await alice.node.addRelay(other.addresses()[0]!)
      await world.introduce(alice, bob)
      await alice.node.send('bob', 'hello', { wait: 'delivered' })
      const listen = world.address.replace(/\/p2p\/.*$/, '')
      await world.relay.stop()
      const { id } = await alice.node.send('bob', 'past the relay', { wait: 'queued' })
      const { event } = await untilText(bob.node, 'past the relay')
      assert.ok(event.type === 'message' && event.message.preview && event.message.seq === null)
      await world.startRelay(listen)
      await until(bob.node, e => e.type === 'messageState' && e.id === id && e.state === 'stored')
      assert.deepEqual((await bob.node.showChat('alice')).messages.map(m => [m.text, m.preview]), [['hello', false], ['past the relay', false]])
    } finally {
      await world.close()
      await other.stop()
    }
  })
})

describe('heads that cross by another relay', () => {
  it('catch a relay that shows two members two histories, though they exchange no message', async () => {
    const world = await SmallWorld.make(2)
    const [home, other] = world.relays as [SmallWorld['relay'], SmallWorld['relay']]
    const pipes = { ...NEVER, headAnswerMs: 0 }
    const alice = await world.person('alice', { pipes })
    const bob = await world.person('bob', { pipes }, other)
    await world.introduce(alice, bob)
    await alice.node.send('bob', 'hello', { wait: 'delivered' })
    await eventually(() => chatOf(alice).chat.cursor.seq === chatOf(bob).chat.cursor.seq && chatOf(alice).chat.outbox.size + chatOf(bob).chat.outbox.size === 0)
    const forked = await home.twin()
    bob.meets([forked, other])
    home.cutOff(bob.device.key)
    await Promise.all([alice.node.send('bob', 'in one history', { wait: 'stored' }), bob.node.send('alice', 'in the other', { wait: 'stored' })])
    // Both have their own entry; now alice's home relay is met again, and heads are told by bob's.
    home.cut()
    const told = await Promise.race([alice, bob].map(async who => { await until(who.node, e => e.type === 'chat' && e.change === 'alarm'); return who }))
    assert.match((await told.node.listChats())[0]!.alarm!, /another member holds a head that the relay signed/)
    const [proof] = await told.node.listProofs(chatOf(told).chat.id)
    assert.equal(verifyEvidence(Buffer.from(proof!.evidence, 'base64')).kind, 'fork', 'anybody can check it')
    assert.deepEqual((await page(alice)).map(m => m.text), ['hello', 'in one history'])
    assert.deepEqual((await page(bob)).map(m => m.text), ['hello', 'in the other'])
    assert.ok(base32Text(chatOf(alice).chat.cursor.hash) !== base32Text(chatOf(bob).chat.cursor.hash))
    await world.close()
    await forked.stop()
  })

  it('accuse nobody while the relay is honest', async () => {
    const world = await SmallWorld.make(2)
    const pipes = { ...NEVER, headExchangeMs: 10, headAnswerMs: 0 }
    const alice = await world.person('alice', { pipes })
    const bob = await world.person('bob', { pipes }, world.relays[1])
    await world.introduce(alice, bob)
    let heads = 0
    const { chat } = chatOf(bob)
    const agrees = chat.agrees.bind(chat)
    chat.agrees = async statement => { heads++; return await agrees(statement) }
    for (let i = 0; i < 20; i++) await alice.node.send('bob', `number ${i}`, { wait: 'delivered' })
    await eventually(() => heads > 3)
    assert.deepEqual([...await alice.node.listChats(), ...await bob.node.listChats()].map(c => c.alarm), [null, null])
    await world.close()
  })
})
