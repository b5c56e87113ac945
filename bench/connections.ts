/**
 * Idle devices with a session each at one relay: what each takes there, how many come in a second, and how long a relay that
 * was killed needs until all are served again. Beside it, in the same run, as many connections of a bare libp2p host with a
 * stream each. One JSON line a figure. Run: npm run bench -- connections
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { round, say, sized } from './kit/figures.js'
import { Side } from './kit/side.js'

const COUNTS = [sized(500, 10), sized(2000, 20)]
const RETURNING = sized(1000, 10)
/** Devices of one process: their hosts take more than a connection does at the relay. */
const EACH = 250
const IDLE_MS = sized(5000, 300)

interface Server { readonly side: Side, readonly where: { readonly address: string, readonly key?: string } }

const home = await mkdtemp(join(process.env['BENCH_DIR'] ?? tmpdir(), 'petrel-bench-connections-'))
let folders = 0
const all = new Set<Side>()

function begin (path: string, ...args: string[]): Side {
  const side = new Side(path, ...args)
  all.add(side)
  return side
}

async function serverOf (path: string, directory?: string, port?: string): Promise<Server & { readonly directory: string }> {
  const dir = directory ?? join(home, String(folders++))
  await mkdir(dir, { recursive: true })
  const side = begin(path, dir, ...port === undefined ? [] : [port])
  return { side, directory: dir, where: await side.ready as Server['where'] }
}

/** Devices in processes of their own, until there are so many. */
async function crowd (server: Server, count: number, present: Side[] = []): Promise<{ sides: Side[], seconds: number, tries: number }> {
  const begun = performance.now()
  const fresh = Array.from({ length: Math.ceil(count / EACH) }, () => begin('relay/crowd.ts'))
  await Promise.all(fresh.map(async side => await side.ready))
  const from = performance.now()
  const came = await Promise.all(fresh.map(async (side, i) => await side.do('come', { ...server.where, count: Math.min(EACH, count - i * EACH) })))
  return { sides: [...present, ...fresh], tries: came.reduce((sum, { tries = 0 }) => sum + tries, 0), seconds: (performance.now() - Math.max(begun, from)) / 1000 }
}

interface Found { readonly heap: number, readonly memory: number, readonly idle: number, readonly perSecond: number }

/** What each of so many connections takes at a server. */
async function measure (path: string, counts: readonly number[]): Promise<Found[]> {
  const server = await serverOf(path)
  const before = await server.side.do('memory')
  const found: Found[] = []
  let [sides, there]: [Side[], number] = [[], 0]
  for (const count of counts) {
    const { us: cpuBefore = 0 } = await server.side.do('cpu')
    const came = await crowd(server, count - there, sides)
    const { us: cpuAfter = 0 } = await server.side.do('cpu')
    sides = came.sides
    const perSecond = (count - there) / came.seconds
    const triesEach = came.tries / (count - there)
    there = count
    const { us: from = 0 } = await server.side.do('cpu')
    await new Promise(resolve => { setTimeout(resolve, IDLE_MS) })
    const { us: to = 0 } = await server.side.do('cpu')
    const now = await server.side.do('memory')
    found.push({ perSecond, idle: (to - from) / there / (IDLE_MS / 1000), heap: ((now['heap'] ?? 0) - (before['heap'] ?? 0)) / there / 1024, memory: ((now['own'] ?? 0) - (before['own'] ?? 0)) / there / 1024 })
    say({ name: `connections/${path.includes('loop') ? 'bare' : 'relay'} ${count}/cpu to come`, value: round((cpuAfter - cpuBefore) / (count - (found.length > 1 ? counts[found.length - 2] ?? 0 : 0)) / 1000), unit: 'ms/device', triesEach: round(triesEach) })
  }
  for (const side of [...sides, server.side]) side.end()
  return found
}

/** A relay is killed with all devices on it, and comes back. */
async function returning (): Promise<void> {
  const first = await serverOf('relay/server.ts')
  const { sides } = await crowd(first, RETURNING)
  const port = /\/tcp\/(\d+)/.exec(first.where.address)?.[1] ?? '0'
  await first.side.kill()
  const begun = performance.now()
  const back = sides.map(async side => await side.do('back'))
  const second = await serverOf('relay/server.ts', first.directory, port)
  const up = (performance.now() - begun) / 1000
  const figures = await Promise.all(back)
  const here = (await Promise.all(sides.map(async side => await side.do('here')))).reduce((sum, { here = 0 }) => sum + here, 0)
  say({ name: `connections/restart with ${RETURNING}, all served`, value: round(Math.max(...figures.map(({ seconds = 0 }) => seconds))), unit: 's', startedAfter: round(up), half: round(Math.max(...figures.map(({ half = 0 }) => half))), triesEach: round(figures.reduce((sum, { tries = 0 }) => sum + tries, 0) / RETURNING), missing: RETURNING - here })
  for (const side of [...sides, second.side]) side.end()
}

try {
  const [ours, bare] = [await measure('relay/server.ts', COUNTS), await measure('reference/loop.ts', COUNTS)]
  for (const [i, count] of COUNTS.entries()) {
    const [own, reference] = [ours[i], bare[i]]
    if (own === undefined || reference === undefined) continue
    for (const [what, unit] of [['heap', 'KiB/device'], ['memory', 'KiB/device'], ['idle', 'us/s/device']] as const) {
      say({ name: `connections/${count}/${what}`, value: round(own[what]), unit, reference: round(reference[what]), ratio: round(reference[what] / own[what]) })
    }
    say({ name: `connections/${count}/come`, value: round(own.perSecond), unit: 'devices/s', reference: round(reference.perSecond), ratio: round(own.perSecond / reference.perSecond) })
  }
  await returning()
} finally {
  for (const side of all) side.end()
  await rm(home, { recursive: true, force: true })
}
