import assert from 'node:assert/strict'
import { Server } from 'node:net'
import { randomSeed } from '../../src/protocol/wire/index.js'
import { createHost, dialGateway, listenGateway, serveVisits, type GatewayChannel, type Host } from '../../src/relay/net/index.js'
import { Scene, type RealPerson } from './kit/real.js'
import { closePairs, quietHost } from './net/support.js'

/** A host that reaches others through `home` alone. */
const visitor = (from: Host, home: Host['node']['peerId']): Promise<Host> => createHost({
  role: 'node', seed: randomSeed(), through: async signal => await from.node.dial(home, { signal })
})

describe('relay: visits', () => {
  const scene = new Scene()
  const hosts: Host[] = []
  afterEach(async () => {
    await Promise.all(hosts.splice(0).map(host => host.stop()))
    await closePairs()
    await scene.end()
  })

  async function visiting (): Promise<{ ann: RealPerson, phone: Awaited<ReturnType<RealPerson['dial']>>, visit: GatewayChannel }> {
    const [own, other] = [await scene.relay(), await scene.relay()]
    const ann = await scene.person()
    const phone = await ann.dial(own)
    await phone.open(ann)
    const guest = await visitor(ann.host, ann.host.node.getPeers()[0]!)
    hosts.push(guest)
    return { ann, phone, visit: await dialGateway(guest, other.addresses(), other.key) }
  }

  it('end at once when the device is revoked', async () => {
    const { ann, phone, visit } = await visiting()
    assert.equal(visit.isClosed, false)
    await phone.putManifest(ann.revoke(ann.phone, ann.laptop))
    assert.equal((await visit.closed)?.code, 'ERR_UNAVAILABLE')
  })

  it('are not carried for who has no session, and end when a device is found without one twice', async () => {
    const [home, other, device] = [await quietHost(), await quietHost(), await quietHost({ role: 'node', listen: [] })]
    hosts.push(home, other, device)
    let hosted = false
    const asked: boolean[] = []
    const allow = (): boolean => { asked.push(hosted); return hosted }
    const [carrying, receiving] = [await serveVisits(home, { allow, privateNetworks: true, checkMs: 5 }), await serveVisits(other, { allow, privateNetworks: true })]
    const listener = await listenGateway(other, { onChannel: () => undefined })
    await device.node.dial(home.node.getMultiaddrs())
    const guest = await visitor(device, home.node.peerId)
    hosts.push(guest)
    await assert.rejects(dialGateway(guest, other.addresses(), other.key), { code: 'ERR_FORBIDDEN' })
    hosted = true
    const visit = await dialGateway(guest, other.addresses(), other.key)
    assert.equal(carrying.open, 1)
    hosted = false
    asked.length = 0
    await visit.closed
    assert.deepEqual(asked.slice(0, 2), [false, false])
    await listener.close()
    await Promise.all([carrying.close(), receiving.close()])
  })
})

describe('relay: sockets for this machine alone', () => {
  const scene = new Scene()
  afterEach(() => scene.end())

  it('refuse to listen for the health pages where others could reach them', async () => {
    await assert.rejects(scene.relay({ http: { host: '0.0.0.0' } }), { code: 'ERR_BAD_INPUT' })
  })

  it('bear a connection that cannot be accepted, and tell of it', async () => {
    const before = new Set(listeningServers())
    const told: unknown[] = []
    const relay = await scene.relay({ log: (_level, event, fields) => { if (event === 'socket.failed') told.push(fields) } })
    const own = listeningServers().filter(server => !before.has(server) && isOurs(server, relay.healthUrl))
    assert.equal(own.length, 2)
    for (const server of own) server.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }))
    assert.deepEqual(told, [{ where: 'health', code: 'EMFILE' }, { where: 'operator', code: 'EMFILE' }])
  })
})

/** Node has no public list of what listens. */
function listeningServers (): Server[] {
  const { _getActiveHandles: handles } = process as unknown as { _getActiveHandles: () => unknown[] }
  return handles.call(process).filter(handle => handle instanceof Server)
}

function isOurs (server: Server, healthUrl: string | undefined): boolean {
  const address = server.address()
  return typeof address === 'string' || (address !== null && `http://127.0.0.1:${address.port}` === healthUrl)
}
