import assert from 'node:assert/strict'
import { keyFromPeerId, LIMITS, METHOD, pb, ProofError, PUSH, encodeCbor, type KeyBytes, type LogId } from '../../src/protocol/wire/index.js'
import type { GatewayChannel } from '../../src/relay/net/index.js'
import { until } from '../node/world.js'
import { isLog, LiarScene as Scene } from './liar-scene.js'
import type { LyingRelay } from './lying-relay.js'

/** 9,000 bytes of UTF-8 in 3,000 UTF-16 units, and a character of two units across each even place. */
const LONG = `x${'漢'.repeat(999)}${'🦭'.repeat(1000)}`
const failure = (code: string, details: Uint8Array = new Uint8Array()): pb.Failure => ({ code, message: LONG, details })

describe('a relay whose words are long and odd', () => {
  let scene: Scene
  beforeEach(async () => { scene = await Scene.make() })
  afterEach(async () => { await scene.close() })

  /** What alice appends to the chat is refused with these words. */
  const refusing = (code: string) => (log: LogId): LyingRelay['lies'] => ({
    request: call => isAppend(call, log) ? pb.AppendRequest.encode({ ...pb.AppendRequest.decode(call.body), items: [] }) : call.body,
    reply: (call, body) => isAppend(call, log) ? pb.AppendReply.encode({ outcomes: pb.AppendRequest.decode(call.body).items.map(() => ({ duplicate: false, failure: failure(code) })) }) : body
  })
  const isAppend = (call: { method: number, body: Uint8Array, channel: { remotePeer: KeyBytes } }, log: LogId): boolean => {
    if (call.method !== METHOD.append || !scene.isFrom('alice', call.channel.remotePeer)) return false
    const request = pb.AppendRequest.decode(call.body)
    return isLog(request.log, log) && request.items.every(i => i.kind === 0)
  }

  it('fails a message with them, and the node can read its store again', async () => {
    await scene.chat(refusing('ERR_TOO_LARGE'))
    const sent = await scene.alice.node.send('bob', 'mine', { wait: 'queued' })
    await until(scene.alice.node, e => e.type === 'messageState' && e.state === 'failed')
    scene.relay.lies = {}
    await scene.world.restart(scene.alice)
    const { error, text } = await scene.alice.node.getMessage('bob', sent.id)
    assert.equal(error?.code, 'ERR_TOO_LARGE')
    assert.ok(Buffer.byteLength(error.message) <= 1024 && LONG.startsWith(error.message))
    assert.equal(text, 'mine')
    assert.equal((await scene.alice.node.send('bob', 'the next one', { wait: 'delivered' })).state, 'delivered')
  })

  it('raises an alarm with them, which a restart keeps, with the message', async () => {
    await scene.chat(refusing('ERR_PROOF'))
    const sent = await scene.alice.node.send('bob', 'mine', { wait: 'queued' })
    await scene.caught(scene.alice, 'bob', /x漢/)
    await scene.world.restart(scene.alice)
    assert.ok(((await scene.alice.node.listChats()).find(c => c.title === 'bob')?.alarm ?? '').length > 0)
    assert.equal((await scene.alice.node.getMessage('bob', sent.id)).state, 'queued')
  })

  it('ends a follow with them, which is an alarm, and the node goes on with everything else', async () => {
    await scene.chat(log => ({
      reply: (call, body) => {
        const { remotePeer } = call.channel
        if (call.method === METHOD.follow && scene.isFrom('bob', remotePeer) && isLog(pb.FollowRequest.decode(call.body).log, log)) {
          const push = pb.UnfollowedPush.encode({ log, failure: failure(ProofError.code) })
          setImmediate(() => { call.channel.push(PUSH.unfollowed, push).catch(() => undefined) })
        }
        return body
      }
    }))
    await scene.caught(scene.bob, 'alice', /x漢/)
    await scene.world.restart(scene.bob)
    assert.equal((await scene.carol.node.send('bob', 'untouched', { wait: 'delivered' })).state, 'delivered')
  })
})

describe('a relay that pushes more than a node can hold', () => {
  let scene: Scene
  beforeEach(async () => { scene = await Scene.make() })
  afterEach(async () => { await scene.close() })

  const channelOf = async (name: 'alice' | 'bob'): Promise<GatewayChannel> => scene.relay.channelsOf(keyFromPeerId((await scene[name].node.identity()).device))[0]!

  it('gets no credit back for words about a follow that it does not answer', async () => {
    const asked = Promise.withResolvers<LogId>()
    const answer = Promise.withResolvers<undefined>()
    await scene.chat(log => ({
      reply: async (call, body) => {
        if (call.method !== METHOD.follow || !scene.isFrom('bob', call.channel.remotePeer) || !isLog(pb.FollowRequest.decode(call.body).log, log)) return body
        asked.resolve(log)
        await answer.promise
        return body
      }
    }))
    const log = await asked.promise
    const channel = await channelOf('bob')
    const body = pb.UnfollowedPush.encode({ log, failure: { code: 'ERR_UNAVAILABLE', message: 'x'.repeat(100_000), details: new Uint8Array() } })
    let sent = 0
    const pushes = Array.from({ length: 100 }, async () => {
      await channel.push(PUSH.unfollowed, body)
      sent++
    })
    // Answered calls show that the node has taken what came before them.
    for (let i = 0; i < 3; i++) await scene.bob.node.listRelays()
    assert.ok(sent * body.length <= LIMITS.creditBytes, `${sent} pushes are on their way`)
    answer.resolve(undefined)
    await Promise.all(pushes)
    assert.equal((await scene.alice.node.send('bob', 'still there?', { wait: 'delivered' })).state, 'delivered')
  })

  it('is cut off when a push holds more entries than any push may, and the node comes back for the real ones', async () => {
    await scene.chat(() => ({}))
    const channel = await channelOf('bob')
    const entries = Buffer.alloc(1_000_000, '1200', 'hex')
    await channel.push(PUSH.entries, Buffer.concat([pb.EntriesPush.encode({ log: scene.log, entries: [], head: new Uint8Array() }), entries]))
    assert.equal((await channel.closed)?.code, 'ERR_UNAVAILABLE')
    assert.equal((await scene.alice.node.send('bob', 'the real one', { wait: 'delivered' })).state, 'delivered')
    assert.equal((await scene.bob.node.listChats()).find(c => c.title === 'alice')?.alarm, null)
  })

  it('is asked for one append at a time, with pauses, when it refuses and says to come at once', async () => {
    let asked = 0
    const thrice = Promise.withResolvers<undefined>()
    await scene.chat(log => ({
      request: call => {
        if (call.method !== METHOD.append || !scene.isFrom('alice', call.channel.remotePeer)) return call.body
        const request = pb.AppendRequest.decode(call.body)
        if (!isLog(request.log, log) || request.items.some(i => i.kind !== 0)) return call.body
        if (++asked === 3) thrice.resolve(undefined)
        return pb.AppendRequest.encode({ ...request, items: [] })
      },
      reply: (call, body) => {
        if (call.method !== METHOD.append || !scene.isFrom('alice', call.channel.remotePeer)) return body
        const { log: to, items } = pb.AppendRequest.decode(call.body)
        if (!isLog(to, log) || items.some(i => i.kind !== 0)) return body
        return pb.AppendReply.encode({ outcomes: items.map(() => ({ duplicate: false, failure: failure('ERR_RATE', encodeCbor({ retryMs: 0 })) })) })
      }
    }))
    const start = performance.now()
    await scene.alice.node.send('bob', 'again and again', { wait: 'queued' })
    await thrice.promise
    assert.ok(performance.now() - start >= 400, 'two pauses lie between three tries')
    scene.relay.lies = {}
    await until(scene.bob.node, e => e.type === 'message' && e.message.text === 'again and again')
  })
})
