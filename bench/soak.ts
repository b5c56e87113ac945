/**
 * Half an hour of mixed work by real processes over one relay: writing, reading, reactions, files, search, and one of the
 * nodes killed and started again all the time. What the relay and the other node have of heap (after its garbage is
 * collected), memory, handles, descriptors and threads is read once a minute, and its slope printed over the second half:
 * flat, or something is kept that should not be. Memory beside is what is left of it without the heap and what the store
 * gathers: a relay's grows by what is appended, 1.4 KB for an entry of 1 KiB, until 64 MiB are written out as tables. From
 * then on Level fills anew what it took before, so memory stays where it is and what is beside goes up and down.
 * SOAK_MINUTES changes the time. Run: npm run bench -- soak
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Daemon, petrel, Process } from '../test/ledger/processes.js'
import { isSmoke, round, say, spread } from './kit/figures.js'
import { endTwo, startTwo, type TwoPeople } from './kit/two-people.js'

const MINUTES = isSmoke ? 0.1 : Number(process.env['SOAK_MINUTES'] ?? 30)
const SAMPLES = isSmoke ? 3 : Math.max(10, MINUTES)
/** The first half fills caches, which are bounded. */
const WARM = 0.5
const MB = 1e6

const FIGURES = [['heap', 'MB'], ['outside the heap', 'MB'], ['memory', 'MB'], ['gathered by the store', 'MB'], ['memory beside', 'MB'], ['handles', 'open'], ['descriptors', 'open'], ['threads', 'threads']] as const
type Sample = Readonly<Record<typeof FIGURES[number][0] | 'minute', number>>
interface Gauge { readonly heapTotal: number, readonly heapUsed: number, readonly external: number, readonly gathered: number, readonly handles: number }

/** What the process says of itself, once it has collected its garbage. */
async function gauge (pid: number): Promise<Gauge> {
  const path = join(gauges, `${pid}.jsonl`)
  const lines = async (): Promise<string[]> => (await readFile(path, 'utf8').catch(() => '')).split('\n').slice(0, -1)
  const before = (await lines()).length
  process.kill(pid, 'SIGUSR2')
  for (;;) {
    const now = await lines()
    if (now.length > before) return JSON.parse(now.at(-1) ?? '') as Gauge
    await new Promise(resolve => { setTimeout(resolve, 20) })
  }
}

async function sample (pid: number, minute: number): Promise<Sample> {
  const { heapTotal, heapUsed, external, gathered, handles } = await gauge(pid)
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
  const memory = field('RssAnon') * 1024 / MB
  return {
    minute, 'heap': heapUsed / MB, 'outside the heap': external / MB, memory, 'gathered by the store': gathered / MB,
    'memory beside': memory - (heapTotal + gathered) / MB, handles, 'descriptors': (await readdir(`/proc/${pid}/fd`)).length, 'threads': field('Threads')
  }
}

/** The least squares' slope of what was seen after the warming up, per hour. */
function slope (samples: readonly Sample[], of: (one: Sample) => number): number {
  const kept = samples.slice(Math.floor(samples.length * WARM))
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [mean(kept.map(one => one.minute)), mean(kept.map(of))]
  const above = kept.reduce((sum, one) => sum + (one.minute - x) * (of(one) - y), 0)
  const below = kept.reduce((sum, one) => sum + (one.minute - x) ** 2, 0)
  return below === 0 ? 0 : above / below * 60
}

interface Scene extends TwoPeople { readonly dir: string }

/** One round of what people do. */
async function work ({ dir, alice, bob }: Scene, n: number): Promise<void> {
  const file = join(dir, `note-${n % 4}.bin`)
  await writeFile(file, Buffer.alloc(200_000, n))
  for (let i = 0; i < 20; i++) await alice.ask(async p => await p.send('bob', `round ${n}, line ${i}`, { wait: 'stored' }))
  const { id } = await bob.ask(async p => await p.send('alice', `answer ${n}`, { wait: 'delivered' }))
  await alice.ask(async p => { await p.react('bob', id, ['👍']) })
  await alice.ask(async p => { await p.readChat('bob') })
  await bob.ask(async p => await p.searchMessages({ query: `line ${n % 20}` }))
  if (n % 5 === 0) await petrel(alice.home, 'send', 'bob', '--attach', file)
  if (n % 10 === 0) {
    await bob.kill(n % 20 === 0 ? 'SIGKILL' : 'SIGTERM')
    await bob.start()
  }
}

async function soak (scene: Scene): Promise<void> {
  const watched = { relay: scene.relay, node: scene.alice }
  const seen: Record<keyof typeof watched, Sample[]> = { relay: [], node: [] }
  const begun = performance.now()
  const minutes = (): number => (performance.now() - begun) / 60_000
  let rounds = 0
  for (let i = 1; minutes() < MINUTES; rounds++) {
    await work(scene, rounds + 1)
    if (minutes() < MINUTES * i / SAMPLES) continue
    for (const who of ['relay', 'node'] as const) seen[who].push(await sample(watched[who].pid, minutes()))
    i++
  }
  say({ name: 'soak/rounds', value: rounds, unit: 'rounds', kills: scene.bob.kills })
  for (const who of ['relay', 'node'] as const) {
    for (const [what, unit] of FIGURES) {
      const all = seen[who].map(one => round(one[what]))
      say({ name: `soak/${who}/${what}`, value: all.at(-1) ?? 0, unit, spread: spread(all), all })
      say({ name: `soak/${who}/${what}, slope`, value: round(slope(seen[who], one => one[what])), unit: `${unit}/h` })
    }
    say({ name: `soak/${who}/leak warnings`, value: (watched[who].errors.match(/MaxListenersExceeded/g) ?? []).length, unit: 'warnings' })
  }
}

const dir = await mkdtemp(join(tmpdir(), 'petrel-bench-soak-'))
const gauges = join(dir, 'gauges')
await mkdir(gauges)
process.env['GAUGE_DIR'] = gauges
process.env['NODE_OPTIONS'] = `${process.env['NODE_OPTIONS'] ?? ''} --import=${pathToFileURL(join(import.meta.dirname, 'kit/gauge.ts')).href} --disable-warning=ExperimentalWarning`.trim()
const scene: Scene = { dir, relay: new Process('relay', 'run', '--dir', join(dir, 'relay'), '--listen', '/ip4/127.0.0.1/tcp/0', '--admission', 'open'), alice: new Daemon(join(dir, 'alice')), bob: new Daemon(join(dir, 'bob')) }
try {
  await startTwo(scene)
  await scene.alice.ask(async p => await p.send('bob', 'hello', { wait: 'delivered' }))
  await soak(scene)
} finally {
  await endTwo(scene)
  await rm(dir, { recursive: true, force: true, maxRetries: 5 })
}
