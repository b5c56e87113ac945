/**
 * What growth costs: an append, a read of the newest 50, a start and memory, as one log of a relay grows, and as a relay has
 * more and more logs. Beside each what it cost while it was small, in the same run: a ratio of 1 is flat. What is not: a
 * start reads each log's head once, to count what is kept for whom, and up to 64 MiB that the store has in its journal only;
 * the heap grows with the first 10,000 logs, whose heads stay in memory. One JSON line a figure. Run: npm run bench --
 * growth, with --full up to 1,000,000 entries and 100,000 logs
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isFull, isSmoke, round, say } from './kit/figures.js'
import { Side } from './kit/side.js'

const ENTRIES = isSmoke ? [100, 300] : [1_000, 10_000, 100_000, ...isFull ? [1_000_000] : []]
const LOGS = isSmoke ? [10, 30] : [10, 1_000, 10_000, ...isFull ? [100_000] : []]
const NAMES: Readonly<Record<string, string>> = { newest: 'read of the newest 50', startCpu: 'cpu of a start' }
type Figures = Record<string, number>

const all = new Set<Side>()
const home = await mkdtemp(join(process.env['BENCH_DIR'] ?? tmpdir(), 'petrel-bench-growth-'))

function begin (path: string, ...args: string[]): Side {
  const side = new Side(path, ...args)
  all.add(side)
  return side
}

/** Grows something step by step, and measures after each. */
async function grow (what: 'entries' | 'logs', steps: readonly number[]): Promise<void> {
  const directory = join(home, what)
  let small: Figures | undefined
  let at = 0
  for (const count of steps) {
    // Each step begins with a start, on what the ones before it left.
    const server = begin('relay/server.ts', directory)
    const where = await server.ready as object
    const client = begin('relay/grower.ts', join(home, `${what}.json`))
    await client.ready
    await client.do('come', where)
    await client.do(what, { count: count - at })
    at = count
    const { us: before = 0 } = await server.do('cpu')
    const found = await client.do<Figures>('measure')
    const { us: after = 0 } = await server.do('cpu')
    const { heap = 0, own = 0 } = await server.do('memory')
    await client.do('go')
    await server.do('stop')
    for (const side of [client, server]) side.end()
    const again = performance.now()
    const next = begin('relay/server.ts', directory)
    await next.ready
    const start = performance.now() - again
    const { us: startUs = 0 } = await next.do('cpu')
    const now: Figures = { ...found, cpu: (after - before) / (found['calls'] ?? 1), start, startCpu: startUs / 1000, heap: heap / 1e6, memory: own / 1e6 }
    next.end()
    small ??= now
    for (const [figure, unit] of [['append', 'ms'], ['newest', 'ms'], ['cpu', 'us/call'], ['start', 'ms'], ['startCpu', 'ms'], ['heap', 'MB'], ['memory', 'MB']] as const) {
      const [value, reference] = [now[figure] ?? 0, small[figure] ?? 0]
      say({ name: `growth/${count} ${what}/${NAMES[figure] ?? figure}`, value: round(value), unit, reference: round(reference), ratio: round(reference / value) })
    }
    if (found['growthPerSecond'] !== undefined) say({ name: `growth/${count} ${what}/made`, value: round(found['growthPerSecond']), unit: `${what}/s` })
  }
}

try {
  await grow('entries', ENTRIES)
  await grow('logs', LOGS)
} finally {
  for (const side of all) side.end()
  await rm(home, { recursive: true, force: true, maxRetries: 5 })
}
