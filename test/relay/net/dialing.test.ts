import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import type { Stream } from '@libp2p/interface'
import { GATEWAY_PROTOCOL } from '../../../src/protocol/wire/index.js'
import type { PetrelError } from '../../../src/protocol/wire/index.js'
import { dialGateway, listenGateway } from '../../../src/relay/net/index.js'
import type { GatewayListener, Host } from '../../../src/relay/net/index.js'
import { betweenHosts, echo, openPair, quietHost, until } from './support.js'

/** A TCP proxy that can swallow all that comes, and then refuses newcomers. */
async function blackHole (target: number): Promise<{ port: number, swallow: () => void, close: () => void }> {
  const sockets: Socket[] = []
  let swallowing = false
  const server = createServer(socket => {
    const out = connect(target, '127.0.0.1')
    sockets.push(socket, out)
    for (const [from, to] of [[socket, out], [out, socket]] as const) {
      from.on('error', () => undefined)
      from.on('data', data => { if (!swallowing) to.write(data) })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' ? address?.port ?? 0 : 0,
    swallow: () => {
      swallowing = true
      server.close()
    },
    close: () => { for (const socket of sockets) socket.destroy() }
  }
}

const serve = (relay: Host): Promise<GatewayListener> => listenGateway(relay, { handler: echo, onChannel: () => undefined })

describe('dialing a gateway', () => {
  let relay: Host
  let node: Host
  let listener: GatewayListener | undefined

  betweenHosts((one, other) => { [relay, node] = [one, other] })

  afterEach(async () => {
    await listener?.close()
    listener = undefined
  })

  it('refuses a peer with another key than expected, and says so', async () => {
    listener = await serve(relay)
    const expected = await quietHost({ listen: [], start: false })
    await assert.rejects(dialGateway(node, relay.addresses().map(address => address.replace(/\/p2p\/.*/, '')), expected.key), (error: PetrelError) => {
      assert.equal(error.code, 'ERR_PROOF')
      assert.match(error.message, /has another key than 12D3Koo/)
      return true
    })
    assert.equal(listener?.channels.size, 0)
  })

  it('refuses an address that names another key', async () => {
    await assert.rejects(dialGateway(node, relay.addresses(), node.key), (error: PetrelError) => error.code === 'ERR_BAD_INPUT' && /names another peer/.test(error.message))
  })

  it('says what is no multiaddr', async () => {
    await assert.rejects(dialGateway(node, ['relay.example.com:4001'], relay.key), (error: PetrelError) => error.code === 'ERR_BAD_INPUT' && /not a multiaddr/.test(error.message))
    await assert.rejects(dialGateway(node, [], relay.key), (error: PetrelError) => error.code === 'ERR_BAD_INPUT')
  })

  it('says when nobody is there', async () => {
    const gone = await quietHost()
    const addresses = gone.addresses()
    await gone.stop()
    await assert.rejects(dialGateway(node, addresses, gone.key), (error: PetrelError) => error.code === 'ERR_UNAVAILABLE')
  })

  it('says when the peer is no gateway', async () => {
    await assert.rejects(dialGateway(node, relay.addresses(), relay.key), (error: PetrelError) => error.code === 'ERR_UNSUPPORTED' && error.message.includes(GATEWAY_PROTOCOL))
  })

  it('gives up by signal while the peer keeps its Hello to itself', async () => {
    const streams: Stream[] = []
    await relay.node.handle(GATEWAY_PROTOCOL, stream => { streams.push(stream) })
    const controller = new AbortController()
    const dialing = dialGateway(node, relay.addresses(), relay.key, { signal: controller.signal })
    await until(() => streams.length === 1)
    controller.abort()
    await assert.rejects(dialing, (error: PetrelError) => error.code === 'ERR_ABORTED')
    await relay.node.unhandle(GATEWAY_PROTOCOL)
  })

  it('does not stay with a connection whose peer has silently gone', async () => {
    listener = await serve(relay)
    const address = relay.addresses()[0] ?? ''
    const proxy = await blackHole(Number(/tcp\/(\d+)/.exec(address)?.[1]))
    const other = await quietHost({ role: 'node', listen: [] })
    const through = address.replace(/tcp\/\d+/, `tcp/${proxy.port}`)
    await (await dialGateway(other, [through], relay.key)).close()
    proxy.swallow()
    await assert.rejects(dialGateway(other, [through], relay.key, { signal: AbortSignal.timeout(150) }))
    assert.equal(other.connectionCount(), 0)
    const channel = await dialGateway(other, [through, address], relay.key)
    assert.deepEqual(await channel.call(1, Uint8Array.of(3)), Uint8Array.of(3))
    await other.stop()
    proxy.close()
  })

  it('uses the first address that answers', async () => {
    const dead = await quietHost()
    const deadAddresses = dead.addresses().map(address => address.replace(/\/p2p\/.*/, ''))
    await dead.stop()
    const fresh = await quietHost({ role: 'node', listen: [] })
    const pair = await openPair(relay, fresh)
    await pair.close()
    await fresh.stop()
    const other = await quietHost({ role: 'node', listen: [], seed: randomBytes(32) })
    listener = await serve(relay)
    const channel = await dialGateway(other, [...deadAddresses, ...relay.addresses()], relay.key)
    assert.equal(channel.version, 1)
    await channel.close()
    await other.stop()
  })
})
