import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { ForbiddenError, sameBytes } from '../../../src/protocol/wire/index.js'
import { ANSWERED_LATER, type GatewayCall, type Host } from '../../../src/relay/net/index.js'
import { betweenHosts, bytes, code, echo, openPair, stuck, until } from './support.js'

describe('a gateway channel\'s calls', () => {
  let relay: Host
  let node: Host

  betweenHosts((one, other) => { [relay, node] = [one, other] })

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

  it('answers a call at which the handler throws before it has begun', async () => {
    const pair = await openPair(relay, node, { handler: () => { throw new ForbiddenError('not at all') } })
    await assert.rejects(pair.client.call(1, bytes()), code('ERR_FORBIDDEN'))
    assert.equal(pair.client.isClosed, false)
    await pair.close()
  })

  it('holds nothing of what a call came in while its answer is waited for, if that needs no promise', async () => {
    let later: GatewayCall | undefined
    const sizes: number[] = []
    const pair = await openPair(relay, node, {
      handler: call => {
        later = call
        sizes.push(call.body.length)
        return ANSWERED_LATER
      }
    })
    const reply = pair.client.call(1, new Uint8Array(1000))
    await until(() => later !== undefined)
    assert.deepEqual([sizes, later?.body.length], [[1000], 0])
    later?.answer?.reply(bytes(7))
    assert.deepEqual(await reply, bytes(7))
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
    await until(() => calls[0]?.signal.aborted === true)
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
})
