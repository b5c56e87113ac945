import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lpStream } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import { ed25519Key, type KeyBytes, type PetrelError } from '../../src/protocol/wire/index.js'
import { createHost, serveVisits, type Host, type VisitServer } from '../../src/relay/net/index.js'
import { decodeAnswer, encodeVisit, VIA_PROTOCOL } from '../../src/relay/net/visit/protocol.js'
import { visitTargets } from '../../src/relay/net/visit/target.js'

const OTHER: KeyBytes = ed25519Key(new Uint8Array(32).fill(9))
const NAMES: Record<string, string[]> = {
  'relay.example': ['93.184.215.7', '2001:4860::7', '192.168.1.1'], 'inside.example': ['10.0.0.5'], 'nat64.example': ['64:ff9b::a00:5'], 'localhost': ['127.0.0.1']
}
const resolve = async (name: string): Promise<string[]> => NAMES[name] ?? await Promise.reject(new Error('no such name'))

describe('a visit that somebody asks a relay to carry', () => {
  let relay: Host
  let visits: VisitServer
  let guest: Host
  /** Everything that must not be reached. */
  const reached: string[] = []
  const inside: Server[] = []
  let dir: string
  let socket: string
  let port: number
  let isHosted = true

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'petrel-visit-'))
    socket = join(dir, 'inside.sock')
    for (const where of [{ path: socket }, { host: '127.0.0.1', port: 0 }]) {
      const server = createServer(() => { reached.push(JSON.stringify(where)) }).listen(where)
      await once(server, 'listening')
      inside.push(server)
    }
    port = (inside[1]!.address() as { port: number }).port
    const quiet = { dht: false, gossip: false, circuitServer: false, autonat: false } as const
    relay = await createHost({ role: 'relay', seed: new Uint8Array(32).fill(1), listen: ['/ip4/127.0.0.1/tcp/0'], ...quiet })
    guest = await createHost({ role: 'node', seed: new Uint8Array(32).fill(2) })
    visits = await serveVisits(relay, { allow: () => isHosted, privateNetworks: false, resolve })
  })
  after(async () => {
    await visits.close()
    await Promise.all([guest.stop(), relay.stop()])
    for (const server of inside) server.close()
    await rm(dir, { recursive: true })
  })
  afterEach(() => { assert.deepEqual(reached, []) })

  /** The relay's answer: an error's code, or null when the visit is on its way. */
  async function ask (...addrs: string[]): Promise<PetrelError | null> {
    const stream = await (await guest.node.dial(multiaddr(relay.addresses()[0]))).newStream(VIA_PROTOCOL)
    const framed = lpStream(stream)
    await framed.write(encodeVisit({ peer: OTHER, addrs }))
    const answer = decodeAnswer((await framed.read({ signal: AbortSignal.timeout(10_000) })).subarray())
    await stream.close()
    return answer
  }

  it('is not carried for who is not hosted there', async () => {
    isHosted = false
    try {
      assert.equal((await ask('/ip4/192.0.2.1/tcp/1'))?.code, 'ERR_FORBIDDEN')
    } finally {
      isHosted = true
    }
  })

  it('is not carried into the relay\'s own machine or network, whatever the address looks like', async () => {
    for (const ip of ['/ip4/127.0.0.1', '/ip6/::ffff:127.0.0.1', '/ip6/::1', '/ip4/0.0.0.0', '/ip4/10.0.0.1', '/ip4/192.168.1.1', '/ip4/169.254.169.254', '/ip6/fd00::1', '/ip6/64:ff9b::7f00:1']) {
      assert.equal((await ask(`${ip}/tcp/${port}`))?.code, 'ERR_FORBIDDEN', ip)
      assert.equal((await ask(`${ip}/tcp/${port}/p2p/${relay.peerId}/p2p-circuit`))?.code, 'ERR_FORBIDDEN', `a circuit over ${ip}`)
    }
    for (const what of [`/unix/${encodeURIComponent(socket)}`, `/ip4/192.0.2.1/udp/${port}`, `/dnsaddr/relay.example`, `/memory/1`, 'nonsense', `/ip4/192.0.2.1/tcp/1/p2p/${relay.peerId}/p2p-circuit/ip4/10.0.0.1/tcp/1`, `/ip4/192.0.2.1/tcp/1/p2p-circuit`]) {
      assert.equal((await ask(what))?.code, 'ERR_BAD_INPUT', what)
    }
  })

  it('learns no names of the relay\'s network: one that leads inside and one that is not there look alike', async () => {
    const answers = await Promise.all(['inside.example', 'localhost', 'nat64.example', 'nobody.example'].map(async name => await ask(`/dns4/${name}/tcp/${port}`)))
    assert.deepEqual(answers.map(a => `${a?.code} ${a?.message}`), Array(4).fill('ERR_UNAVAILABLE the relay to visit cannot be reached from here'))
  })

  it('goes by number to where a name led when it was checked, and by the relay\'s other addresses when one leads inside', async () => {
    const to = async (text: string): Promise<string[]> => (await visitTargets(text, OTHER, { privateNetworks: false, resolve })).map(a => a.toString().replace(/\/p2p\/.*/, ''))
    assert.deepEqual(await to('/dns/relay.example/tcp/4001'), ['/ip4/93.184.215.7/tcp/4001', '/ip6/2001:4860::7/tcp/4001'])
    assert.deepEqual(await to('/dns4/relay.example/tcp/443/wss'), ['/ip4/93.184.215.7/tcp/443/tls/sni/relay.example/ws', '/ip6/2001:4860::7/tcp/443/tls/sni/relay.example/ws'])
    assert.deepEqual(await to('/ip4/93.184.215.7/tcp/4001/ws'), ['/ip4/93.184.215.7/tcp/4001/ws'])
    assert.equal((await ask('/ip4/10.0.0.1/tcp/1', '/dns4/nobody.example/tcp/1'))?.code, 'ERR_UNAVAILABLE', 'the first address decides nothing')
  })

  it('is refused with words that say who refuses, and what its operator can do', async () => {
    const refusal = await ask('/ip4/192.168.1.7/tcp/4001')
    assert.equal(refusal?.code, 'ERR_FORBIDDEN')
    assert.equal(refusal?.message, 'the home relay carries no visits into private networks: its operator can allow them with --visit-private-networks')
  })

  it('may go anywhere over TCP where the operator says so', async () => {
    assert.equal((await visitTargets('/dns4/localhost/tcp/1', OTHER, { privateNetworks: true, resolve })).length, 1)
    await assert.rejects(visitTargets('/unix/%2Ftmp%2Fx', OTHER, { privateNetworks: true, resolve }), { code: 'ERR_BAD_INPUT' })
  })
})
