import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LEAN_ENVIRONMENT, LEAN_FLAGS, RELAY_FLAGS } from '../../src/cli/lean.js'

const REPOSITORY = join(import.meta.dirname, '../..')
const OLD_NODE = "Object.defineProperty(process, 'version', { value: 'v18.19.0' })\nObject.defineProperty(process.versions, 'node', { value: '18.19.0' })\n"
const COMMAND = "export async function main (args) { console.log(JSON.stringify(args)); return args.includes('fail') ? 7 : undefined }"
const TOLD = 'export async function main (args) { console.log(JSON.stringify({ args, pid: process.pid, flags: process.execArgv, arenas: process.env.MALLOC_ARENA_MAX ?? null, mapped: process.env.MALLOC_MMAP_THRESHOLD_ ?? null })) }'
const DAEMON = "export async function main () { process.on('SIGTERM', () => { console.log('drained'); process.exit(0) }); setInterval(() => {}, 1000); console.log('ready') }"

describe('the start of the petrel command', () => {
  let root: string

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'petrel-start-'))
    mkdirSync(join(root, 'bin'))
    for (const name of ['petrel.js', 'package.json']) copyFileSync(join(REPOSITORY, 'bin', name), join(root, 'bin', name))
    writeFileSync(join(root, 'package.json'), '{"type":"module"}')
    writeFileSync(join(root, 'old.cjs'), OLD_NODE)
  })
  afterEach(() => { rmSync(root, { recursive: true, force: true }) })

  function build (main: string): void {
    mkdirSync(join(root, 'dist/cli'), { recursive: true })
    writeFileSync(join(root, 'dist/cli/main.js'), main)
  }

  function carryNode (): void {
    mkdirSync(join(root, 'node_modules/node/bin'), { recursive: true })
    symlinkSync(process.execPath, join(root, 'node_modules/node/bin/node'))
  }

  function start (args: string[], { old = false, counted = false } = {}) {
    // Set, and to nothing: Node hands it on to a child whose environment does not mention it.
    const env = { ...process.env, NODE_V8_COVERAGE: counted ? join(root, 'coverage') : undefined }
    const child = spawn(process.execPath, [...(old ? ['-r', join(root, 'old.cjs')] : []), join(root, 'bin/petrel.js'), ...args],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...env, NODE_OPTIONS: '', HOME: root, XDG_CACHE_HOME: join(root, 'cache') } })
    const out = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => { out.stdout += text })
    child.stderr.setEncoding('utf8').on('data', (text: string) => { out.stderr += text })
    const ended = once(child, 'close').then(([code]) => ({ ...out, code: code as number }))
    return { child, ended }
  }

  it('gives the command its arguments and passes on its exit code', async () => {
    build(COMMAND)
    assert.deepEqual(await start(['send', 'bob', 'a b']).ended, { stdout: '["send","bob","a b"]\n', stderr: '', code: 0 })
    assert.equal((await start(['fail']).ended).code, 7)
  })

  it('takes the command from few files where they are, and one by one where lines are counted', async () => {
    build("export function main () { console.log('one by one') }")
    mkdirSync(join(root, 'dist/start'))
    writeFileSync(join(root, 'dist/start/main.js'), "export function main () { console.log('few') }")
    assert.equal((await start([]).ended).stdout, 'few\n')
    assert.equal((await start([], { counted: true }).ended).stdout, 'one by one\n')
  })

  it('finds all that the few files load in the package', () => {
    const folder = join(REPOSITORY, 'dist/start')
    const own = readdirSync(folder).filter(name => name.endsWith('.js'))
    const loaded = own.flatMap(name => [...readFileSync(join(folder, name), 'utf8').matchAll(/(?:^(?:import|export)\b[^"']*|\bimport\()["'](\.[^"']+)["']/gm)].map(match => join(folder, match[1]!)))
    assert.ok(loaded.length > own.length)
    assert.deepEqual(loaded.filter(path => !existsSync(path) || path.startsWith(join(REPOSITORY, 'dist/cli/'))), [])
  })

  it('names the lines of the sources when an error is looked into', async () => {
    const child = spawn(process.execPath, [join(REPOSITORY, 'bin/petrel.js'), 'status', '--home', join(root, 'none')], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, NODE_V8_COVERAGE: undefined, PETREL_DEBUG: '1' } })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text })
    await once(child, 'close')
    assert.match(stderr, /src[/\\]cli[/\\]main\.ts:\d+/)
  })

  it('says what to do under an old Node, on stderr, and exits with 1', async () => {
    build(COMMAND)
    const { stdout, stderr, code } = await start(['id', '--qr'], { old: true }).ended
    assert.equal(code, 1)
    assert.equal(stdout, '')
    assert.match(stderr, /needs Node\.js 22 or newer, and this is v18\.19\.0/)
    assert.match(stderr, /npx -p node@24 petrel id --qr/)
  })

  it('goes on with the Node that a checkout carries when the one it was started with is old', async () => {
    build(COMMAND)
    carryNode()
    assert.deepEqual(await start(['fail'], { old: true }).ended, { stdout: '["fail"]\n', stderr: '', code: 7 })
  })

  it('passes SIGTERM on to that Node and waits until it has drained', async () => {
    build(DAEMON)
    carryNode()
    const { child, ended } = start([], { old: true })
    await once(child.stdout, 'data')
    child.kill('SIGTERM')
    assert.deepEqual(await ended, { stdout: 'ready\ndrained\n', stderr: '', code: 0 })
  })

  it('says how to build a checkout that is not built', async () => {
    const { stderr, code } = await start(['id']).ended
    assert.equal(code, 1)
    assert.match(stderr, /not built yet: run `npm ci && npm run build`/)
  })

  it('starts a node and a relay as processes that stay small, however they are started, and nothing else so', async function () {
    if (process.execve === undefined) this.skip()
    build(TOLD)
    for (const [flags, args] of [[LEAN_FLAGS, ['--profile', 'work', 'daemon', 'run']], [RELAY_FLAGS, ['relay', 'run', '--dir', 'a b']]] as const) {
      const { child, ended } = start([...args])
      const { stdout, stderr } = await ended
      assert.deepEqual(JSON.parse(stdout), { args, pid: child.pid, flags, arenas: LEAN_ENVIRONMENT['MALLOC_ARENA_MAX'], mapped: LEAN_ENVIRONMENT['MALLOC_MMAP_THRESHOLD_'] })
      assert.equal(stderr, '')
    }
    assert.deepEqual((JSON.parse((await start(['relay', 'status']).ended).stdout) as { flags: string[] }).flags, [])
  })

  it('keeps compiled code in the own cache folder, not in the shared temporary one', async () => {
    build(COMMAND)
    await start([]).ended
    assert.ok(existsSync(join(root, 'cache/petrel/code')))
    assert.notDeepEqual(readdirSync(join(root, 'cache/petrel/code')), [])
  })
})
