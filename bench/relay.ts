/**
 * Durable store and forward of opaque entries of 1 KiB: acknowledged after they are on the disk, pushed to somebody who
 * follows. A relay with all its services beside the bare loop of bench/reference/loop.ts, in turns, several rounds; client
 * and server are processes of their own. One JSON line a figure. Run: npm run bench -- relay
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

const home = await mkdtemp(join(process.env['BENCH_DIR'] ?? tmpdir(), 'petrel-bench-relay-'))
await Promise.all(['relay', 'loop'].map(async name => { await mkdir(join(home, name)) }))
const sides = {
  ours: { server: new Side('relay/server.ts', join(home, 'relay')), client: new Side('relay/client.ts') },
  loop: { server: new Side('reference/loop.ts', join(home, 'loop')), client: new Side('relay/client.ts') }
}

async function turn ({ server, client }: typeof sides.ours, inFlight: number): Promise<Figures> {
  const { us: before = 0 } = await server.do('cpu')
  const figures = await client.do('run', { seconds: SECONDS, inFlight })
  const { us: after = 0 } = await server.do('cpu')
  const entries = figures['entries'] ?? 1
  if ((figures['undelivered'] ?? 0) > 0) throw new Error(`${figures['undelivered']} entries did not come to who follows`)
  return { ...figures, perSecond: entries / (figures['seconds'] ?? 1), serverUs: (after - before) / entries, clientUs: (figures['cpuUs'] ?? 0) / entries }
}

try {
  for (const [senders, inFlight] of sized(1, 0) === 1 ? ROWS : ROWS.slice(3)) {
    const where = { ours: await sides.ours.server.ready, loop: await sides.loop.server.ready } as const
    for (const name of ['ours', 'loop'] as const) {
      await sides[name].client.ready
      await sides[name].client.do('come', { ...where[name] as object, count: senders })
      await turn(sides[name], inFlight)
    }
    const all: Record<'ours' | 'loop', Figures[]> = { ours: [], loop: [] }
    for (let i = 0; i < ROUNDS; i++) for (const name of i % 2 === 0 ? ['ours', 'loop'] as const : ['loop', 'ours'] as const) all[name].push(await turn(sides[name], inFlight))
    const of = (name: 'ours' | 'loop', figure: string): number[] => all[name].map(figures => figures[figure] ?? 0)
    const row = `relay/${senders} × ${inFlight}`
    compare(`${row}/entries`, 'entries/s', of('ours', 'perSecond'), of('loop', 'perSecond'), 'more')
    compare(`${row}/cpu`, 'us/entry', of('ours', 'serverUs'), of('loop', 'serverUs'), 'less')
    for (const [what, figure] of [['to acknowledgement', 'ack'], ['to delivery', 'shown']] as const) {
      for (const q of ['P50', 'P99']) compare(`${row}/${what} ${q.toLowerCase()}`, 'ms', of('ours', figure + q), of('loop', figure + q), 'less')
    }
    say({ name: `${row}/client cpu`, value: round(median(of('ours', 'clientUs'))), unit: 'us/entry', reference: round(median(of('loop', 'clientUs'))) })
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
