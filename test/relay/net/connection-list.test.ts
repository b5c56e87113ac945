import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { multiaddr } from '@multiformats/multiaddr'
import { createHost, type Host } from '../../../src/relay/net/index.js'

const small = { dht: false, gossip: false, circuitServer: false, autonat: false } as const

describe('the list of a host\'s connections', () => {
  const hosts: Host[] = []
  afterEach(async () => { await Promise.all(hosts.splice(0).map(async host => { await host.stop() })) })

  async function begin (role: 'relay' | 'node'): Promise<Host> {
    const host = await createHost({ role, seed: randomBytes(32), listen: role === 'relay' ? ['/ip4/127.0.0.1/tcp/0'] : [], ...small })
    hosts.push(host)
    return host
  }

  it('names each that is open, and those of one peer', async () => {
    const relay = await begin('relay')
    const [first, second] = [await begin('node'), await begin('node')]
    const came = new Promise<void>(resolve => { relay.node.addEventListener('connection:open', () => { if (relay.node.getConnections().length === 2) resolve() }) })
    for (const host of [first, second]) await host.node.dial(multiaddr(relay.addresses()[0]))
    await came
    assert.deepEqual(relay.node.getConnections().map(c => c.remotePeer.toString()).sort(), [first.peerId, second.peerId].sort())
    assert.deepEqual(relay.node.getConnections(first.node.peerId).map(c => c.remotePeer.toString()), [first.peerId])
    const left = new Promise(resolve => { relay.node.addEventListener('connection:close', resolve) })
    await first.stop()
    await left
    assert.deepEqual(relay.node.getConnections().map(c => c.remotePeer.toString()), [second.peerId])
  })

  it('is made in one pass, also for libp2p itself, which asks for it with each connection that comes', async () => {
    const relay = await begin('relay')
    const library = Object.getPrototypeOf((relay.node as unknown as { components: { connectionManager: object } }).components.connectionManager) as { getConnections: (peer?: unknown) => unknown }
    const before = library.getConnections
    let quadratic = 0
    library.getConnections = function (peer) {
      if (peer === undefined) quadratic++
      return Reflect.apply(before, this, [peer])
    }
    try {
      const came = new Promise(resolve => { relay.node.addEventListener('connection:open', resolve) })
      await (await begin('node')).node.dial(multiaddr(relay.addresses()[0]))
      await came
    } finally {
      library.getConnections = before
    }
    assert.equal(quadratic, 0)
  })
})
