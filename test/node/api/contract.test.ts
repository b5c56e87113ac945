import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { newApiToken, serveApi } from '../../../src/node/api/index.js'
import { connect } from '../../../src/node/client/index.js'
import { petrelContract } from './contract.js'
import { fakePair } from './fake-petrel.js'

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
