import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { Chat } from '../../src/node/chats/chat.js'
import { decodeLeaf, encodeLeaf, entryHash, fromBase32Text, LOG_ID_LENGTH, METHOD, pb, ProofError, UnavailableError, verifyAttested, type LogId } from '../../src/protocol/wire/index.js'
import { until, untilText, World, type Person } from '../node/world.js'
import { flip, isLog } from './liar-scene.js'
import { LyingRelay } from './lying-relay.js'

describe('a relay that lies about what it mirrors', () => {
  let world: World
  let mirror: LyingRelay
  let alice: Person
  let bob: Person
  let log: LogId

  beforeEach(async () => {
    world = await World.make()
    mirror = await LyingRelay.start({ mirrors: true })
    alice = await world.person('alice')
    bob = await world.person('bob', { relay: false })
    await bob.node.addRelay(mirror.addresses()[0]!)
    await world.introduce(alice, bob)
    await alice.node.send('bob', 'before', { wait: 'delivered' })
    await untilText(bob.node, 'before')
    log = fromBase32Text((await bob.node.listChats())[0]!.id, LOG_ID_LENGTH)
    while (mirror.services.mirrors.counts.logs !== 1) await setImmediate()
  })
  afterEach(async () => {
    await world.close()
    await mirror.stop()
  })

  /** Lies about pushes of the chat that hold messages. */
  const lie = (change: (push: pb.EntriesPush) => pb.EntriesPush | undefined): void => {
    mirror.lies = { entries: (_to, push) => isLog(push.log, log) && push.entries.some(e => decodeLeaf(e.leaf).kind === 0) ? change(push) : push }
  }
  /** The same beside other lies. */
  const lieAlso = (change: Parameters<typeof lie>[0]): void => {
    const { lies } = mirror
    lie(change)
    mirror.lies = { ...lies, ...mirror.lies }
  }
  const honest = async (): Promise<void> => {
    const { chat, messages } = await bob.node.showChat('alice')
    assert.equal(chat.caught, null)
    assert.equal(chat.alarm, null)
    assert.equal(chat.home, world.relay.peerId)
    assert.deepEqual(messages.filter(m => m.text === null).length, 0)
  }

  it('and alters an entry is used no more for that log: its home is asked itself, and accused of nothing', async () => {
    lie(push => ({ ...push, entries: push.entries.map(e => ({ ...e, payload: flip(e.payload!) })) }))
    await alice.node.send('bob', 'altered')
    await untilText(bob.node, 'altered')
    assert.equal((await bob.node.send('alice', 'seen', { wait: 'delivered' })).state, 'delivered')
    await honest()
  })

  it('and drops one in the middle is used no more for that log, and its home accused of nothing', async () => {
    lie(push => push.entries.length < 2 ? undefined : { ...push, entries: [push.entries[0]!, ...push.entries.slice(2)] })
    await bob.node.close()
    for (const text of ['one', 'two', 'three']) await alice.node.send('bob', text)
    await world.wake(bob)
    await untilText(bob.node, 'three')
    assert.deepEqual((await bob.node.showChat('alice')).messages.map(m => m.text), ['before', 'one', 'two', 'three'])
    await honest()
  })

  it('and makes up what comes before the home\'s last word is believed nothing', async () => {
    // A leaf of its own making, under a head of the home that speaks of more.
    lie(({ entries: [first], ...push }) => {
      const payload = flip(first!.payload!)
      return { ...push, entries: [{ leaf: encodeLeaf({ ...decodeLeaf(first!.leaf), id: randomBytes(16), entry: entryHash(payload) }), payload }] }
    })
    await bob.node.close()
    for (const text of ['true', 'true too', 'and this']) await alice.node.send('bob', text)
    await world.wake(bob, { heads: { headTickMs: 50, headAskMs: 100 } })
    // What it made up is not taken; that the home has more is known by the home's head.
    await alice.node.send('bob', 'the last')
    await untilText(bob.node, 'the last')
    assert.deepEqual((await bob.node.showChat('alice')).messages.map(m => m.text), ['before', 'true', 'true too', 'and this', 'the last'])
    await honest()
  })

  it('and makes up receipts is used no more for that log: what was sent goes to its home', async () => {
    mirror.lies = {
      reply: (call, body) => {
        if (call.method !== METHOD.append || !isLog(pb.AppendRequest.decode(call.body).log, log)) return body
        const { outcomes } = pb.AppendReply.decode(body)
        return pb.AppendReply.encode({ outcomes: outcomes.map(outcome => outcome.receipt === undefined ? outcome : { ...outcome, receipt: forged(outcome.receipt) }) })
      }
    }
    const forged = (receipt: Uint8Array): Uint8Array => mirror.attest(verifyAttested(receipt).statement)
    // Nothing of the log comes either, so that the receipts alone decide.
    lieAlso(() => undefined)
    for (const text of ['one', 'two']) assert.equal((await bob.node.send('alice', text, { wait: 'delivered' })).state, 'delivered')
    await untilText(alice.node, 'two')
    await honest()
  })

  /** Alters the first append's answer that is one receipt for all. Returns how many calls came by the mirror after that one. */
  const alterRun = (change: (run: pb.AppendRun) => pb.AppendRun): { altered: number, after: number, first: Promise<void>, go: () => void } => {
    let [arrived, go] = [(): void => undefined, (): void => undefined]
    const first = new Promise<void>(resolve => { arrived = resolve })
    const gone = new Promise<void>(resolve => { go = resolve })
    const seen = { altered: 0, after: 0, first, go }
    mirror.lies = {
      reply: async (call, body) => {
        if (call.method !== METHOD.append || !isLog(pb.AppendRequest.decode(call.body).log, log)) return body
        if (seen.altered > 0) seen.after++
        const { run } = pb.AppendReply.decode(body)
        arrived()
        await gone
        if (run === undefined) return body
        seen.altered++
        return pb.AppendReply.encode({ outcomes: [], run: change(run) })
      }
    }
    // Nothing of the log comes either, so that the answer alone decides.
    lieAlso(() => undefined)
    return seen
  }
  const alterations: Record<string, (run: pb.AppendRun) => pb.AppendRun> = {
    'signs one receipt for all itself': run => ({ ...run, receipt: mirror.attest(verifyAttested(run.receipt).statement) }),
    'says that the messages under one receipt stand behind another entry': run => ({ ...run, prev: flip(run.prev) }),
    'changes when they were taken': run => ({ ...run, earlier: run.earlier.map(ms => ms + 1) }),
    'leaves one out': run => ({ ...run, earlier: run.earlier.slice(1) })
  }
  for (const [what, change] of Object.entries(alterations)) {
    it(`and ${what} is used no more for that log: all that it answered goes to its home, once`, async () => {
      const seen = alterRun(change)
      // While the first is not answered the others come to wait, and go out in one call.
      await bob.node.send('alice', 'one', { wait: 'queued' })
      await seen.first
      for (const text of ['two', 'three', 'four']) await bob.node.send('alice', text, { wait: 'queued' })
      seen.go()
      assert.equal((await bob.node.send('alice', 'five', { wait: 'delivered' })).state, 'delivered')
      await untilText(alice.node, 'five')
      assert.deepEqual([seen.altered, seen.after], [1, 0])
      assert.deepEqual((await alice.node.showChat('bob')).messages.map(m => m.text), ['before', 'one', 'two', 'three', 'four', 'five'])
      await honest()
    })
  }

  it('and keeps to an old head is no liar yet, but the chat is not current once the home is known to have more', async () => {
    lie(() => undefined)
    let old: Uint8Array | undefined
    mirror.lies.reply = (call, body) => {
      if (call.method !== METHOD.head || !isLog(pb.LogRequest.decode(call.body).log, log)) return body
      old ??= body
      return old
    }
    assert.equal((await bob.node.send('alice', 'mine', { wait: 'stored' })).state, 'stored')
    await untilText(alice.node, 'mine')
    while ((await bob.node.showChat('alice')).chat.current) await setImmediate()
    await honest()
    // It gives in.
    mirror.lies = {}
    await world.restart(bob)
    await alice.node.send('bob', 'and on', { wait: 'delivered' })
    await untilText(bob.node, 'and on')
    await honest()
  })
})

describe('an answer that is being taken while its mirror is left for another reason', () => {
  const { contradiction } = Chat.prototype
  let home: LyingRelay
  let mirror: LyingRelay
  let world: World
  let bob: Person
  let alice: Person
  let caught: number

  beforeEach(async () => {
    home = await LyingRelay.start()
    mirror = await LyingRelay.start({ mirrors: true })
    world = await World.around(home)
    alice = await world.person('alice')
    bob = await world.person('bob', { relay: false })
    await bob.node.addRelay(mirror.addresses()[0]!)
    await world.introduce(alice, bob)
    assert.equal((await bob.node.send('alice', 'before', { wait: 'delivered' })).state, 'delivered')
    caught = 0
    Chat.prototype.contradiction = async function (hashes, placed) {
      const wrong = await contradiction.call(this, hashes, placed)
      if (wrong instanceof ProofError && this.path.isMirror) {
        caught++
        this.path.leave(new UnavailableError('for another reason'))
      }
      return wrong
    }
  })
  afterEach(async () => {
    Chat.prototype.contradiction = contradiction
    await world.close()
    await Promise.all([mirror.stop(), home.stop()])
  })

  /** Has a relay answer the first message that it lies about with what is signed by it. */
  const lieOnce = (relay: LyingRelay): void => {
    relay.lies = {
      reply: (call, body) => {
        if (call.method !== METHOD.append || caught > 0) return body
        const { outcomes } = pb.AppendReply.decode(body)
        return pb.AppendReply.encode({
          outcomes: outcomes.map(outcome => {
            const { statement } = verifyAttested(outcome.receipt!)
            return { ...outcome, receipt: statement.type === 'receipt' ? relay.attest({ ...statement, seq: statement.seq - 1, hash: flip(statement.hash) }) : outcome.receipt! }
          })
        })
      }
    }
  }

  it('and is the mirror\'s lie is not laid to the home: what it answered goes there', async () => {
    lieOnce(mirror)
    assert.equal((await bob.node.send('alice', 'and on', { wait: 'delivered' })).state, 'delivered')
    assert.equal(caught, 1)
    const { chat } = await bob.node.showChat('alice')
    assert.deepEqual([chat.caught, chat.alarm, chat.home], [null, null, home.peerId])
    assert.deepEqual((await alice.node.showChat('bob')).messages.map(m => m.text), ['before', 'and on'])
  })

  it('and is the home\'s own lie is proved against the home', async () => {
    lieOnce(home)
    await bob.node.send('alice', 'and on', { wait: 'queued' })
    await until(bob.node, e => e.type === 'chat' && e.change === 'alarm')
    assert.equal(caught, 1)
    const { chat } = await bob.node.showChat('alice')
    assert.deepEqual([chat.caught?.kind, typeof chat.caught?.proof], ['fork', 'number'])
  })
})
