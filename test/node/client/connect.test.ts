import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { createConnection, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { newApiToken, serveApi, type ApiServer } from '../../../src/node/api/index.js'
import { connect, homePaths } from '../../../src/node/client/index.js'
import { AbortedError, BadInputError, NotRunningError, SessionError, UnavailableError, UnsupportedError } from '../../../src/protocol/api/index.js'
import { fakePair, type FakePetrel } from '../api/fake-petrel.js'

const NAMES = ['PETREL_HOME', 'PETREL_PROFILE', 'PETREL_SOCKET', 'XDG_RUNTIME_DIR', 'XDG_DATA_HOME', 'XDG_CONFIG_HOME']

describe('connect()', () => {
  let directory: string
  let alice: FakePetrel
  const servers: (ApiServer | Server)[] = []
  const kept = new Map<string, string | undefined>()

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'petrel-api-'))
    alice = (await fakePair()).alice
    for (const name of NAMES) {
      kept.set(name, process.env[name])
      Reflect.deleteProperty(process.env, name)
    }
  })
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close()
    for (const [name, value] of kept) if (value === undefined) Reflect.deleteProperty(process.env, name); else process.env[name] = value
    await rm(directory, { recursive: true, force: true })
  })

  async function serve (socketPath: string): Promise<void> { servers.push(await serveApi(alice, { socketPath })) }
  async function nameBy (options?: Parameters<typeof connect>[0]): Promise<string> {
    const petrel = await connect(options)
    try { return (await petrel.identity()).name } finally { await petrel.close() }
  }

  it('without options finds the daemon that PETREL_HOME means, as `petrel` would', async () => {
    process.env.PETREL_HOME = directory
    await serve(join(directory, 'api.sock'))
    assert.equal(await nameBy(), 'Alice')
    assert.equal(await nameBy({}), 'Alice')
  })

  it('may be idle from the beginning', async () => {
    const socketPath = join(directory, 'api.sock')
    // Whoever says nothing is hung up on at once, and what was said has come before that.
    const server = await serveApi(alice, { socketPath, limits: { apiSniffMs: 500 } })
    servers.push(server)
    const petrel = await connect({ socketPath })
    const silent = createConnection(socketPath)
    await once(silent, 'close')
    assert.equal((await petrel.identity()).name, 'Alice')
    await petrel.close()
  })

  it('finds it in the runtime directory, by the home\'s name', async () => {
    process.env.XDG_RUNTIME_DIR = directory
    process.env.XDG_DATA_HOME = join(directory, 'data')
    process.env.XDG_CONFIG_HOME = join(directory, 'config')
    const { socket } = homePaths({ env: process.env, platform: process.platform, userHome: '/nobody' })
    assert.ok(socket.startsWith(directory))
    await serve(socket)
    assert.equal(await nameBy(), 'Alice')
  })

  it('finds it by a home and a profile that are given', async () => {
    process.env.PETREL_HOME = '/nowhere'
    await serve(join(directory, 'profiles', 'work', 'api.sock'))
    assert.equal(await nameBy({ home: directory, profile: 'work' }), 'Alice')
    process.env.PETREL_PROFILE = 'work'
    assert.equal(await nameBy({ home: directory }), 'Alice')
    await assert.rejects(connect({ home: directory, profile: 'other' }), NotRunningError)
  })

  it('finds it by the socket that the configuration file or PETREL_SOCKET names, the variable first', async () => {
    await serve(join(directory, 'run', 's'))
    await writeFile(join(directory, 'config.toml'), `socket = ${JSON.stringify(join(directory, 'run', 's'))}\n`)
    assert.equal(await nameBy({ home: directory }), 'Alice')
    await writeFile(join(directory, 'config.toml'), 'socket = "/nowhere/s"\n')
    await assert.rejects(connect({ home: directory }), NotRunningError)
    process.env.PETREL_HOME = directory
    process.env.PETREL_SOCKET = join(directory, 'run', 's')
    assert.equal(await nameBy(), 'Alice')
  })

  it('goes to the home or profile that is named, not where PETREL_SOCKET leads', async () => {
    await serve(join(directory, 'api.sock'))
    process.env.PETREL_SOCKET = join(directory, 'api.sock')
    process.env.PETREL_HOME = directory
    assert.equal(await nameBy(), 'Alice')
    await assert.rejects(connect({ profile: 'work' }), NotRunningError)
    await assert.rejects(connect({ home: join(directory, 'other') }), NotRunningError)
    process.env.PETREL_SOCKET = '/nowhere/s'
    assert.equal(await nameBy({ home: directory }), 'Alice')
  })

  it('says what is wrong with a configuration file, without quoting it', async () => {
    await writeFile(join(directory, 'config.toml'), 'secret = hunter2 =\n')
    await assert.rejects(connect({ home: directory }), (error: Error) => error instanceof BadInputError && !error.message.includes('hunter2'))
    await assert.rejects(connect({ home: 'relative' }), BadInputError)
  })

  it('says that no daemon answers, and how to start one', async () => {
    await assert.rejects(connect({ home: directory }), (error: Error) => error instanceof NotRunningError && error.message.includes('petrel daemon start'))
    await assert.rejects(connect({ home: join(directory, 'none') }), NotRunningError)
    await assert.rejects(connect({ address: 'tcp:127.0.0.1:1', token: 'x' }), NotRunningError)
  })

  it('refuses an address that is none, and a token that does not hold', async () => {
    for (const address of ['', 'http://127.0.0.1:80', 'tcp:example.org:80', 'tcp:127.0.0.1']) await assert.rejects(connect({ address, token: 'x' }), BadInputError, address)
    const { token } = newApiToken('t', 'admin', randomBytes)
    const server = await serveApi(alice, { tcp: { host: '127.0.0.1', port: 0, tokens: () => [token] } })
    servers.push(server)
    await assert.rejects(connect({ address: server.addresses[0]!, token: 'petrel_wrong' }), SessionError)
  })

  it('ends early when told to', async () => {
    await assert.rejects(connect({ home: directory, signal: AbortSignal.abort() }), AbortedError)
  })

  it('tells that the daemon went away: to calls that wait, to later ones, to streams', async () => {
    await serve(join(directory, 'api.sock'))
    const petrel = await connect({ home: directory })
    const updates = petrel.receive({ follow: true })[Symbol.asyncIterator]()
    await updates.next()
    const stream = (async () => { while ((await updates.next()).done !== true); })()
    await (servers[0] as ApiServer).close()
    await assert.rejects(stream, UnavailableError)
    await assert.rejects(petrel.identity(), UnavailableError)
    await petrel.close()
  })

  it('blames the version when what answers is not understood, and the peer when it is no daemon', async () => {
    const answers = ['{"jsonrpc":"2.0","id":1,"result":{"account":5}}\n', 'SSH-2.0-OpenSSH\n']
    const [strange, other] = answers.map(text => createServer(socket => { socket.once('data', () => { socket.write(text) }); socket.on('error', () => undefined).on('end', () => { socket.destroy() }) }))
    for (const [server, name] of [[strange!, 'a'], [other!, 'b']] as const) {
      await mkdir(join(directory, name))
      server.listen(join(directory, name, 'api.sock'))
      servers.push(server)
    }
    await assert.rejects(nameBy({ home: join(directory, 'a') }), UnsupportedError)
    await assert.rejects(nameBy({ home: join(directory, 'b') }), UnavailableError)
  })
})
