import assert from 'node:assert/strict'
import { chmod, link, lstat, mkdir, mkdtemp, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:net'
import { newApiToken, serveApi, type ApiServer } from '../../../src/node/api/index.js'
import { checkSocketDirectory, connect, homePaths, isPipe, socketPlaces } from '../../../src/node/client/index.js'
import { BadInputError, ExistsError, ForbiddenError, LockedError, NotFoundError, UnavailableError, type Scope } from '../../../src/protocol/api/index.js'
import { fakePair, type FakePetrel } from './fake-petrel.js'

describe('the local API\'s addresses', () => {
  let directory: string
  let alice: FakePetrel
  let servers: ApiServer[]

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'petrel-api-'))
    alice = (await fakePair()).alice
    servers = []
  })
  afterEach(async () => {
    await Promise.all(servers.map(async server => { await server.close() }))
    await rm(directory, { recursive: true, force: true })
  })

  async function serve (socketPath: string, options: Partial<Parameters<typeof serveApi>[1]> = {}): Promise<ApiServer> {
    const server = await serveApi(alice, { socketPath, ...options })
    servers.push(server)
    return server
  }

  it('are the owner\'s alone: the socket 0600, a directory it makes 0700', async () => {
    const path = join(directory, 'run', 'api.sock')
    await serve(path)
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    assert.equal((await stat(join(directory, 'run'))).mode & 0o777, 0o700)
  })

  it('are refused in a directory that others can reach, with the mode and what to do', async () => {
    for (const mode of [0o755, 0o710, 0o777, 0o701]) {
      await chmod(directory, mode)
      await assert.rejects(serve(join(directory, 'api.sock')), (error: Error) => error instanceof ForbiddenError && error.message.includes(`mode 0${mode.toString(8)}`) && error.message.includes('chmod 700'))
    }
    assert.deepEqual(await readdir(directory), [])
  })

  it('are refused to a client in a directory where others could put a socket, or that is another\'s', async () => {
    await chmod(directory, 0o700)
    const path = join(directory, 'api.sock')
    await serve(path)
    await chmod(directory, 0o777)
    await assert.rejects(connect({ socketPath: path }), ForbiddenError)
    await chmod(directory, 0o755)
    const { uid } = await stat(directory)
    await assert.rejects(checkSocketDirectory(path, 'client', uid + 1), /belongs to user/)
    await checkSocketDirectory(path, 'client', uid)
  })

  it('are one daemon\'s: a second is told so, and the first goes on', async () => {
    const path = join(directory, 'api.sock')
    await serve(path)
    await assert.rejects(serve(path), LockedError)
    const petrel = await connect({ socketPath: path })
    assert.equal((await petrel.identity()).name, 'Alice')
    await petrel.close()
  })

  it('take over a socket that a killed daemon left behind', async () => {
    const path = join(directory, 'api.sock')
    const dead = createServer().listen(path)
    await new Promise(resolve => dead.once('listening', resolve))
    // What SIGKILL leaves: the file without a listener.
    await link(path, `${path}.kept`)
    await new Promise(resolve => dead.close(resolve))
    await rename(`${path}.kept`, path)
    assert.ok((await lstat(path)).isSocket())
    await serve(path)
    const petrel = await connect({ socketPath: path })
    assert.equal((await petrel.identity()).name, 'Alice')
    await petrel.close()
  })

  it('never remove what is no socket, nor follow a link', async () => {
    const path = join(directory, 'api.sock')
    await writeFile(path, 'precious')
    await assert.rejects(serve(path), ExistsError)
    assert.equal((await stat(path)).size, 8)
    await rm(path)
    await symlink(join(directory, 'elsewhere'), path)
    await assert.rejects(serve(path), ExistsError)
    assert.ok((await lstat(path)).isSymbolicLink())
  })

  it('are taken away by an orderly end', async () => {
    const path = join(directory, 'api.sock')
    const server = await serve(path)
    await server.close()
    await server.close()
    await assert.rejects(lstat(path), { code: 'ENOENT' })
  })

  it('have a short name in the runtime directory when the path is too long, and the client finds it', async () => {
    const runtime = join(directory, 'r')
    await mkdir(runtime, { mode: 0o700 })
    const path = join(directory, 'x'.repeat(120), 'api.sock')
    const env = { XDG_RUNTIME_DIR: runtime }
    const server = await serve(path, { env })
    assert.match(server.socketPath ?? '', /\/r\/petrel\/[0-9a-f]{16}\.sock$/)
    assert.deepEqual(socketPlaces(path, env, 7), [server.socketPath, `/tmp/petrel-7/${(server.socketPath ?? '').split('/').at(-1)!}`])
    assert.deepEqual(socketPlaces(join(directory, 'short'), env, 7), [join(directory, 'short')])
  })

  it('are on loopback only, and a taken port is told', async () => {
    const tcp = { host: '127.0.0.1', port: 0, tokens: () => [] } as const
    const server = await serveApi(alice, { tcp })
    servers.push(server)
    await assert.rejects(serveApi(alice, { tcp: { ...tcp, port: server.port! } }), UnavailableError)
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'localhost.evil.example']) await assert.rejects(serveApi(alice, { tcp: { ...tcp, host: host as '::1' } }), BadInputError)
    await assert.rejects(connect({ address: `tcp:192.0.2.1:${server.port!}`, token: 'x' }), BadInputError)
    await assert.rejects(connect({ address: server.addresses[0]! }), /needs a token/)
  })

  it('leave nothing open when one of two cannot be had', async () => {
    const path = join(directory, 'api.sock')
    await assert.rejects(serveApi(alice, { socketPath: path, tcp: { host: '0.0.0.0' as '::1', port: 0, tokens: () => [] } }), BadInputError)
    await assert.rejects(lstat(path), { code: 'ENOENT' })
  })

  it('on Windows are pipes: no directory to check, no place to look for, one for each home', () => {
    const [one, two] = ['C:\\a', 'C:\\b'].map(home => homePaths({ env: {}, platform: 'win32', userHome: 'C:\\u', home }).socket)
    assert.match(one!, /^\\\\\.\\pipe\\petrel-[0-9a-f]{16}$/)
    assert.notEqual(one, two)
    assert.equal(isPipe(one!, 'win32'), true)
    assert.equal(isPipe('C:\\a\\api.sock', 'win32'), false)
    // Here the same text would be a file in the working directory: it gets no exemption.
    assert.equal(isPipe(one!, 'linux'), false)
    assert.deepEqual(socketPlaces(one!, {}, 0), [one])
  })

  it('say that a directory is not there', async () => {
    await assert.rejects(checkSocketDirectory(join(directory, 'none', 's'), 'client', 0), NotFoundError)
  })
})

describe('tokens', () => {
  it('are 256 random bits, kept as a hash', () => {
    const { secret, token } = newApiToken('bot', 'send', size => new Uint8Array(size).fill(7))
    assert.match(secret, /^petrel_[\w-]{43}$/)
    assert.deepEqual(Object.keys(token).sort(), ['hash', 'name', 'scope'])
    assert.match(token.hash, /^[0-9a-f]{64}$/)
    assert.ok(!JSON.stringify(token).includes(secret.slice(7)))
  })

  it('have a name and a scope that exists', () => {
    assert.throws(() => newApiToken('', 'send', size => new Uint8Array(size)), BadInputError)
    assert.throws(() => newApiToken('x'.repeat(1000), 'send', size => new Uint8Array(size)), BadInputError)
    assert.throws(() => newApiToken('bot', 'root' as Scope, size => new Uint8Array(size)), BadInputError)
  })
})
