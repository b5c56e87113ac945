import assert from 'node:assert/strict'
import { ForbiddenError, sameBytes } from '../../../src/protocol/wire/index.js'
import { dialGateway, listenGateway } from '../../../src/relay/net/index.js'
import type { GatewayChannel, GatewayPush, Host } from '../../../src/relay/net/index.js'
import { betweenHosts, bytes, echo, openPair, until } from './support.js'

describe('a gateway channel', () => {
  let relay: Host
  let node: Host

  betweenHosts((one, other) => { [relay, node] = [one, other] })

  it('tells each side the key that Noise proved, the Hellos and the version', async () => {
    const pair = await openPair(relay, node, { agent: 'petrel-relay', features: ['a'] }, { agent: 'petrel' })
    assert.deepEqual(pair.client.remotePeer, relay.key)
    assert.deepEqual(pair.server.remotePeer, node.key)
    assert.equal(pair.client.version, 1)
    assert.equal(pair.client.remoteHello.agent, 'petrel-relay')
    assert.deepEqual(pair.client.remoteHello.features, ['a'])
    assert.ok(sameBytes(pair.client.remoteHello.nonce, pair.server.localHello.nonce))
    assert.equal(pair.client.remoteHello.nonce.buffer.byteLength, 32, 'what it came in is not kept')
    assert.equal(pair.server.localHello.nonce.length, 32)
    await pair.close()
  })

  it('passes on where to move', async () => {
    const notices: unknown[] = []
    const pair = await openPair(relay, node, {}, { onMoved: notice => { notices.push(notice) } })
    pair.server.moved(['/ip4/192.0.2.1/tcp/1'], 500)
    await until(() => notices.length === 1)
    assert.deepEqual(notices, [{ relays: ['/ip4/192.0.2.1/tcp/1'], retryMs: 500 }])
    assert.equal(pair.client.isClosed, false)
    await pair.close()
  })

  it('closes plainly, with what was written before', async () => {
    const pushes: GatewayPush[] = []
    const pair = await openPair(relay, node, {}, {
      onPush: push => {
        pushes.push(push)
        return undefined
      }
    })
    await pair.server.push(1, bytes(9))
    await pair.server.close()
    assert.equal(await pair.client.closed, undefined)
    assert.equal(await pair.server.closed, undefined)
    assert.equal(pushes.length, 1)
    await pair.close()
  })

  it('hands over what a slow peer had not taken yet before it closes', async () => {
    let taken = 0
    const pair = await openPair(relay, node, { limits: { writeBufferBytes: 8 * 1024 * 1024, lastWordsMs: 50_000 } }, {
      onPush: push => {
        taken += push.body.length
        return undefined
      }
    })
    for (let i = 0; i < 30; i++) void pair.server.push(1, Buffer.alloc(100_000))
    await pair.server.close()
    assert.equal(await pair.client.closed, undefined)
    assert.equal(taken, 3_000_000)
    await pair.close()
  })

  it('tells the peer why it is cut off', async () => {
    const pair = await openPair(relay, node)
    pair.server.abort(new ForbiddenError('this account is closed'))
    const reason = await pair.client.closed
    assert.equal(reason?.code, 'ERR_FORBIDDEN')
    assert.equal(reason?.message, 'this account is closed')
    await pair.close()
  })

  it('keeps one channel per peer: a newer one replaces the older', async () => {
    const channels: GatewayChannel[] = []
    const listener = await listenGateway(relay, { handler: echo, onChannel: channel => { channels.push(channel) } })
    const first = await dialGateway(node, relay.addresses(), relay.key)
    const second = await dialGateway(node, relay.addresses(), relay.key)
    assert.match((await first.closed)?.message ?? '', /newer channel/)
    assert.deepEqual(await second.call(1, bytes(5)), bytes(5))
    assert.equal(listener.channels.size, 1)
    assert.equal(listener.channelOf(node.key), channels[1])
    await listener.close()
    await second.closed
    assert.equal(listener.channels.size, 0)
  })

  it('notices a peer that is silent and does not answer, and leaves one alone that does', async () => {
    // Longer than a busy machine keeps an answer waiting.
    const limits = { probeIdleMs: 30, probeAnswerMs: 2000 }
    const pair = await openPair(relay, node, { limits })
    const stream = node.node.getConnections()[0]!.streams.find(candidate => candidate.protocol === '/petrel/gateway/1')!
    const send = stream.send.bind(stream)
    let answers = 0
    stream.send = data => {
      answers++
      return send(data)
    }
    await until(() => answers === 3)
    assert.equal(pair.server.isClosed, false)
    stream.send = () => true
    assert.match((await pair.server.closed)?.message ?? '', /does not answer/)
    // The whole connection is given up, so that nobody dials over it again.
    await until(() => relay.connectionCount() === 0)
    await pair.close()
  })
})
