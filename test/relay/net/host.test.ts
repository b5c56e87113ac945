import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { IdentifyResult } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { LIMITS, type PetrelError } from '../../../src/protocol/wire/index.js'
import { createHost, dialGateway, listenGateway } from '../../../src/relay/net/index.js'
import type { Host } from '../../../src/relay/net/index.js'
import { OpenConnections } from '../../../src/relay/net/open-connections.js'
import { quietHost, until } from './support.js'

const hosts: Host[] = []
const sockets: Socket[] = []

async function host (options: Parameters<typeof quietHost>[0] = {}): Promise<Host> {
  const made = await quietHost(options)
  hosts.push(made)
  return made
}

/** A TCP connection that says nothing, from one of loopback's many addresses; it may be refused. */
async function silent (port: number, from: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from })
  sockets.push(socket)
  socket.on('error', () => undefined)
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => undefined)
  return socket
}

/** Resolves when the other side has closed or reset the socket. */
async function closed (socket: Socket): Promise<void> {
  if (socket.closed) return
  await new Promise<void>(resolve => { socket.once('close', () => { resolve() }) })
}

function portOf (made: Host): number { return Number(/tcp\/(\d+)/.exec(made.addresses()[0] ?? '')?.[1]) }

function sizeOf (made: Host): number { return (made.node.services.dht as unknown as { routingTable: { size: number } }).routingTable.size }

function identified (by: Host): Promise<IdentifyResult> {
  return new Promise(resolve => { by.node.addEventListener('peer:identify', event => { resolve(event.detail) }, { once: true }) })
}

describe('a libp2p host', () => {
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy()
    await Promise.all(hosts.splice(0).map(async made => { await made.stop() }))
  })

  it('has the key of its seed', async () => {
    const seed = new Uint8Array(32).fill(7)
    const [one, two] = [await host({ seed, listen: [] }), await host({ seed, listen: [] })]
    assert.equal(one.peerId, two.peerId)
    assert.match(one.peerId, /^12D3Koo/)
    await assert.rejects(createHost({ role: 'node', seed: new Uint8Array(31) }), (error: PetrelError) => error.code === 'ERR_BAD_INPUT')
  })

  it('says what is no multiaddr, and when it cannot listen', async () => {
    await assert.rejects(host({ listen: ['localhost:4001'] }), (error: PetrelError) => error.code === 'ERR_BAD_INPUT' && /localhost:4001/.test(error.message))
    const first = await host()
    await assert.rejects(host({ listen: [`/ip4/127.0.0.1/tcp/${portOf(first)}`] }), (error: PetrelError) => error.code === 'ERR_UNAVAILABLE' && /cannot listen/.test(error.message))
  })

  it('shows a stranger a relay, and of a person\'s node neither address nor more than "petrel"', async () => {
    const relay = await host()
    const node = await host({ role: 'node', listen: ['/ip4/127.0.0.1/tcp/0'] })
    const seenByNode = identified(node)
    const seenByRelay = identified(relay)
    await node.node.dial(multiaddr(relay.addresses()[0]))
    assert.equal((await seenByNode).agentVersion, 'petrel-relay')
    const ofNode = await seenByRelay
    assert.equal(ofNode.agentVersion, 'petrel')
    assert.deepEqual(ofNode.listenAddrs, [])
    // Who may know is told by the node itself.
    assert.match(node.addresses()[0]!, new RegExp(`^/ip4/127.0.0.1/tcp/\\d+/p2p/${node.peerId}$`))
  })

  it('does not listen unless told to', async () => {
    const node = await createHost({ role: 'node', seed: new Uint8Array(32).fill(9) })
    hosts.push(node)
    assert.deepEqual(node.addresses(), [])
    assert.equal(node.node.services.dht, undefined)
    assert.equal(node.node.services.pubsub, undefined)
  })

  it('announces what it is told in place of its own addresses', async () => {
    const relay = await host({ announce: ['/dns4/relay.example.com/tcp/443/tls/ws'] })
    assert.deepEqual(relay.addresses(), [`/dns4/relay.example.com/tcp/443/tls/ws/p2p/${relay.peerId}`])
  })

  it('speaks tcp and websockets', async () => {
    const relay = await host({ listen: ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws'] })
    for (const address of relay.addresses()) {
      const node = await host({ role: 'node', listen: [] })
      const connection = await node.node.dial(multiaddr(address))
      assert.equal(connection.remoteAddr.toString(), address)
    }
  })

  it('runs a relay\'s services: DHT with our validators, gossip without signatures, circuit relay', async () => {
    const judged: string[] = []
    const dht = {
      server: true, privateNetwork: true,
      validators: { thing: async (_key: Uint8Array, value: Uint8Array) => { await Promise.resolve(judged.push(Buffer.from(value).toString())) } },
      selectors: { thing: () => 0 }
    }
    const options = { role: 'relay' as const, listen: ['/ip4/127.0.0.1/tcp/0'], dht }
    const [one, two] = await Promise.all([1, 2].map(async fill => await createHost({ ...options, seed: new Uint8Array(32).fill(fill) })))
    hosts.push(one!, two!)
    const protocols = new Promise<string[]>(resolve => { one!.node.addEventListener('peer:identify', event => { resolve(event.detail.protocols) }, { once: true }) })
    await one!.node.dial(multiaddr(two!.addresses()[0]))
    const spoken = await protocols
    for (const expected of ['/petrel/kad/1.0.0', '/meshsub/1.2.0', '/libp2p/circuit/relay/0.2.0/hop', '/libp2p/autonat/1.0.0']) assert.ok(spoken.includes(expected), `${expected} in ${spoken.join()}`)
    assert.equal(spoken.some(protocol => protocol.includes('/ipfs/kad')), false)
    await until(() => sizeOf(one!) === 1 && sizeOf(two!) === 1)
    await one!.node.contentRouting.put(Buffer.from('/thing/x'), Buffer.from('value'))
    assert.deepEqual(Buffer.from(await two!.node.contentRouting.get(Buffer.from('/thing/x'))).toString(), 'value')
    assert.ok(judged.includes('value'))
  })

  it('lets one address hold its share of connections, and others still come', async () => {
    const relay = await host({ connections: { connectionsPerAddress: 2 } })
    const port = portOf(relay)
    const held = [await silent(port, '127.0.0.7'), await silent(port, '127.0.0.7')]
    const third = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.7' }).on('error', () => undefined)
    await closed(third)
    const node = await host({ role: 'node', listen: [] })
    await node.node.dial(multiaddr(relay.addresses()[0]))
    assert.deepEqual(held.map(socket => socket.closed), [false, false])
  })

  it('counts a connection of an address until it ends, once', () => {
    const open = new OpenConnections(2)
    const [first, second] = [open.add('a'), open.add('a')]
    assert.equal(open.add('a'), undefined)
    assert.notEqual(open.add('b'), undefined)
    first?.()
    first?.()
    assert.notEqual(open.add('a'), undefined)
    assert.equal(open.add('a'), undefined)
    second?.()
    assert.notEqual(open.add('a'), undefined)
  })

  it('closes a connection on which nobody opens a stream, and no other', async () => {
    // Long enough to open a stream, on a busy machine too.
    const relay = await host({ connections: { idleMs: 1000 } })
    await relay.node.handle('/test/stay', () => undefined)
    const [idle, busy] = [await host({ role: 'node', listen: [] }), await host({ role: 'node', listen: [] })]
    const kept = await busy.node.dial(multiaddr(relay.addresses()[0]))
    await kept.newStream('/test/stay')
    const connection = await idle.node.dial(multiaddr(relay.addresses()[0]))
    await once(connection, 'close')
    assert.equal(kept.status, 'open')
  })

  it('hands gossip to those who listen, unsigned', async () => {
    const made = await Promise.all([1, 2].map(async () => await host({ gossip: {} })))
    const [one, two] = made.map(each => each.node.services.pubsub)
    assert.ok(one !== undefined && two !== undefined)
    const heard = new Promise<{ type: string, data: Uint8Array }>(resolve => {
      two.addEventListener('gossipsub:message', event => { resolve(event.detail.msg) }, { once: true })
    })
    two.subscribe('t')
    await made[0]!.node.dial(multiaddr(made[1]!.addresses()[0]))
    // What there is no stream for yet is lost.
    const { streamsOutbound } = one as unknown as { streamsOutbound: Map<string, unknown> }
    await until(() => one.getSubscribers('t').length === 1 && streamsOutbound.has(made[1]!.peerId))
    await one.publish('t', Uint8Array.of(1, 2))
    const message = await heard
    assert.equal(message.type, 'unsigned')
    assert.deepEqual(Uint8Array.from(message.data), Uint8Array.of(1, 2))
  })

  it('carries a gateway through a circuit relay', async () => {
    const relay = await host({ circuitServer: {}, announce: [] })
    const behind = await host({ role: 'node', listen: [`${relay.addresses()[0]!}/p2p-circuit`] })
    await until(() => behind.addresses().length > 0)
    const listener = await listenGateway(behind, { handler: async call => await Promise.resolve(call.body), onChannel: () => undefined })
    const caller = await host({ role: 'node', listen: [] })
    const channel = await dialGateway(caller, behind.addresses(), behind.key)
    assert.match(channel.remoteAddress, /p2p-circuit/)
    // More than the library's own limit of 128 KiB.
    for (let i = 0; i < 3; i++) assert.equal((await channel.call(1, new Uint8Array(100_000))).length, 100_000)
    await listener.close()
  })

  it('lets an honest peer in while silent sockets of one address fill all they may', async () => {
    const relay = await host({ connections: { pendingUpgrades: 64, pendingUpgradesPerAddress: 8, upgradeTimeoutMs: 60_000 } })
    const attackers = await Promise.all(Array.from({ length: 30 }, async () => await silent(portOf(relay), '127.0.0.2')))
    await Promise.all(attackers.slice(8).map(closed))
    assert.equal(attackers.filter(socket => !socket.destroyed).length, 8)
    const node = await host({ role: 'node', listen: [] })
    await node.node.dial(multiaddr(relay.addresses()[0]))
  })

  it('lets an honest peer in while silent sockets of many addresses fill the whole', async () => {
    const relay = await host({ connections: { pendingUpgrades: 40, pendingUpgradesPerAddress: 8, upgradeTimeoutMs: 60_000 } })
    const attackers: Socket[] = []
    for (let i = 0; i < 60; i++) attackers.push(await silent(portOf(relay), `127.0.1.${i % 20 + 1}`))
    const node = await host({ role: 'node', listen: [] })
    await node.node.dial(multiaddr(relay.addresses()[0]))
    await until(() => attackers.filter(socket => !socket.destroyed).length <= 40)
  })

  it('cuts a silent socket off when its time is over', async () => {
    const relay = await host({ connections: { upgradeTimeoutMs: 100 } })
    const socket = await silent(portOf(relay), '127.0.0.3')
    await closed(socket)
  })

  it('cuts off silent and half-spoken sockets of its WebSocket listener too', async () => {
    const relay = await host({ listen: ['/ip4/127.0.0.1/tcp/0/ws'], connections: { upgradeTimeoutMs: 150 } })
    const still = await silent(portOf(relay), '127.0.0.4')
    const half = await silent(portOf(relay), '127.0.0.5')
    half.write('GET / HTTP/1.1\r\nHost: x\r\n')
    await Promise.all([closed(still), closed(half)])
  })

  it('lets an honest peer in at its WebSocket listener beside silent ones, and its connection outlives the watch', async () => {
    const relay = await host({ listen: ['/ip4/127.0.0.1/tcp/0/ws'], connections: { upgradeTimeoutMs: 2000, pendingUpgradesPerAddress: 4 } })
    const many = await Promise.all(Array.from({ length: 10 }, async () => await silent(portOf(relay), '127.0.0.6')))
    const honest = await host({ role: 'node', listen: [] })
    const connection = await honest.node.dial(multiaddr(relay.addresses()[0]))
    // The time of one that came later is over after its own.
    const last = await silent(portOf(relay), '127.0.0.8')
    await Promise.all([...many, last].map(closed))
    assert.equal(connection.status, 'open')
  })

  it('lets many clients behind one address in', async () => {
    const relay = await host()
    const clients = await Promise.all(Array.from({ length: 12 }, async () => await host({ role: 'node', listen: [] })))
    await Promise.all(clients.map(async client => await client.node.dial(multiaddr(relay.addresses()[0]))))
    await until(() => relay.connectionCount() === 12)
    assert.ok(LIMITS.inboundPerSecondPerAddress > 12)
  })
})
