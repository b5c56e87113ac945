import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { GATEWAY_PROTOCOL } from '../../../src/protocol/wire/index.js'
import type { GatewayPush, Host } from '../../../src/relay/net/index.js'
import { betweenHosts, bytes, code, openPair, until } from './support.js'

/** Counts what a host writes on its gateway streams from now on. */
function counted (host: Host): () => number {
  let writes = 0
  for (const stream of host.node.getConnections().flatMap(connection => connection.streams).filter(({ protocol }) => protocol === GATEWAY_PROTOCOL)) {
    const send = stream.send.bind(stream)
    stream.send = data => {
      writes++
      return send(data)
    }
  }
  return () => writes
}

describe('a gateway channel\'s pushes', () => {
  let relay: Host
  let node: Host

  betweenHosts((one, other) => { [relay, node] = [one, other] })

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

  it('gives credit back for many small pushes together, and for much at once', async () => {
    const pushes: number[] = []
    const pair = await openPair(relay, node, {}, {
      limits: { creditBytes: 80_000 },
      onPush: push => {
        pushes.push(push.body.length)
        return undefined
      }
    })
    const packets = counted(node)
    for (let i = 1; i <= 20; i++) {
      await pair.server.push(1, bytes(i))
      await until(() => pushes.length === i)
    }
    const small = packets()
    assert.ok(small < 10, `${small} packets for 20 pushes`)
    await pair.server.push(1, Buffer.alloc(20_000))
    await until(() => packets() > small)
    // All of it comes back, though no more is due than a part.
    await pair.server.push(1, Buffer.alloc(80_000 - 64))
    await until(() => pushes.length === 22)
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
})
