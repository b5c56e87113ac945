import assert from 'node:assert/strict'
import { mkdir, mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DaemonProcess, LaunchOptions, NodeDoor, RelayDoor } from '../../src/cli/doors.js'
import { logLine, logToFile } from '../../src/cli/log-file.js'
import { readConfig } from '../../src/node/home/index.js'
import { NotRunningError, type NodeStatus, type Petrel } from '../../src/protocol/api/index.js'
import { cli, fake, NOW, status } from './support.js'

describe('petrel daemon', () => {
  let home: string
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'petrel-daemon-'))
    await writeFile(join(home, 'keystore'), '')
  })
  afterEach(async () => { await rm(home, { recursive: true }) })

  /** A launcher whose daemon answers after `tries` looks, or ends with `words`. */
  function launcher (tries: number, ended: DaemonProcess['ended'] = new Promise(() => {}), answer: () => Promise<NodeStatus> = async () => status({ pid: 77 }), holder?: number) {
    const launched: LaunchOptions[] = []
    let released = false
    const connect = async (): Promise<Petrel> => {
      if (launched.length === 0 || tries-- > 0) throw new NotRunningError('not yet')
      return fake({ status: answer }).petrel
    }
    const launch = async (options: LaunchOptions): Promise<DaemonProcess> => {
      launched.push(options)
      await writeFile(options.output, 'the port is taken\n')
      return { pid: 77, ended, release: () => { released = true } }
    }
    const node = async (): Promise<NodeDoor> => ({ homeHolder: async () => holder }) as unknown as NodeDoor
    return { launched, doors: { connect, launch, node }, isReleased: () => released }
  }

  it('start waits until the node answers, then lets it live', async () => {
    const { launched, doors, isReleased } = launcher(2)
    const { code, json } = await cli(['--home', home, 'daemon', 'start', '--listen', '/ip4/0.0.0.0/tcp/4001', '--log-level', 'debug', '--json'], { doors })
    assert.equal(code, 0)
    assert.deepEqual(json(), { v: 1, started: true, pid: 77, log: join(home, 'daemon.log'), stopped: null })
    assert.deepEqual(launched[0]!.arguments, ['--home', home, 'daemon', 'run', '--log-file', join(home, 'daemon.log'), '--listen', '/ip4/0.0.0.0/tcp/4001', '--log-level', 'debug'])
    assert.ok(isReleased())
  })

  it('start of a home whose device has stopped says why, and ends with 5, also when a relay has first to be asked', async () => {
    const stopped = (relays: NodeStatus['relays']): NodeStatus => status({ pid: 77, relays, warnings: ['this device was revoked by its account'], stopped: 'revoked' })
    const [{ relays }] = [status()]
    let asked = 0
    const slow = async (): Promise<NodeStatus> => asked++ < 2 ? status({ pid: 77, relays: relays.map(relay => ({ ...relay, state: 'connecting' })) }) : stopped(relays)
    const rows: Array<[() => Promise<NodeStatus>, RegExp]> = [[async () => stopped(relays), /^started, process 77/], [slow, /^started, process 77/]]
    for (const [answer, says] of rows) {
      const { code, out, err } = await cli(['--home', home, 'daemon', 'start'], { doors: launcher(0, undefined, answer).doors })
      assert.equal(code, 5)
      assert.match(out, says)
      assert.match(err, /! this device was revoked by its account/)
    }
    const { code, json } = await cli(['--home', home, 'daemon', 'start', '--json'], { petrel: fake({ status: async () => stopped(relays) }).petrel })
    assert.deepEqual([code, json()], [5, { v: 1, started: false, pid: 77, log: join(home, 'daemon.log'), stopped: 'revoked' }])
  })

  it('start says what the daemon said when it ends instead', async () => {
    const { code, err } = await cli(['--home', home, 'daemon', 'start'], { doors: launcher(1e9, Promise.resolve({ words: 'exit code 1', code: 1 })).doors })
    assert.equal(code, 6)
    assert.match(err, /the daemon did not start \(exit code 1\):\nthe port is taken/)
    assert.equal((await cli(['--home', home, 'daemon', 'start'], { doors: launcher(1e9, Promise.resolve({ words: 'exit code 2', code: 2 })).doors })).code, 2, 'what the person gave was wrong')
  })

  it('start of a home that another start was quicker to take waits for that one\'s node', async () => {
    const ended = Promise.resolve({ words: 'exit code 1', code: 1 })
    const held = (holder?: number) => launcher(3, ended, async () => status({ pid: 78 }), holder).doors
    const { code, json } = await cli(['--home', home, 'daemon', 'start', '--json'], { doors: held(78) })
    assert.deepEqual([code, json()], [0, { v: 1, started: false, pid: 78, log: join(home, 'daemon.log'), stopped: null }])
    assert.equal((await cli(['--home', home, 'daemon', 'start'], { doors: held(78) })).out, 'runs already, process 78\n')
    assert.equal((await cli(['--home', home, 'daemon', 'start'], { doors: held() })).code, 6, 'nobody has it')
    const { code: late, err } = await cli(['--home', home, 'daemon', 'start', '--timeout', '120ms'], { doors: launcher(1e9, ended, undefined, 78).doors })
    assert.equal(late, 6)
    assert.match(err, /the daemon did not start \(exit code 1\):\nthe port is taken/, 'a program that runs a node for itself never answers')
  })

  it('start gives up after --timeout', async () => {
    assert.equal((await cli(['--home', home, 'daemon', 'start', '--timeout', '120ms'], { doors: launcher(1e9).doors })).code, 6)
  })

  it('start leaves a running node as it is, and refuses a home without identity', async () => {
    assert.match((await cli(['--home', home, 'daemon', 'start'], { petrel: fake().petrel })).out, /runs already, process 4242/)
    assert.match((await cli(['--home', home, 'daemon', 'start', '--lan'], { petrel: fake().petrel })).err, /It runs without --lan/)
    const { code, err } = await cli(['--home', join(home, 'none'), 'daemon', 'start'])
    assert.equal(code, 4)
    assert.match(err, /make one with petrel --home .*none init/)
  })

  it('start hands a passphrase over by stdin, never as an argument', async () => {
    await writeFile(join(home, 'pass'), 'correct horse\n')
    const { launched, doors } = launcher(0)
    await cli(['--home', home, 'daemon', 'start', '--passphrase-file', join(home, 'pass')], { doors })
    assert.equal(launched[0]!.input, 'correct horse')
    assert.ok(!launched[0]!.arguments.join(' ').includes('horse'))
    assert.ok(launched[0]!.arguments.join(' ').includes('--passphrase-file -'))
  })

  it('status ends with 3 when no node runs', async () => {
    const { code, json } = await cli(['--home', home, 'daemon', 'status', '--json'])
    assert.equal(code, 3)
    assert.equal((json().daemon as unknown as { running: boolean }).running, false)
    assert.equal((await cli(['daemon', 'status'], { petrel: fake().petrel })).code, 0)
  })

  it('stop asks the node to stop and waits for its process', async () => {
    const { petrel, calls } = fake({ status: async () => status({ pid: 2 ** 22 + 1 }) })
    const { code, out } = await cli(['daemon', 'stop'], { petrel })
    assert.equal(code, 0)
    assert.match(out, /stopped process/)
    assert.ok(calls.some(([name]) => name === 'shutdown'))
    assert.match((await cli(['daemon', 'stop'])).out, /not running/)
  })

  it('run passes on the settings: file, then environment, then flags', async () => {
    await writeFile(join(home, 'config.toml'), 'log_level = "warn"\n')
    const seen: unknown[] = []
    const node = {
      unlockKindOf: async () => 'keyfile',
      readConfig: (sources: unknown) => { seen.push(sources); return { config: { keyfile: '/k', credential: 'petrel', listen: ['/a'], log_level: 'info' }, warnings: ['a warning'] } },
      runDaemon: async (options: { listen: unknown, unlock: unknown }) => { seen.push([options.listen, options.unlock]) }
    } as unknown as NodeDoor
    const { code, err } = await cli(['--home', home, 'daemon', 'run', '--log-level', 'debug'], { doors: { node: async () => node }, io: { env: { PETREL_LISTEN: '/b' } } })
    assert.equal(code, 0)
    assert.match(err, /^a warning\n/)
    assert.deepEqual(seen, [
      { file: 'log_level = "warn"\n', path: join(home, 'config.toml'), env: { PETREL_LISTEN: '/b' }, flags: { log_level: 'debug' } },
      [['/a'], { kind: 'keyfile', path: '/k' }]
    ])
  })

  it('uses the socket that the configuration file names, for the node and for who calls it', async () => {
    await writeFile(join(home, 'config.toml'), 'socket = "/run/p.sock"\n')
    const sockets: string[] = []
    const connect = async (paths: { socket: string }): Promise<never> => { sockets.push(paths.socket); throw new NotRunningError('x') }
    await cli(['--home', home, 'status'], { doors: { connect } })
    await cli(['status'], { doors: { connect }, io: { env: { PETREL_HOME: home, PETREL_SOCKET: '/env.sock' } } })
    assert.deepEqual(sockets, ['/run/p.sock', '/env.sock'])
    await writeFile(join(home, 'config.toml'), 'token = "s3cret\n')
    const { code, err } = await cli(['--home', home, 'status'])
    assert.equal(code, 2)
    assert.ok(!err.includes('s3cret'), 'a broken file is not quoted')
  })

  it('goes to the home or profile that a flag names, not where PETREL_SOCKET leads', async () => {
    const env = { PETREL_HOME: home, PETREL_SOCKET: '/bob.sock' }
    const sockets: string[] = []
    const connect = async (paths: { socket: string }): Promise<never> => { sockets.push(paths.socket); throw new NotRunningError('x') }
    const there = [join(home, 'profiles', 'alice', 'api.sock'), join(home, 'api.sock')]
    for (const words of [['send', 'ada', 'hi'], ['status'], ['daemon', 'status'], ['daemon', 'stop']]) {
      sockets.length = 0
      for (const flags of [['--profile', 'alice'], ['--home', home]]) await cli([...flags, ...words], { doors: { connect }, io: { env } })
      assert.deepEqual(sockets, there, words.join(' '))
    }
  })

  it('run listens where the home or profile of a flag has its socket, not where PETREL_SOCKET leads', async () => {
    const seen: unknown[] = []
    const node = {
      unlockKindOf: async () => 'keyfile',
      readConfig,
      runDaemon: async (options: { paths: { socket: string } }) => { seen.push(options.paths.socket) }
    } as unknown as NodeDoor
    const env = { PETREL_HOME: home, PETREL_SOCKET: '/bob.sock' }
    for (const flags of [['--profile', 'alice'], ['--home', home], []]) await cli([...flags, 'daemon', 'run'], { doors: { node: async () => node }, io: { env } })
    assert.deepEqual(seen, [join(home, 'profiles', 'alice', 'api.sock'), join(home, 'api.sock'), '/bob.sock'])
  })

  describe('its log', () => {
    const options = { level: 'info' as const, now: () => NOW }

    it('is a JSON object per line, from a level on', async () => {
      const path = join(home, 'log')
      const { log, close } = logToFile(path, options)
      log('debug', 'nothing', {})
      log('warn', 'relay.lost', { code: 'ERR_UNAVAILABLE', tries: 2, gone: undefined })
      close()
      assert.deepEqual(JSON.parse(await readFile(path, 'utf8')), { time: NOW.toISOString(), level: 'warn', event: 'relay.lost', code: 'ERR_UNAVAILABLE', tries: 2 })
      assert.equal((await stat(path)).mode & 0o777, 0o600)
    })

    it('is one line whatever it is told, and cuts what is too long to be a code', () => {
      assert.equal(logLine(NOW, 'info', 'x', { a: '\u001b[2J\n' }).split('\n').length, 1)
      assert.ok(logLine(NOW, 'info', 'x', { a: 'y'.repeat(10_000) }).length < 400)
    })

    it('moves to the side when it is full, and keeps a bounded number', async () => {
      const path = join(home, 'log')
      const { log, close } = logToFile(path, { ...options, fileBytes: 300, keep: 2 })
      for (let i = 0; i < 40; i++) log('info', 'tick', { i })
      close()
      const texts = await Promise.all([`${path}.2`, `${path}.1`, path].map(async file => await readFile(file, 'utf8')))
      for (const text of texts) assert.ok(text.length <= 300)
      const kept = texts.join('').trim().split('\n').map(line => (JSON.parse(line) as { i: number }).i)
      assert.deepEqual(kept, Array.from({ length: kept.length }, (_, i) => 40 - kept.length + i), 'the newest, in order, without a gap')
      await assert.rejects(stat(`${path}.3`))
    })

    it('goes on in the old file when it cannot be moved to the side, and touches no other file', async () => {
      const path = join(home, 'log')
      for (const n of [1, 2]) await mkdir(join(`${path}.${n}`, 'in the way'), { recursive: true })
      const { log, close } = logToFile(path, { ...options, fileBytes: 300, keep: 2 })
      for (let i = 0; i < 10; i++) log('info', 'tick', { i })
      const other = await open(join(home, 'other'), 'w')
      for (let i = 10; i < 20; i++) log('info', 'tick', { i })
      await other.writeFile('its own')
      await other.close()
      close()
      assert.equal(await readFile(join(home, 'other'), 'utf8'), 'its own')
      assert.equal((await readFile(path, 'utf8')).trim().split('\n').length, 20)
    })

    it('says of a place that can hold no log what to do', async () => {
      const run = async (file: string) => await cli(['--home', home, 'relay', 'run', '--dir', join(home, 'relay'), '--log-file', file], { doors: { relay: async () => ({ createRelay: async () => await Promise.reject(new Error('not reached')) }) as unknown as RelayDoor } })
      const missing = await run(join(home, 'nowhere', 'log'))
      assert.equal(missing.code, 4)
      assert.match(missing.err, /nowhere is not there: make it first/)
      const directory = await run(home)
      assert.equal(directory.code, 2)
      assert.match(directory.err, /name another file/)
    })

    it('that cannot be written stops nothing', async () => {
      await mkdir(join(home, 'full'))
      const { log } = logToFile('/dev/full', options)
      log('info', 'x', {})
    })
  })
})

describe('petrel init', () => {
  const made: { name: string, unlock: unknown, dir: string }[] = []
  const words = Array.from({ length: 24 }, (_, i) => `word${i + 1}`).join(' ')
  const node = async (): Promise<NodeDoor> => ({ createHome: async (options: typeof made[number]) => { made.push(options); return { words, account: 0, device: 0 } } }) as unknown as NodeDoor

  it('shows the 24 words once, on stdout and nowhere else, with a warning', async () => {
    const { code, out, err } = await cli(['--home', '/h', 'init', '--name', 'Ada', '--no-input'], { doors: { node } })
    assert.equal(code, 0)
    for (let i = 1; i <= 24; i++) assert.equal(out.split(`word${i} `).length + out.split(`word${i}\n`).length, 3, `word${i}`)
    assert.match(out, /Write them down on paper/)
    assert.ok(!err.includes('word'))
    assert.deepEqual([made[0]!.dir, made[0]!.name, made[0]!.unlock], ['/h', 'Ada', { kind: 'keyfile' }])
  })

  it('takes the login name when nobody is asked, and any way to unlock', async () => {
    made.length = 0
    await cli(['init', '--passphrase-file', '-'], { doors: { node }, input: 'secret\n' })
    await cli(['init', '--key-file', 'k'], { doors: { node } })
    await cli(['init', '--credential', 'petrel'], { doors: { node } })
    assert.deepEqual(made.map(({ name, unlock }) => [name, unlock]), [
      ['bob', { kind: 'passphrase', passphrase: 'secret' }], ['bob', { kind: 'keyfile', path: '/somewhere/k' }], ['bob', { kind: 'systemd', credential: 'petrel' }]
    ])
    assert.equal((await cli(['init', '--key-file', 'k', '--credential', 'c'], { doors: { node } })).code, 2)
    assert.equal((await cli(['init', '--passphrase-file', '-'], { doors: { node }, input: '\n' })).code, 2)
  })
})
