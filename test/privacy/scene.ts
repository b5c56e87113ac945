/** Two relays and three people, each with a machine of their own as far as anybody can tell, and a recorder on every wire. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { logToFile } from '../../src/cli/log-file.js'
import { newApiToken } from '../../src/node/api/tokens.js'
import { connect } from '../../src/node/client/index.js'
import { createHome, createNode, serveApi, type Unlock } from '../../src/node/index.js'
import type { Petrel, UpdateEvent } from '../../src/protocol/api/index.js'
import { systemRandom } from '../../src/protocol/crypto/index.js'
import { TEST_PASSWORD_COST } from '../../src/protocol/crypto/password.js'
import { operator } from '../../src/relay/index.js'
import { Recorder, type Visitor } from './recorder.js'
import type { Place } from './search.js'

const BIN = fileURLToPath(new URL('../../bin/petrel.js', import.meta.url))

/** A relay in a process of its own. */
export interface RelayStand { readonly name: string, readonly dir: string, readonly health: string, readonly port: number, readonly recorder: Recorder, readonly address: string, readonly admission: string, readonly said: () => Place }

/** A person with a node. */
export interface Person {
  readonly name: string
  readonly dir: string
  readonly unlock: Unlock
  readonly words: string
  readonly petrel: Petrel
  readonly account: string
  readonly device: string
  /** What its process wrote to its outputs. */
  readonly said: () => Place
  stop (): Promise<void>
}

/** See the file's head. */
export class Scene {
  readonly dir: string
  readonly visitors: Visitor[] = []
  readonly relays: RelayStand[] = []
  readonly people: Person[] = []
  readonly #children: ChildProcess[] = []

  private constructor (dir: string) { this.dir = dir }

  /** An empty scene. */
  static async open (): Promise<Scene> { return new Scene(await mkdtemp(join(tmpdir(), 'petrel-privacy-'))) }

  /** Starts a relay that asks for a token, at the debug level. `ip` is where others see it when it goes out. */
  async relay (name: string, ip: string): Promise<RelayStand> {
    const dir = join(this.dir, name)
    const { ready, said, pid } = await this.#start('relay', 'run', '--dir', dir, '--admission', 'token', '--log-level', 'debug')
    const { peer, addresses, health } = ready.relay as { peer: string, addresses: string[], health: string }
    this.visitors.push({ name, pid, ip })
    const port = Number(/\/tcp\/(\d+)/.exec(addresses[0]!)![1])
    const recorder = await Recorder.before(port, this.visitors)
    const { token } = await operator.createToken(dir, { uses: 8 })
    const stand = { name, dir, health, port, recorder, address: `/ip4/127.0.0.1/tcp/${recorder.port}/p2p/${peer}`, admission: token, said }
    this.relays.push(stand)
    return stand
  }

  /** A person whose node is a daemon of its own, behind a passphrase, with its log in a file. `shown` is the name that others see. */
  async daemon (name: string, { shown, ip, passphrase }: { shown: string, ip: string, passphrase: string }): Promise<Person> {
    const dir = join(this.dir, name)
    const unlock: Unlock = { kind: 'passphrase', passphrase }
    const { words } = await createHome({ dir, name: shown, unlock, kdfCost: TEST_PASSWORD_COST })
    await mkdir(join(this.dir, 'elsewhere'), { recursive: true })
    const file = join(this.dir, 'elsewhere', `${name}.passphrase`)
    await writeFile(file, passphrase, { mode: 0o600 })
    await writeFile(join(dir, 'config.toml'), 'log_level = "debug"\n')
    const { ready, said, pid, child } = await this.#start('daemon', 'run', '--home', dir, '--passphrase-file', file, '--log-file', join(dir, 'daemon.log'))
    this.visitors.push({ name, pid, ip })
    const { socket, account, device } = ready.ready as { socket: string, account: string, device: string }
    const petrel = await connect({ socketPath: socket })
    const person = { name, dir, unlock, words, petrel, account, device, said, stop: async () => { await petrel.close(); await end(child, 'SIGTERM') } }
    this.people.push(person)
    return person
  }

  /** A person whose node runs here, behind a key file, and is spoken to over TCP with a token. */
  async inProcess (name: string, { shown, ip }: { shown: string, ip: string }): Promise<Person & { token: string }> {
    const dir = join(this.dir, name)
    const unlock: Unlock = { kind: 'keyfile' }
    const { words } = await createHome({ dir, name: shown, unlock })
    this.visitors.push({ name, pid: process.pid, ip })
    const sink = logToFile(join(dir, 'daemon.log'), { level: 'debug', now: () => new Date() })
    const node = await createNode({ dir, unlock, log: sink.log })
    const { secret, token } = newApiToken('a test', 'admin', systemRandom)
    const server = await serveApi(node, { tcp: { host: '127.0.0.1', port: 0, tokens: () => [token] }, log: sink.log })
    const petrel = await connect({ address: `tcp:127.0.0.1:${server.port!}`, token: secret })
    const { account, device } = await node.identity()
    const stop = async (): Promise<void> => {
      await petrel.close()
      await server.close()
      await node.close()
      sink.close()
    }
    const person = { name, dir, unlock, words, petrel, account, device, token: secret, said: () => ({ where: `${name}'s output`, bytes: new Uint8Array() }), stop }
    this.people.push(person)
    return person
  }

  /** Ends everything. */
  async close (): Promise<void> {
    await Promise.all(this.people.map(async p => { await p.stop().catch(() => undefined) }))
    await Promise.all(this.#children.map(async child => { await end(child, 'SIGKILL') }))
    for (const { recorder } of this.relays) recorder.close()
    await rm(this.dir, { recursive: true, force: true })
  }

  async #start (...args: string[]): Promise<{ ready: Record<string, unknown>, said: () => Place, pid: number, child: ChildProcess }> {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(PETREL|XDG)_/.test(name)))
    const child = spawn(process.execPath, [BIN, ...args, '--json'], { stdio: ['ignore', 'pipe', 'pipe'], env })
    this.#children.push(child)
    const written: Buffer[] = []
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => { written.push(data) })
    const said = (): Place => ({ where: `output of ${args.slice(0, 2).join(' ')}`, bytes: Buffer.concat(written) })
    const ready = await new Promise<Record<string, unknown>>((resolve, reject) => {
      createInterface({ input: child.stdout }).once('line', line => { resolve(JSON.parse(line) as Record<string, unknown>) })
      child.once('exit', code => { reject(new Error(`petrel ${args.join(' ')} ended with ${code}: ${Buffer.concat(written).toString()}`)) })
    })
    return { ready, said, pid: child.pid!, child }
  }
}

async function end (child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise(resolve => child.once('exit', resolve))
  child.kill(signal)
  await ended
}

/** Waits for an update that fits. */
export async function until (petrel: Petrel, fits: (event: UpdateEvent) => boolean): Promise<UpdateEvent> {
  for await (const { event } of petrel.receive({ follow: true, after: 0, signal: AbortSignal.timeout(50_000) })) if (fits(event)) return event
  throw new Error('the updates ended')
}
