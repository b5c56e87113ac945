import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { ForbiddenError, PetrelError, sameBytes } from '../../../src/protocol/wire/index.js'
import { dialGateway, listenGateway } from '../../../src/relay/net/index.js'
import type { GatewayCall, GatewayChannel, GatewayPush, Host } from '../../../src/relay/net/index.js'
import { closePairs, openPair, quietHost, until } from './support.js'

const echo = async (call: GatewayCall): Promise<Uint8Array> => await Promise.resolve(call.body)
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)
const code = (expected: string, text?: RegExp) => (error: unknown): boolean => {
  assert.ok(error instanceof PetrelError, String(error))
  assert.equal(error.code, expected, error.message)
  if (text !== undefined) assert.match(error.message, text)
  return true
}

/** A handler that never answers by itself, and remembers its calls. */
function stuck (): { handler: (call: GatewayCall) => Promise<Uint8Array>, calls: GatewayCall[] } {
  const calls: GatewayCall[] = []
  return {
    calls,
    handler: async call => {
      calls.push(call)
      return await new Promise((_resolve, reject) => {
        call.signal.addEventListener('abort', () => { reject(call.signal.reason as Error) })
      })
    }
  }
}

describe('a gateway channel', () => {
  let relay: Host
  let node: Host

  before(async () => {
    relay = await quietHost()
    node = await quietHost({ role: 'node', listen: [] })
  })

  afterEach(closePairs)

  after(async () => {
    await node.stop()
    await relay.stop()
  })

  it('tells each side the key that Noise proved, the Hellos and the version', async () => {
    const pair = await openPair(relay, node, { agent: 'petrel-relay', features: ['a'] }, { agent: 'petrel' })
    assert.deepEqual(pair.client.remotePeer, relay.key)
    assert.deepEqual(pair.server.remotePeer, node.key)
    assert.equal(pair.client.version, 1)
    assert.equal(pair.client.remoteHello.agent, 'petrel-relay')
    assert.deepEqual(pair.client.remoteHello.features, ['a'])
    assert.ok(sameBytes(pair.client.remoteHello.nonce, pair.server.localHello.nonce))
    assert.equal(pair.server.localHello.nonce.length, 32)
    await pair.close()
  })

  it('answers calls in both directions', async () => {
    const pair = await openPair(relay, node, { handler: echo }, { handler: async call => await Promise.resolve(bytes(call.method)) })
    assert.deepEqual(await pair.client.call(17, bytes(1, 2, 3)), bytes(1, 2, 3))
    assert.deepEqual(await pair.client.call(17, bytes()), bytes())
    assert.deepEqual(await pair.server.call(38, bytes()), bytes(38))
    await pair.close()
  })

  it('carries 1,000 pipelined calls and answers each with its own reply', async () => {
    const pair = await openPair(relay, node, {
      handler: async call => {
        if ((call.body[0] ?? 0) % 2 === 0) await new Promise(resolve => { setImmediate(resolve) })
        return call.body
      }
    })
    const bodies = Array.from({ length: 1000 }, (_, i) => Buffer.concat([bytes(i % 256, i >> 8), Buffer.alloc(i % 600)]))
    const replies = await Promise.all(bodies.map(async body => await pair.client.call(1, body)))
    replies.forEach((reply, i) => { assert.ok(sameBytes(reply, bodies[i]!)) })
    await pair.close()
  })

  it('carries large bodies whole', async () => {
    const pair = await openPair(relay, node, { handler: echo })
    const body = Buffer.alloc(2 * 1024 * 1024 - 100, 7)
    const replies = await Promise.all([1, 2].map(async () => await pair.client.call(1, body)))
    for (const reply of replies) assert.ok(sameBytes(reply, body))
    await pair.close()
  })

  it('sends the frames of one turn as one write', async () => {
    const pair = await openPair(relay, node, { handler: echo })
    const connection = node.node.getConnections()[0]!
    const stream = connection.streams.find(candidate => candidate.protocol === '/petrel/gateway/1')!
    const send = stream.send.bind(stream)
    let sends = 0
    stream.send = data => {
      sends++
      return send(data)
    }
    await Promise.all(Array.from({ length: 500 }, async () => await pair.client.call(1, bytes(1, 2, 3))))
    assert.equal(sends, 1)
    await pair.close()
  })

  it('carries a PetrelError with code, message and facts, and hides any other error', async () => {
    const pair = await openPair(relay, node, {
      handler: async call => {
        if (call.method === 1) throw new ForbiddenError('not yours', { details: { log: 'b123', names: ['a'] } })
        return await Promise.reject(new TypeError('the secret is 42'))
      }
    })
    await assert.rejects(pair.client.call(1, bytes()), (error: unknown) => {
      assert.ok(error instanceof ForbiddenError)
      assert.equal(error.message, 'not yours')
      assert.deepEqual(error.details, { log: 'b123', names: ['a'] })
      return true
    })
    await assert.rejects(pair.client.call(2, bytes()), (error: unknown) => {
      code('ERR_INTERNAL')(error)
      assert.doesNotMatch(String(error), /secret|42|TypeError/)
      return true
    })
    await pair.close()
  })

  it('refuses calls where nobody handles them', async () => {
    const pair = await openPair(relay, node)
    await assert.rejects(pair.client.call(1, bytes()), code('ERR_UNSUPPORTED'))
    await pair.close()
  })

  it('gives a call up by its signal, and the peer stops working on it', async () => {
    const { handler, calls } = stuck()
    const pair = await openPair(relay, node, { handler })
    const controller = new AbortController()
    const call = pair.client.call(1, bytes(), { signal: controller.signal })
    await until(() => calls.length === 1)
    controller.abort()
    await assert.rejects(call, code('ERR_ABORTED'))
    await until(() => calls[0]!.signal.aborted)
    await pair.close()
  })

  it('gives a call up at its deadline, on both sides', async () => {
    const { handler, calls } = stuck()
    const pair = await openPair(relay, node, { handler })
    await assert.rejects(pair.client.call(1, bytes(), { deadlineMs: 50 }), code('ERR_DEADLINE', /50 ms/))
    await until(() => calls[0]!.signal.aborted)
    await pair.close()
  })

  it('lets the next call wait when too many are in flight, and refuses when too many wait', async () => {
    const open: Array<() => void> = []
    const pair = await openPair(relay, node, {
      limits: { callsInFlight: 2 },
      handler: async call => {
        await new Promise<void>(resolve => { open.push(resolve) })
        return call.body
      }
    }, { limits: { callsWaiting: 3 } })
    const calls = [1, 2, 3, 4, 5].map(async i => await pair.client.call(1, bytes(i)))
    await assert.rejects(pair.client.call(1, bytes(6)), code('ERR_RATE'))
    await until(() => open.length === 2)
    await sleep(20)
    assert.equal(open.length, 2)
    for (let done = 0; done < 5; done++) {
      await until(() => open.length > done)
      open[done]!()
    }
    assert.deepEqual(await Promise.all(calls), [bytes(1), bytes(2), bytes(3), bytes(4), bytes(5)])
    await pair.close()
  })

  it('frees the place of a waiting call that is given up', async () => {
    const { handler } = stuck()
    const pair = await openPair(relay, node, { limits: { callsInFlight: 1 }, handler })
    const first = pair.client.call(1, bytes(), { deadlineMs: 60 })
    const waiting = pair.client.call(1, bytes(), { deadlineMs: 20 })
    await assert.rejects(waiting, code('ERR_DEADLINE'))
    await assert.rejects(first, code('ERR_DEADLINE'))
    // The place comes back with the peer's answer to the cancelled call.
    await assert.rejects(pair.client.call(1, bytes(), { deadlineMs: 60 }), code('ERR_DEADLINE'))
    await pair.close()
  })

  it('rejects calls in flight and calls to come when the stream is lost', async () => {
    const { handler, calls } = stuck()
    const pair = await openPair(relay, node, { handler })
    const call = pair.client.call(1, bytes())
    await until(() => calls.length === 1)
    for (const connection of relay.node.getConnections()) connection.abort(new Error('cable cut'))
    await assert.rejects(call, code('ERR_UNAVAILABLE', /outcome is unknown/))
    await assert.rejects(pair.client.call(1, bytes()), code('ERR_UNAVAILABLE'))
    await assert.rejects(pair.client.push(1, bytes()), code('ERR_UNAVAILABLE'))
    assert.equal((await pair.client.closed)?.code, 'ERR_UNAVAILABLE')
    assert.equal(calls[0]!.signal.aborted, true)
    await pair.close()
  })

  it('refuses a call over the peer\'s frame limit before sending it', async () => {
    const pair = await openPair(relay, node, { handler: echo, limits: { frameBytes: 10_000 } })
    await assert.rejects(pair.client.call(1, Buffer.alloc(10_000)), code('ERR_TOO_LARGE'))
    assert.equal((await pair.client.call(1, Buffer.alloc(9_900))).length, 9_900)
    await pair.close()
  })

  it('answers ERR_TOO_LARGE when a reply is over the caller\'s limit', async () => {
    const pair = await openPair(relay, node, { handler: async () => await Promise.resolve(Buffer.alloc(20_000)) }, { limits: { frameBytes: 10_000 } })
    await assert.rejects(pair.client.call(1, bytes()), code('ERR_TOO_LARGE'))
    await pair.close()
  })

  it('delivers pushes in order and stops the sender at the receiver\'s credit', async () => {
    const taken: Array<{ push: GatewayPush, done: () => void }> = []
    const pair = await openPair(relay, node, {}, {
      limits: { creditBytes: 4 * (1000 + 64) },
      onPush: async push => { await new Promise<void>(resolve => { taken.push({ push, done: resolve }) }) }
    })
    let queued = 0
    const pushes = Array.from({ length: 12 }, async (_, i) => {
      await pair.server.push(1, Buffer.alloc(1000, i))
      queued++
    })
    await until(() => taken.length === 4)
    await sleep(20)
    assert.equal(taken.length, 4)
    assert.equal(queued, 4)
    for (let i = 0; i < 12; i++) {
      await until(() => taken.length > i)
      assert.equal(taken[i]!.push.body[0], i)
      taken[i]!.done()
    }
    await Promise.all(pushes)
    await assert.rejects(pair.server.push(1, Buffer.alloc(5000)), code('ERR_TOO_LARGE'))
    await assert.rejects(pair.client.push(1, bytes()), code('ERR_UNSUPPORTED'))
    await pair.close()
  })

  it('reserves credit before there is a body, and gives back what was not used', async () => {
    const bodies: number[] = []
    const pair = await openPair(relay, node, {}, {
      limits: { creditBytes: 1064 },
      onPush: push => {
        bodies.push(push.body.length)
        return undefined
      }
    })
    const permit = await pair.server.reserve(1_000_000)
    assert.equal(permit.bytes, 1000)
    const controller = new AbortController()
    const waiting = pair.server.reserve(10, { signal: controller.signal })
    controller.abort()
    await assert.rejects(waiting, code('ERR_ABORTED'))
    assert.throws(() => { permit.send(1, Buffer.alloc(1001)) }, code('ERR_TOO_LARGE'))
    permit.send(1, Buffer.alloc(100))
    assert.throws(() => { permit.send(1, Buffer.alloc(1)) }, code('ERR_INTERNAL'))
    const unused = await pair.server.reserve(500)
    unused.release()
    await pair.server.push(1, Buffer.alloc(1000))
    await until(() => bodies.length === 2)
    assert.deepEqual(bodies, [100, 1000])
    await pair.close()
  })

  it('cuts the channel off when a push cannot be taken', async () => {
    const pair = await openPair(relay, node, {}, { onPush: async () => { await Promise.reject(new Error('disk full')) } })
    await pair.server.push(1, bytes(1))
    assert.equal((await pair.client.closed)?.code, 'ERR_UNAVAILABLE')
    const reason = await pair.server.closed
    assert.match(reason?.message ?? '', /come back and read again/)
    assert.doesNotMatch(reason?.message ?? '', /disk full/)
    await pair.close()
  })

  it('lets replies wait for room, so that an honest slow reader is not cut off', async () => {
    const started: number[] = []
    const pair = await openPair(relay, node, {
      limits: { replyBytes: 512 * 1024, writeBufferBytes: 1024 * 1024 },
      handler: async call => {
        await call.room(256 * 1024)
        started.push(call.method)
        return Buffer.alloc(256 * 1024)
      }
    })
    const replies = await Promise.all(Array.from({ length: 24 }, async (_, i) => await pair.client.call(i + 1, bytes())))
    assert.equal(replies.length, 24)
    assert.deepEqual(started, Array.from({ length: 24 }, (_, i) => i + 1))
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
    const pair = await openPair(relay, node, { limits: { writeBufferBytes: 8 * 1024 * 1024 } }, {
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
    const limits = { probeIdleMs: 30, probeAnswerMs: 100 }
    const pair = await openPair(relay, node, { limits })
    await sleep(200)
    assert.equal(pair.server.isClosed, false)
    const stream = node.node.getConnections()[0]!.streams.find(candidate => candidate.protocol === '/petrel/gateway/1')!
    stream.send = () => true
    assert.match((await pair.server.closed)?.message ?? '', /does not answer/)
    // The whole connection is given up, so that nobody dials over it again.
    await until(() => relay.connectionCount() === 0)
    await pair.close()
  })
})
