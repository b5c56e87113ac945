import assert from 'node:assert/strict'
import { attest, chainStart, decodeLeaf, entryHash, METHOD, pb, randomSeed, signerFromSeed, UnavailableError, verifyAttested, type LogId } from '../../src/protocol/wire/index.js'
import { until, untilText } from '../node/world.js'
import { flip, isLog, LiarScene as Scene } from './liar-scene.js'
import { OtherHistory, type LyingRelay, type Told } from './lying-relay.js'

describe('a relay that lies about a chat, and contradicts itself', () => {
  let scene: Scene
  beforeEach(async () => { scene = await Scene.make() })
  afterEach(async () => { await scene.close() })

  /** Lies to bob about the pushes of his chat with alice that hold data. */
  const toBob = (lie: (push: pb.EntriesPush) => pb.EntriesPush | undefined) => (log: LogId): LyingRelay['lies'] => ({
    entries: (to, push) => scene.isFrom('bob', to) && isLog(push.log, log) && push.entries.some(e => decodeLeaf(e.leaf).kind === 0) ? lie(push) : push
  })

  it('is caught when it alters an entry', async () => {
    await scene.chat(toBob(push => ({ ...push, entries: push.entries.map(e => ({ ...e, payload: flip(e.payload!) })) })))
    await scene.alice.node.send('bob', 'altered')
    await scene.caught(scene.bob, 'alice', /entry \d+ is not what its leaf says/)
  })

  it('is caught when it swaps two entries', async () => {
    await scene.chat(toBob(push => push.entries.length < 2 ? undefined : { ...push, entries: [...push.entries].reverse() }))
    await scene.bob.node.close()
    for (const text of ['one', 'two']) await scene.alice.node.send('bob', text)
    await scene.world.wake(scene.bob)
    await scene.caught(scene.bob, 'alice', /numbers|belongs/)
  })

  it('is caught when it drops an entry, after it was asked again', async () => {
    await scene.chat(toBob(push => {
      const entries = push.entries.filter(e => decodeLeaf(e.leaf).seq !== 3)
      return entries.length === 0 ? undefined : { ...push, entries }
    }))
    // Bob stands at entry 2 before the gap, so that no push holds both of its sides.
    const { id } = await scene.bob.node.send('alice', 'here')
    await until(scene.bob.node, e => e.type === 'messageState' && e.id === id)
    for (const text of ['one', 'two', 'three']) await scene.alice.node.send('bob', text)
    await scene.caught(scene.bob, 'alice', /leaves out entry 3/)
    assert.deepEqual(await scene.texts(scene.bob, 'alice'), ['here'])
    const { gaps: [gap] } = (await scene.bob.node.showChat('alice')).chat
    assert.deepEqual([gap?.of, gap?.from, gap?.to, gap?.account], ['log', 3, 3, ''])
    await until(scene.bob.node, e => e.type === 'gap' && !e.healed && e.gap.from === 3)
    // The relay gives in, and the person goes on.
    await scene.bob.node.resumeChat('alice')
    await until(scene.bob.node, e => e.type === 'gap' && e.healed && e.gap.from === 3)
    await untilText(scene.bob.node, 'three')
    assert.deepEqual((await scene.bob.node.showChat('alice')).chat.gaps, [])
  })

  it('is caught at once when it drops one in the middle of a push', async () => {
    await scene.chat(toBob(push => {
      const [first, , ...rest] = push.entries
      return first === undefined || rest.length === 0 ? undefined : { ...push, entries: [first, ...rest] }
    }))
    await scene.bob.node.close()
    for (const text of ['one', 'two', 'three']) await scene.alice.node.send('bob', text)
    await scene.world.wake(scene.bob)
    await scene.caught(scene.bob, 'alice', /sent \d+ entries as numbers/)
  })

  it('is caught when it shows a newcomer less than the invitation speaks of', async () => {
    await scene.chat(log => ({
      entries: (to, push) => scene.isFrom('bob', to) && isLog(push.log, log) ? undefined : push,
      reply: (call, body) => call.method === METHOD.follow && scene.isFrom('bob', call.channel.remotePeer) && isLog(pb.FollowRequest.decode(call.body).log, log)
        ? pb.HeadReply.encode({ head: scene.relay.attest({ type: 'head', log, term: 1, seq: 0, hash: chainStart(log, scene.relay.signer.key), time: Date.now() }) })
        : body
    }))
    await scene.caught(scene.bob, 'alice', /its invitation stands at 1/)
  })

  it('is caught when another key signs the log\'s end', async () => {
    const other = signerFromSeed(randomSeed())
    await scene.chat(toBob(push => ({ ...push, head: attest([verifyAttested(push.head).statement], other)[0]! })))
    await scene.alice.node.send('bob', 'signed by whom')
    await scene.caught(scene.bob, 'alice', /another key than the log's home/)
  })

  it('is caught when its receipt is signed by another key, and the message stays with its author', async () => {
    await receipts((log, item, seq) => attest([{ type: 'receipt', log, term: 1, seq, prev: new Uint8Array(32), hash: new Uint8Array(32), entry: entryHash(item.payload), time: 1 }], signerFromSeed(randomSeed()))[0]!)
    await scene.caught(scene.alice, 'bob', /receipt is for something else/)
    assert.deepEqual((await scene.alice.node.showChat('bob')).messages.map(m => [m.text, m.state]), [['mine', 'queued']])
  })

  it('is caught when its receipt is for other bytes', async () => {
    await receipts((log, _item, seq) => scene.relay.attest({ type: 'receipt', log, term: 1, seq, prev: new Uint8Array(32), hash: new Uint8Array(32), entry: entryHash(Uint8Array.of(1)), time: 1 }))
    await scene.caught(scene.alice, 'bob', /receipt is for another payload/)
    assert.deepEqual((await scene.alice.node.showChat('bob')).messages.map(m => [m.text, m.state]), [['mine', 'queued']])
  })

  it('is caught when the log does not show what it gave a receipt for', async () => {
    const { relay } = scene
    await scene.chat(log => ({
      reply: (call, body) => {
        if (call.method !== METHOD.append || !scene.isFrom('alice', call.channel.remotePeer) || !isLog(pb.AppendRequest.decode(call.body).log, log)) return body
        const { items } = pb.AppendRequest.decode(call.body)
        const first = 2
        return pb.AppendReply.encode({
          outcomes: items.map((item, i) => item.kind !== 0
            ? pb.AppendReply.decode(body).outcomes[i]!
            : { duplicate: false, receipt: relay.attest({ type: 'receipt', log, term: 1, seq: first + i, prev: new Uint8Array(32), hash: new Uint8Array(32).fill(7), entry: entryHash(item.payload), time: 1 }) })
        })
      }
    }))
    await scene.alice.node.send('bob', 'promised').catch(() => undefined)
    await scene.caught(scene.alice, 'bob', /gave a receipt for|contradicts the entry/)
  })

  /** Alice's data appends in her chat with bob are not stored, and answered by these receipts. */
  async function receipts (receipt: (log: LogId, item: pb.AppendItem, seq: number) => Uint8Array): Promise<void> {
    await scene.chat(log => ({
      request: call => {
        if (call.method !== METHOD.append || !scene.isFrom('alice', call.channel.remotePeer)) return call.body
        const request = pb.AppendRequest.decode(call.body)
        return isLog(request.log, log) && request.items.every(i => i.kind === 0) ? pb.AppendRequest.encode({ ...request, items: [] }) : call.body
      },
      reply: (call, body) => {
        if (call.method !== METHOD.append || !scene.isFrom('alice', call.channel.remotePeer)) return body
        const { log: to, items } = pb.AppendRequest.decode(call.body)
        if (!isLog(to, log) || items.some(i => i.kind !== 0)) return body
        return pb.AppendReply.encode({ outcomes: items.map((item, i) => ({ duplicate: false, receipt: receipt(log, item, 2 + i) })) })
      }
    }))
    await scene.alice.node.send('bob', 'mine', { wait: 'queued' })
  }
})

describe('a relay that shows one person another history, all of it numbered, hashed and signed', () => {
  let scene: Scene
  beforeEach(async () => { scene = await Scene.make() })
  afterEach(async () => { await scene.close() })

  /** Bob sees the log through `tell`, which gets the data entries by their count. */
  async function otherHistory (tell: (honest: Told, n: number) => Told[]): Promise<void> {
    await scene.chat(log => {
      const history = new OtherHistory(scene.relay, log)
      let n = 0
      return {
        entries: (to, push) => scene.isFrom('bob', to) && isLog(push.log, log)
          ? history.push(push, told => told.leaf.kind === 0 ? tell(told, n++) : [told])
          : push,
        // What bob says would give the lie away to alice.
        request: call => {
          if (call.method === METHOD.append && scene.isFrom('bob', call.channel.remotePeer) && isLog(pb.AppendRequest.decode(call.body).log, log)) throw new UnavailableError('later')
          return call.body
        }
      }
    })
  }

  it('is caught at the next message when it leaves one out', async () => {
    await otherHistory((told, n) => n === 1 ? [] : [told])
    for (const text of ['one', 'two', 'three']) await scene.alice.node.send('bob', text)
    await scene.caught(scene.bob, 'alice', /are missing \(1\)/)
    const { gaps: [gap], caught } = (await scene.bob.node.showChat('alice')).chat
    assert.deepEqual([gap?.of, gap?.name, gap?.from, gap?.to], ['member', 'alice', 2, 2])
    assert.deepEqual([caught?.kind, caught?.claim, caught?.proof], ['missing', true, null])
    assert.ok(await until(scene.bob.node, e => e.type === 'gap' && !e.healed && e.gap.from === 2), 'an update says so')
    assert.deepEqual(await scene.texts(scene.bob, 'alice'), ['one', 'three'])
  })

  it('is caught at once when it leaves out the very first one', async () => {
    await otherHistory((told, n) => n === 0 ? [] : [told])
    for (const text of ['one', 'two']) await scene.alice.node.send('bob', text)
    await scene.caught(scene.bob, 'alice', /are missing \(1\)/)
  })

  it('is caught when it puts two in another order', async () => {
    let first: Told
    await otherHistory((told, n) => {
      if (n === 0) first = told
      return n === 0 ? [] : n === 1 ? [told, first] : [told]
    })
    for (const text of ['one', 'two']) await scene.alice.node.send('bob', text)
    await scene.caught(scene.bob, 'alice', /left out|are missing \(1\)/)
    await until(scene.bob.node, e => e.type === 'gap' && e.healed && e.gap.from === 1)
    assert.deepEqual((await scene.bob.node.showChat('alice')).chat.gaps, [])
  })

  it('is caught at the next message when it alters one, which is held with its reason', async () => {
    await otherHistory((told, n) => [n === 0 ? { ...told, payload: flip(told.payload) } : told])
    await scene.say('one')
    await scene.say('two')
    await scene.caught(scene.bob, 'alice', /another history/)
    const { messages } = await scene.bob.node.showChat('alice')
    assert.deepEqual(messages.map(m => m.kind), ['held', 'text'])
    assert.match(messages[0]!.text, /could not be read: ERR_DECRYPT/)
  })

  it('is caught when it replays an entry, and the message stays what it was', async () => {
    let first: Told
    await otherHistory((told, n) => {
      if (n === 0) first = told
      return n === 1 ? [first, told] : [told]
    })
    const id = await scene.say('one')
    for (const text of ['two', 'three']) await scene.say(text)
    await scene.caught(scene.bob, 'alice', /another history/)
    assert.equal((await scene.bob.node.getMessage('alice', id)).text, 'one')
    assert.deepEqual(await scene.texts(scene.bob, 'alice'), ['one', 'HELD', 'two', 'three'])
  })

  it('does not make an author lose a message by putting something else under its id', async () => {
    await scene.chat(log => {
      const history = new OtherHistory(scene.relay, log)
      return {
        entries: (to, push) => scene.isFrom('alice', to) && isLog(push.log, log)
          ? history.push(push, told => [told.leaf.kind === 0 ? { ...told, payload: flip(told.payload) } : told])
          : push
      }
    })
    const sent = await scene.alice.node.send('bob', 'mine', { wait: 'queued' })
    await scene.caught(scene.alice, 'bob', /not what was sent|gave a receipt for|contradicts/)
    assert.equal((await scene.alice.node.getMessage('bob', sent.id)).text, 'mine')
    await scene.world.restart(scene.alice)
    assert.equal((await scene.alice.node.getMessage('bob', sent.id)).text, 'mine', 'also after a restart')
  })
})

describe('a relay that was rolled back', () => {
  it('is caught by all who had seen more, and what they have stays with them', async () => {
    const scene = await Scene.make()
    try {
      await scene.chat(() => ({}))
      await scene.alice.node.send('bob', 'before', { wait: 'delivered' })
      const backup = scene.relay.backup()
      await scene.alice.node.send('bob', 'after', { wait: 'delivered' })
      await untilText(scene.bob.node, 'after')
      await scene.relay.restart(backup)
      for (const [who, chat] of [[scene.alice, 'bob'], [scene.bob, 'alice']] as const) {
        await until(who.node, e => e.type === 'chat' && e.change === 'alarm')
        assert.match((await who.node.listChats()).find(c => c.title === chat)?.alarm ?? '', /rolled back/)
        assert.deepEqual(await scene.texts(who, chat), ['before', 'after'])
      }
    } finally {
      await scene.close()
    }
  })
})
