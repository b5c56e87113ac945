/**
 * Durable store and forward of opaque entries of 1 KiB: acknowledged after they are on the disk, pushed to somebody who
 * follows. A relay with all its services beside the bare loop of bench/reference/loop.ts, and beside that loop under the same
 * promises (bench/reference/promises.ts; `promises alone` are those two): what lies between the loop and the promises is their
 * price in any program; the rest is sessions, rights, limits and lanes, and what is ours to mend. In turns, several rounds;
 * client and server are processes of their own. One JSON line a figure. Run: npm run bench -- relay
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compare, median, round, say, sized } from './kit/figures.js'
import { Side } from './kit/side.js'

type Figures = Record<string, number>

const ROWS = [[16, 32], [64, 4], [64, 1], [1, 1]] as const
const ROUNDS = sized(5, 1)
const SECONDS = sized(2, 0.3)

/** Ours, and what it stands beside. */
const NAMES = ['ours', 'loop', 'promises'] as const
type Name = typeof NAMES[number]

const home = await mkdtemp(join(process.env['BENCH_DIR'] ?? tmpdir(), 'petrel-bench-relay-'))
await Promise.all(NAMES.map(async name => { await mkdir(join(home, name)) }))
const sideOf = (name: Name, path: string): { readonly server: Side, readonly client: Side } => ({ server: new Side(path, join(home, name)), client: new Side('relay/client.ts') })
const sides = { ours: sideOf('ours', 'relay/server.ts'), loop: sideOf('loop', 'reference/loop.ts'), promises: sideOf('promises', 'reference/promises.ts') }

async function turn ({ server, client }: typeof sides.ours, inFlight: number): Promise<Figures> {
  const { us: before = 0 } = await server.do('cpu')
  const figures = await client.do('run', { seconds: SECONDS, inFlight })
  const { us: after = 0 } = await server.do('cpu')
  const entries = figures['entries'] ?? 1
  if ((figures['undelivered'] ?? 0) > 0) throw new Error(`${figures['undelivered']} entries did not come to who follows`)
  return { ...figures, perSecond: entries / (figures['seconds'] ?? 1), serverUs: (after - before) / entries, clientUs: (figures['cpuUs'] ?? 0) / entries }
}

type All = Readonly<Record<Name, Figures[]>>
const of = (all: All, name: Name, figure: string): number[] => all[name].map(figures => figures[figure] ?? 0)

function compareWork (row: string, all: All, name: Name, beside: Name): void {
  compare(`${row}/entries`, 'entries/s', of(all, name, 'perSecond'), of(all, beside, 'perSecond'), 'more')
  compare(`${row}/cpu`, 'us/entry', of(all, name, 'serverUs'), of(all, beside, 'serverUs'), 'less')
}

function compareAll (row: string, all: All, beside: Name): void {
  compareWork(row, all, 'ours', beside)
  for (const [what, figure] of [['to acknowledgement', 'ack'], ['to delivery', 'shown']] as const) {
    for (const q of ['P50', 'P99']) compare(`${row}/${what} ${q.toLowerCase()}`, 'ms', of(all, 'ours', figure + q), of(all, beside, figure + q), 'less')
  }
  say({ name: `${row}/client cpu`, value: round(median(of(all, 'ours', 'clientUs'))), unit: 'us/entry', reference: round(median(of(all, beside, 'clientUs'))) })
}

try {
  for (const [senders, inFlight] of sized(1, 0) === 1 ? ROWS : ROWS.slice(3)) {
    for (const name of NAMES) {
      const [where] = await Promise.all([sides[name].server.ready, sides[name].client.ready])
      await sides[name].client.do('come', { ...where as object, count: senders })
      await turn(sides[name], inFlight)
    }
    const all: All = { ours: [], loop: [], promises: [] }
    for (let i = 0; i < ROUNDS; i++) for (const [at] of NAMES.entries()) {
      const name = NAMES[(i + at) % NAMES.length] ?? 'ours'
      all[name].push(await turn(sides[name], inFlight))
    }
    const row = `relay/${senders} × ${inFlight}`
    compareAll(row, all, 'loop')
    compareAll(`${row}/promises`, all, 'promises')
    compareWork(`${row}/promises alone`, all, 'promises', 'loop')
    for (const { client } of Object.values(sides)) await client.do('go')
  }
  for (const { server } of Object.values(sides)) await server.do('stop')
} finally {
  for (const { server, client } of Object.values(sides)) {
    client.end()
    server.end()
  }
  await rm(home, { recursive: true, force: true })
}
