import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { connect as connectSocket } from 'node:net'
import type { Transport } from '@connectrpc/connect'
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node'
import { type ApiServer, newApiToken, serveApi } from '../../../src/node/api/index.js'
import { connect } from '../../../src/node/client/index.js'
import type { Petrel } from '../../../src/protocol/api/index.js'
import { petrelContract, type Pair } from './contract.js'
import { fakePair } from './fake-petrel.js'
import { WirePetrel } from './wire-petrel.js'

petrelContract('the fake, in this process', async () => ({ ...await fakePair(), stop: async () => undefined }))

petrelContract('connect() over a unix socket', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'petrel-api-'))
  const { alice, bob } = await fakePair()
  const servers = await Promise.all([serveApi(alice, { socketPath: join(directory, 'a.sock') }), serveApi(bob, { socketPath: join(directory, 'b.sock') })])
  const [a, b] = await Promise.all([connect({ socketPath: join(directory, 'a.sock') }), connect({ address: `unix:${join(directory, 'b.sock')}` })])
  return {
    alice: a,
    bob: b,
    stop: async () => {
      await Promise.all([a.close(), b.close()])
      await Promise.all(servers.map(async server => { await server.close() }))
      await rm(directory, { recursive: true })
    }
  }
})

petrelContract('connect() over TCP with a token', async () => {
  const { alice, bob } = await fakePair()
  const { secret, token } = newApiToken('test', 'admin', randomBytes)
  const tcp = { host: '127.0.0.1', port: 0, tokens: () => [token] } as const
  const servers = await Promise.all([serveApi(alice, { tcp }), serveApi(bob, { tcp })])
  const [a, b] = await Promise.all(servers.map(async server => await connect({ address: server.addresses[0]!, token: secret })))
  return {
    alice: a!,
    bob: b!,
    stop: async () => {
      await Promise.all([a!.close(), b!.close()])
      await Promise.all(servers.map(async server => { await server.close() }))
    }
  }
})

petrelContract('gRPC over a unix socket', async () => await overWire(async served => createGrpcTransport({
  baseUrl: 'http://localhost',
  nodeOptions: { createConnection: () => connectSocket(served.socketPath!) }
})))

petrelContract('Connect JSON over HTTP/1.1 and TCP with a token', async () => await overWire(async (served, secret) => createConnectTransport({
  httpVersion: '1.1',
  baseUrl: `http://127.0.0.1:${served.port!}`,
  useBinaryFormat: false,
  interceptors: [next => async request => {
    request.header.set('authorization', `Bearer ${secret}`)
    return await next(request)
  }]
})))

/** Both nodes behind servers, each reached by a transport of its own. */
async function overWire (transport: (served: ApiServer, secret: string) => Promise<Transport>): Promise<Pair> {
  const directory = await mkdtemp(join(tmpdir(), 'petrel-api-'))
  const { alice, bob } = await fakePair()
  const { secret, token } = newApiToken('test', 'admin', randomBytes)
  const serve = async (petrel: Petrel, name: string): Promise<ApiServer> =>
    await serveApi(petrel, { socketPath: join(directory, name), tcp: { host: '127.0.0.1', port: 0, tokens: () => [token] } })
  const servers = [await serve(alice, 'a.sock'), await serve(bob, 'b.sock')]
  const [a, b] = await Promise.all(servers.map(async server => new WirePetrel(await transport(server, secret))))
  return {
    alice: a!,
    bob: b!,
    stop: async () => {
      await Promise.all(servers.map(async server => { await server.close() }))
      await rm(directory, { recursive: true })
    }
  }
}
