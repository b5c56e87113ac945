/**
 * The same work on what people would otherwise run: entries of 1 KiB from many senders, acknowledged, kept, and given to
 * somebody who follows. A relay beside Mosquitto (persistence, QoS 1), Prosody (mod_mam) and Redis (a stream, fsync before
 * each answer), each where it is installed (`apt-get install mosquitto prosody redis-server`), in turns. A figure's value is
 * the relay's, its reference the other's. What each says with its acknowledgement differs, and stands in each line: the
 * relay's word is that the entry is on the disk (fsync). None of the three seals the connection, tells one account from
 * another or signs what it acknowledges; the relay does. One JSON line a figure. Run: npm run bench -- peers
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compare, median, quantile, round, say, sized, spread } from './kit/figures.js'
import { Side } from './kit/side.js'
import { MqttClient } from './peers/mqtt.js'
import { RedisClient } from './peers/redis.js'
import { XmppClient } from './peers/xmpp.js'

type Figures = Record<string, number>

const [SENDERS, IN_FLIGHT] = [16, sized(32, 4)]
const ROUNDS = sized(3, 1)
const SECONDS = sized(2, 0.3)
const ENTRY_BYTES = 1024
const TICK_US = 10_000

/** One that does the work. */
interface Peer {
  readonly name: string
  /** What its acknowledgement says. */
  readonly says: string
  readonly settings: string
  run (): Promise<Figures>
  end (): Promise<void> | void
}

/** What sends an entry that begins with its number. */
function numbered (send: (entry: Buffer) => Promise<void>): (number: number) => Promise<void> {
  const body = randomBytes(ENTRY_BYTES)
  return async number => {
    const entry = Buffer.from(body)
    entry.writeDoubleBE(number, 0)
    await send(entry)
  }
}

function cpuUs (pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_US
}

async function freePort (): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => { server.close(resolve) })
  return port
}

async function answers (port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`)
    const there = await new Promise<boolean>(resolve => {
      const socket = connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true) })
      socket.on('error', () => { resolve(false) })
    })
    if (there) return
    await new Promise(resolve => { setTimeout(resolve, 50) })
  }
}

/** Sends for a while; `entry` goes out with a number in front, and comes back to `seen`. */
async function drive (pid: number, senders: ReadonlyArray<(number: number) => Promise<void>>, sent: Map<number, number>, deliveries: number[]): Promise<Figures> {
  deliveries.length = 0
  const acks: number[] = []
  const before = cpuUs(pid)
  const begun = performance.now()
  await Promise.all(senders.flatMap(send => Array.from({ length: IN_FLIGHT }, async () => {
    while (performance.now() < begun + SECONDS * 1000) {
      const from = performance.now()
      sent.set(++numbers, from)
      await send(numbers)
      acks.push(performance.now() - from)
    }
  })))
  const seconds = (performance.now() - begun) / 1000
  const patience = performance.now() + 5000
  while (sent.size > 0 && performance.now() < patience) await new Promise(resolve => { setTimeout(resolve, 5) })
  if (sent.size > 0) throw new Error(`${sent.size} entries did not come`)
  return { perSecond: acks.length / seconds, us: (cpuUs(pid) - before) / acks.length, ack: quantile(acks, 0.5), ack99: quantile(acks, 0.99), shown: quantile(deliveries, 0.5), shown99: quantile(deliveries, 0.99) }
}

let numbers = 0
/** Where servers are, whoever runs this. */
const environment = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin` }
const hasProgram = (name: string): boolean => { try { execFileSync('sh', ['-c', `command -v ${name}`], { env: environment }); return true } catch { return false } }

async function relay (dir: string): Promise<Peer> {
  const [server, client] = [new Side('relay/server.ts', dir), new Side('relay/client.ts')]
  await client.ready
  await client.do('come', { ...await server.ready as object, count: SENDERS })
  return {
    name: 'relay', says: 'on the disk (fsync)', settings: 'all services on',
    run: async () => {
      const { us: before = 0 } = await server.do('cpu')
      const { entries = 1, seconds = 1, ackP50 = 0, ackP99 = 0, shownP50 = 0, shownP99 = 0 } = await client.do('run', { seconds: SECONDS, inFlight: IN_FLIGHT })
      const { us: after = 0 } = await server.do('cpu')
      return { perSecond: entries / seconds, us: (after - before) / entries, ack: ackP50, ack99: ackP99, shown: shownP50, shown99: shownP99 }
    },
    end: () => {
      client.end()
      server.end()
    }
  }
}

async function mosquitto (dir: string): Promise<Peer> {
  const port = await freePort()
  const settings = `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location ${dir}/\nautosave_interval 1\nmax_inflight_messages 0\nmax_queued_messages 0\n`
  await writeFile(join(dir, 'mosquitto.conf'), settings)
  const child = spawn('mosquitto', ['-c', join(dir, 'mosquitto.conf')], { stdio: 'ignore', env: environment })
  await answers(port, child)
  const sent = new Map<number, number>()
  const deliveries: number[] = []
  const follower = await MqttClient.connect(port, 'follower', payload => {
    const number = payload.readDoubleBE(0)
    deliveries.push(performance.now() - (sent.get(number) ?? 0))
    sent.delete(number)
  })
  await follower.subscribe()
  const clients: MqttClient[] = []
  for (let i = 0; i < SENDERS; i++) clients.push(await MqttClient.connect(port, `sender${i}`))
  return {
    name: 'mosquitto', says: 'in memory; on the disk within a second, without fsync', settings: 'persistence true, autosave_interval 1, QoS 1',
    run: async () => await drive(child.pid ?? 0, clients.map(client => numbered(async entry => { await client.publish(entry) })), sent, deliveries),
    end: () => {
      for (const client of [follower, ...clients]) client.end()
      child.kill()
    }
  }
}

async function prosody (dir: string): Promise<Peer> {
  const port = await freePort()
  const accounts = join(dir, 'localhost', 'accounts')
  await mkdir(accounts, { recursive: true })
  const names = ['follower', ...Array.from({ length: SENDERS }, (_, i) => `sender${i}`)]
  for (const name of names) await writeFile(join(accounts, `${name}.dat`), 'return { ["password"] = "p" };\n')
  await writeFile(join(dir, 'prosody.cfg.lua'), [
    `data_path = "${dir}"`, `pidfile = "${dir}/pid"`, 'daemonize = false', `c2s_ports = { ${port} }`, 'interfaces = { "127.0.0.1" }', 's2s_ports = {}', 'http_ports = {}', 'https_ports = {}',
    'modules_enabled = { "saslauth", "mam", "smacks", "presence", "message", "c2s" }', 'modules_disabled = { "s2s", "tls", "offline" }', 'c2s_require_encryption = false', 'allow_unencrypted_plain_auth = true',
    'authentication = "internal_plain"', 'storage = "internal"', 'archive_expires_after = "never"', 'run_as_root = true', 'limits = { c2s = { rate = "1gb/s" } }', 'log = { warn = "*console" }', 'VirtualHost "localhost"', ''
  ].join('\n'))
  const child = spawn('prosody', ['--config', join(dir, 'prosody.cfg.lua')], { stdio: 'ignore', env: environment })
  await answers(port, child)
  const sent = new Map<number, number>()
  const deliveries: number[] = []
  const follower = await XmppClient.connect(port, 'follower', 'p', body => {
    const number = Number.parseInt(body, 16)
    deliveries.push(performance.now() - (sent.get(number) ?? 0))
    sent.delete(number)
  })
  const clients: XmppClient[] = []
  for (const name of names.slice(1)) clients.push(await XmppClient.connect(port, name, 'p'))
  const body = randomBytes(ENTRY_BYTES / 2 - 6).toString('hex')
  return {
    name: 'prosody', says: 'handled; written to its archive without fsync', settings: 'mod_mam with internal storage, mod_smacks',
    run: async () => await drive(child.pid ?? 0, clients.map(client => async number => { await client.send('follower', `${number.toString(16).padStart(11, '0')}.${body}`) }), sent, deliveries),
    end: () => {
      for (const client of [follower, ...clients]) client.end()
      child.kill()
    }
  }
}

/** Asks for what is behind a place in the stream, again and again. */
async function followStream (client: RedisClient, onEntry: (entry: Buffer) => void): Promise<never> {
  for (let after = '$'; ;) {
    const reply = await client.ask('XREAD', 'COUNT', '1000', 'BLOCK', '0', 'STREAMS', 't', after) as ReadonlyArray<readonly [Buffer, ReadonlyArray<readonly [Buffer, readonly [Buffer, Buffer]]>]> | null
    for (const [id, [, entry]] of reply?.[0]?.[1] ?? []) {
      after = id.toString()
      onEntry(entry)
    }
  }
}

async function redis (dir: string): Promise<Peer> {
  const port = await freePort()
  const child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--appendonly', 'yes', '--appendfsync', 'always', '--save', ''], { stdio: 'ignore', env: environment })
  await answers(port, child)
  const sent = new Map<number, number>()
  const deliveries: number[] = []
  const follower = await RedisClient.connect(port)
  void followStream(follower, entry => {
    const number = entry.readDoubleBE(0)
    deliveries.push(performance.now() - (sent.get(number) ?? 0))
    sent.delete(number)
  })
  const clients: RedisClient[] = []
  for (let i = 0; i < SENDERS; i++) clients.push(await RedisClient.connect(port))
  return {
    name: 'redis', says: 'on the disk (fsync)', settings: 'appendonly yes, appendfsync always, one stream, XADD and XREAD',
    run: async () => await drive(child.pid ?? 0, clients.map(client => numbered(async entry => { await client.ask('XADD', 't', '*', 'e', entry) })), sent, deliveries),
    end: () => {
      for (const client of [follower, ...clients]) client.end()
      child.kill()
    }
  }
}

const home = await mkdtemp(join(process.env['BENCH_DIR'] ?? tmpdir(), 'petrel-bench-peers-'))
const peers: Peer[] = []
try {
  for (const [name, make] of [['relay', relay], ['mosquitto', mosquitto], ['prosody', prosody], ['redis', redis]] as const) {
    const program = name === 'redis' ? 'redis-server' : name
    if (name !== 'relay' && !hasProgram(program)) {
      console.error(`${name} is not installed: left out. To have it beside the relay: apt-get install ${program}`)
      continue
    }
    const dir = join(home, name)
    await mkdir(dir)
    peers.push(await make(dir))
  }
  const all = new Map<string, Figures[]>(peers.map(({ name }) => [name, []]))
  for (let i = 0; i <= ROUNDS; i++) for (const peer of peers) {
    const figures = await peer.run()
    // The first round warms up.
    if (i > 0) all.get(peer.name)?.push(figures)
  }
  const of = (name: string, figure: string): number[] => all.get(name)?.map(figures => figures[figure] ?? 0) ?? []
  const alone = peers.length === 1
  for (const { name, says, settings } of peers) {
    if (name === 'relay' && !alone) continue
    for (const [figure, what, unit] of [['perSecond', 'entries', 'entries/s'], ['us', 'cpu', 'us/entry'], ['ack', 'to acknowledgement p50', 'ms'], ['ack99', 'to acknowledgement p99', 'ms'], ['shown', 'to delivery p50', 'ms'], ['shown99', 'to delivery p99', 'ms']] as const) {
      if (alone) say({ name: `peers/none/${what}`, value: round(median(of('relay', figure))), unit, spread: spread(of('relay', figure)) })
      else compare(`peers/${name}/${what}`, unit, of('relay', figure), of(name, figure), figure === 'perSecond' ? 'more' : 'less', { itAcknowledges: says, itsSettings: settings, ...figure === 'perSecond' ? { note: `its word: ${says} (${settings})` } : {} })
    }
  }
} finally {
  for (const peer of peers) await peer.end()
  await rm(home, { recursive: true, force: true, maxRetries: 5 })
}
