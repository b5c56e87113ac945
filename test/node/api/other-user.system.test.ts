import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { serveApi } from '../../../src/node/api/index.js'
import { checkSocketDirectory, connect } from '../../../src/node/client/index.js'
import { serveFake, type Served } from './harness.js'

/** The user that systems give to those who own nothing. */
const NOBODY = 65534

/** Runs a piece of JavaScript as nobody; gives the last line it printed. */
async function asNobody (code: string): Promise<string> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', `process.setgroups([]); process.setgid(${NOBODY}); process.setuid(${NOBODY}); ${code}`], { cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] })
  const [output] = await Promise.all([textOf(child.stdout), once(child, 'close')])
  return output.trim().split('\n').at(-1) ?? ''
}

describe('another local user at the local API', () => {
  let served: Served
  let directory: string
  const servers: Server[] = []

  before(function () {
    if (process.getuid?.() === 0) return
    console.log('      (skipped: only root can become another user)')
    this.skip()
  })
  beforeEach(async () => {
    served = await serveFake()
    directory = await mkdtemp(join(tmpdir(), 'petrel-other-'))
  })
  afterEach(async () => {
    for (const server of servers.splice(0)) await new Promise(resolve => server.close(resolve))
    await served.stop()
    await rm(directory, { recursive: true, force: true })
  })

  const dial = (path: string): string => `(await import('node:net')).connect(${JSON.stringify(path)}).on('connect', () => { console.log('in'); process.exit() }).on('error', error => { console.log(error.code) })`

  it('cannot connect, list the directory, or put something there', async () => {
    const fs = `const fs = await import('node:fs'); const tried = f => { try { f(); return 'in' } catch (error) { return error.code } };`
    assert.equal(await asNobody(dial(served.socketPath)), 'EACCES')
    assert.equal(await asNobody(`${fs} console.log(tried(() => fs.readdirSync(${JSON.stringify(served.directory)})))`), 'EACCES')
    assert.equal(await asNobody(`${fs} console.log(tried(() => fs.unlinkSync(${JSON.stringify(served.socketPath)})))`), 'EACCES')
    assert.equal(await asNobody(`${fs} console.log(tried(() => fs.writeFileSync(${JSON.stringify(join(served.directory, 'x'))}, '')))`), 'EACCES')
    const owner = await connect({ socketPath: served.socketPath })
    assert.equal((await owner.identity()).name, 'Alice')
    await owner.close()
  })

  it('is kept out by the socket itself should the directory be opened later', async () => {
    await chmod(served.directory, 0o755)
    assert.equal(await asNobody(dial(served.socketPath)), 'EACCES')
  })

  it('does not get the owner\'s client to speak to a socket of its own', async () => {
    // Only root may look at another's socket: the test's own check is that of a user who is not root.
    const path = join(directory, 'api.sock')
    await chown(directory, NOBODY, NOBODY)
    await chmod(directory, 0o755)
    const server = createServer().listen(path)
    servers.push(server)
    await once(server, 'listening')
    await chmod(path, 0o777)
    await assert.rejects(checkSocketDirectory(path, 'client', 1000), /belongs to user 65534 and not to you \(1000\)/)
    await assert.rejects(serveApi(served.alice, { socketPath: join(directory, 'other.sock') }), /belongs to user 65534/)
  })

  it('does not get a daemon to serve in a directory that it made', async () => {
    const theirs = join(directory, 'petrel-0')
    await mkdir(theirs, { mode: 0o700 })
    await chown(theirs, NOBODY, NOBODY)
    await assert.rejects(serveApi(served.alice, { socketPath: join(theirs, 'api.sock') }), /belongs to user 65534/)
  })
})
