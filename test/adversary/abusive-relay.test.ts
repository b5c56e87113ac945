import assert from 'node:assert/strict'
import { METHOD, pb, ProofError, PUSH, type KeyBytes, type LogId } from '../../src/protocol/wire/index.js'
import { until } from '../node/world.js'
import { isLog, LiarScene as Scene } from './liar-scene.js'
import type { LyingRelay } from './lying-relay.js'

/** 9,000 bytes of UTF-8 in 3,000 UTF-16 units, and a character of two units across each even place. */
const LONG = `x${'漢'.repeat(999)}${'🦭'.repeat(1000)}`
const failure = (code: string, details = new Uint8Array()): pb.Failure => ({ code, message: LONG, details })

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
          setImmediate(() => { scene.relay.push(remotePeer, PUSH.unfollowed, pb.UnfollowedPush.encode({ log, failure: failure(ProofError.code) })) })
        }
        return body
      }
    }))
    await scene.caught(scene.bob, 'alice', /x漢/)
    await scene.world.restart(scene.bob)
    assert.equal((await scene.carol.node.send('bob', 'untouched', { wait: 'delivered' })).state, 'delivered')
  })
})
