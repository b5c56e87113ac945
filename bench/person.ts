/**
 * A person's time: help, a message through a daemon that runs, a daemon's start with a full home, and what an installation
 * takes. Beside each what Node itself takes to start, in turns. One JSON line a figure. Run: npm run bench -- person, with
 * --full with 100,000 messages at home
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Daemon, Process } from '../test/ledger/processes.js'
import { compare, isFull, isSmoke, round, say, sized } from './kit/figures.js'
import { cpuOf, cpuOfEnded, endTwo, startTwo } from './kit/two-people.js'

const BIN = fileURLToPath(new URL('../bin/petrel.js', import.meta.url))
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const ROUNDS = sized(15, 2)
const MESSAGES = sized(isFull ? 100_000 : 10_000, 200)
const AT_ONCE = 256
const run = promisify(execFile)

/** Milliseconds of a process from its start to its end, and those of the processor. */
interface Took { readonly ms: number, readonly cpu: number }

async function timed (args: readonly string[]): Promise<Took> {
  const [begun, used] = [performance.now(), await cpuOfEnded()]
  const child = spawn(process.execPath, args, { stdio: 'ignore' })
  const [code] = await once(child, 'close') as [number | null]
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${String(code)}`)
  return { ms: performance.now() - begun, cpu: (await cpuOfEnded() - used) * 1000 }
}

async function besideNode (name: string, args: readonly string[]): Promise<void> {
  const [ours, bare]: [Took[], Took[]] = [[], []]
  for (let i = 0; i <= ROUNDS; i++) {
    const [node, petrelTook] = [await timed(['-e', '']), await timed(args)]
    // The first one finds nothing in the disk's cache.
    if (i > 0) { bare.push(node); ours.push(petrelTook) }
  }
  compare(name, 'ms', ours.map(({ ms }) => ms), bare.map(({ ms }) => ms), 'less')
  // The clock of ended processes has ticks of 10 ms: a mean of many is finer.
  const [own, node] = [ours, bare].map(all => all.reduce((sum, { cpu }) => sum + cpu, 0) / all.length) as [number, number]
  say({ name: `${name}, cpu`, value: round(own), unit: 'ms', reference: round(node), ratio: round(node / own) })
}

async function sizeOf (path: string): Promise<number> {
  const info = await lstat(path)
  if (!info.isDirectory()) return info.size
  const sizes = await Promise.all((await readdir(path)).map(async name => await sizeOf(join(path, name))))
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** Until a process has next to nothing to do: a node takes what its home pushes behind what it sends. */
async function atRest (pid: number): Promise<void> {
  for (let before = -1, now = await cpuOf(pid); now - before > 0.05; before = now, now = await cpuOf(pid)) await new Promise(resolve => { setTimeout(resolve, 1000) })
}

/** What `npm install` of the packed package takes. */
async function install (dir: string): Promise<void> {
  const packed = await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', dir], { cwd: ROOT })
  const begun = performance.now()
  await run('npm', ['install', '--prefix', dir, '--no-audit', '--no-fund', '--prefer-offline', '--no-save', join(dir, packed.stdout.trim())])
  say({ name: 'person/install', value: round((performance.now() - begun) / 1000), unit: 's', from: 'npm\'s cache, where it has it' })
  say({ name: 'person/installed size', value: round(await sizeOf(join(dir, 'node_modules')) / 1e6), unit: 'MB' })
}

const dir = await mkdtemp(join(process.env['BENCH_DIR'] ?? tmpdir(), 'petrel-bench-person-'))
const relay = new Process('relay', 'run', '--dir', join(dir, 'relay'), '--listen', '/ip4/127.0.0.1/tcp/0', '--admission', 'open', '--account-quota', '4GiB')
const [alice, bob] = [new Daemon(join(dir, 'alice')), new Daemon(join(dir, 'bob'))]
try {
  await besideNode('person/--help', [BIN, '--help'])
  await startTwo({ relay, alice, bob })
  await alice.ask(async p => await p.send('bob', 'first', { wait: 'delivered' }))
  await besideNode('person/send', [BIN, '--home', alice.home, 'send', 'bob', 'hello'])
  await bob.disconnect()
  await bob.kill('SIGTERM')
  let next = 0
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (next < MESSAGES) {
      const i = next++
      await alice.ask(async p => await p.send('bob', `message ${i}`))
    }
  }))
  await alice.ask(async p => await p.send('bob', 'last', { wait: 'stored' }))
  await alice.disconnect()
  await atRest(alice.pid)
  const starts: number[] = []
  for (let i = 0; i < sized(5, 1); i++) {
    await alice.kill('SIGTERM')
    const begun = performance.now()
    await alice.start()
    starts.push(performance.now() - begun)
  }
  const node: number[] = []
  for (const _ of starts) node.push((await timed(['-e', ''])).ms)
  compare(`person/daemon ready, ${MESSAGES} messages`, 'ms', starts, node, 'less')
  if (!isSmoke) await install(dir).catch((error: unknown) => { console.error(`no installation was measured: ${error instanceof Error ? error.message.split('\n')[0] : ''}`) })
} finally {
  await endTwo({ relay, alice, bob })
  await rm(dir, { recursive: true, force: true, maxRetries: 5 })
}
