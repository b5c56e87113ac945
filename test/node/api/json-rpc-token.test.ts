import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { newApiToken, type ApiToken } from '../../../src/node/api/index.js'
import { LineClient, requireProgram, run, serveFake, type Line, type Served } from './harness.js'

describe('JSON-RPC lines over TCP', () => {
  const made = newApiToken('a reader', 'read', randomBytes)
  let served: Served
  let client: LineClient
  let tokens: readonly ApiToken[]

  async function serve (limits = {}): Promise<void> {
    tokens = [made.token]
    served = await serveFake({ limits, tcp: { host: '127.0.0.1', port: 0, tokens: () => tokens } })
    client = new LineClient(served.server.port!)
  }
  afterEach(async () => {
    client.end()
    await served.stop()
  })

  it('do nothing before a token was shown, and then what its scope allows', async () => {
    await serve()
    assert.equal((await client.call('identity')).error.data.code, 'ERR_SESSION')
    assert.equal((await client.call('receive')).error.data.code, 'ERR_SESSION')
    assert.equal((await client.call('auth', { token: made.secret })).result.scope, 'read')
    assert.equal((await client.call('identity')).result.name, 'Alice')
    assert.equal((await client.call('send', { chat: served.chat, text: 'x' })).error.data.code, 'ERR_FORBIDDEN')
    assert.deepEqual(served.alice.calls.filter(call => call === 'send' || call === 'receive'), [])
  })

  it('end after a token that does not hold: there is one guess to a connection', async () => {
    await serve()
    client.send({ jsonrpc: '2.0', id: 1, method: 'auth', params: { token: 'petrel_wrong' } })
    assert.equal((await client.next())?.error.data.code, 'ERR_SESSION')
    assert.equal(await client.next(), undefined)
    assert.doesNotMatch(served.logged.join('\n'), /petrel_wrong/)
  })

  it('end when no token comes in time, whatever else is said', async () => {
    await serve({ apiSniffMs: 150 })
    assert.equal((await client.call('identity')).error.data.code, 'ERR_SESSION')
    assert.equal(await client.next(), undefined)
  })

  it('lose their right, and their streams, when the token is taken back', async () => {
    await serve()
    await client.call('auth', { token: made.secret })
    const last = (await Array.fromAsync(served.alice.receive())).length
    await client.call('receive', { after: last, follow: true })
    tokens = []
    await served.bob.send(served.chat, 'not for it')
    const end = await client.next()
    assert.equal(end?.method, 'end')
    assert.equal(end.params.error.data.code, 'ERR_SESSION')
    assert.equal((await client.call('identity')).error.data.code, 'ERR_SESSION')
    assert.equal(served.alice.streams, 0)
  })

  it('work with socat', async function () {
    await requireProgram(this, 'socat')
    await serve()
    const auth = { jsonrpc: '2.0', id: 1, method: 'auth', params: { token: made.secret } }
    const { stdout } = await run('socat', ['-t', '5', '-', `TCP:127.0.0.1:${served.server.port!}`], `${JSON.stringify(auth)}\n{"jsonrpc":"2.0","id":2,"method":"identity"}\n`)
    assert.deepEqual(stdout.trim().split('\n').map(line => (JSON.parse(line) as Line).id), [1, 2])
  })
})
