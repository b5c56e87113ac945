/**
 * Files between a node and a relay on loopback, each in a process of its own, from disk to disk: up and down beside the same
 * bytes over a bare libp2p stream and over TCP, beside blocks that nobody keeps, and beside sealing and hashing alone; what
 * messages on the same connection feel of it; a seek; many small files; memory. Each transfer is made several times by turns
 * with the bare stream, and the median is told. One JSON line a figure. Run: npm run bench -- media (--full: 1 GiB), or npx tsx bench/media.ts [MEBIBYTES] [TIMES]
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compare, isFull, median, round, say, sized, spread } from './kit/figures.js'
import { Side } from './kit/side.js'

type Figures = Record<string, number>

const megabytes = Number(process.argv[2] ?? sized(isFull ? 1024 : 256, 4))
const times = Number(process.argv[3] ?? sized(3, 1))
const home = await mkdtemp(join(process.env['BENCH_DIR'] ?? tmpdir(), 'petrel-bench-media-'))

async function side (role: 'relay' | 'node'): Promise<Side> {
  const directory = join(home, role)
  await mkdir(directory)
  return new Side(`media/${role}.ts`, directory, String(megabytes))
}

const relay = await side('relay')
const where = await relay.ready
const node = await side('node')
await node.ready
await node.do('start', where)

/** A step, with the processor time of both sides. */
async function run (name: string): Promise<Figures> {
  const before = (await relay.do('cpu'))['cpu'] ?? 0
  const { seconds = 0, cpu = 0 } = await node.do(name)
  return { perSecond: megabytes / seconds, node: cpu / megabytes * 1000, relay: ((await relay.do('cpu'))['cpu'] ?? 0) / megabytes * 1000 - before / megabytes * 1000 }
}

const of = (all: readonly Figures[], name: string): number[] => all.map(one => one[name] ?? 0)

/** What a step made of it, beside another one of the same rounds. */
function tell (step: string, ours: readonly Figures[], reference?: readonly Figures[]): void {
  const figures = [['', 'perSecond', 'MiB/s', 'more'], ['/cpu of the node', 'node', 'ms/MiB', 'less'], ['/cpu of the relay', 'relay', 'ms/MiB', 'less']] as const
  for (const [what, figure, unit, better] of reference === undefined ? figures.slice(0, 1) : figures) {
    const name = `media/${step}${what}`
    if (reference === undefined) say({ name, value: round(median(of(ours, figure))), unit, spread: spread(of(ours, figure)) })
    else compare(name, unit, of(ours, figure), of(reference, figure), better)
  }
}

/** What both sides have of memory, and had at most since they were asked last. */
async function memory (after: string): Promise<void> {
  for (const [who, { nowMb = 0, peakMb = 0, ownPeakMb = 0 }] of [['node', await node.do('memory')], ['relay', await relay.do('memory')]] as const) {
    say({ name: `media/memory after ${after}/${who}, most of its own`, value: round(ownPeakMb), unit: 'MB', most: round(peakMb), now: round(nowMb) })
  }
}

/** How calls on the same connection fared. */
function calls (when: string, { p50Ms = 0, p99Ms = 0, calls: count = 0 }: Figures, idle?: Figures): void {
  for (const [what, value, reference] of [['p50', p50Ms, idle?.['p50Ms']], ['p99', p99Ms, idle?.['p99Ms']]] as const) {
    say({ name: `media/calls ${when}/${what}`, value: round(value), unit: 'ms', ...reference === undefined ? {} : { reference: round(reference), ratio: round(reference / value) }, calls: count })
  }
}

await memory('start')
tell('tcp', [await run('tcp')])
tell('sealing and hashing alone', [await run('crypto')])
const STEPS = { 'bare up': 'bare up', 'blocks up': 'blocks up, not kept', 'upload': 'upload', 'bare down': 'bare down', 'blocks down': 'blocks down, not kept', 'download': 'download' } as const
const all: Record<keyof typeof STEPS, Figures[]> = { 'bare up': [], 'blocks up': [], 'upload': [], 'bare down': [], 'blocks down': [], 'download': [] }
for (let i = 0; i < times; i++) {
  for (const [step, name] of Object.entries(STEPS) as Array<[keyof typeof STEPS, string]>) {
    if (step === 'upload') {
      await node.do('new file')
      await node.do('memory')
    }
    all[step].push(await run(name))
    if (i === 0 && !step.startsWith('blocks')) await memory(step)
  }
}
tell('bare stream up', all['bare up'])
tell('blocks up, not kept', all['blocks up'], all['bare up'])
tell('upload', all.upload, all['bare up'])
tell('bare stream down', all['bare down'])
tell('blocks down, not kept', all['blocks down'], all['bare down'])
tell('download', all.download, all['bare down'])
const seek = await node.do('seek')
say({ name: 'media/seek, first block', value: round(seek['p50Ms'] ?? 0), unit: 'ms', most: round(seek['maxMs'] ?? 0) })
await node.do('ask on')
await new Promise(resolve => { setTimeout(resolve, 1000) })
const idle = await node.do('ask off')
calls('on an idle line', idle)
await node.do('new file')
for (const name of ['upload', 'download']) {
  await node.do('ask on')
  await node.do(name)
  calls(`during ${name}`, await node.do('ask off'), idle)
}
say({ name: 'media/size', value: megabytes, unit: 'MiB', times })
for (const name of ['small files up', 'small files down']) {
  const { seconds = 0, cpu = 0, count = 0 } = await node.do(name)
  say({ name: `media/${name}`, value: round(count / seconds), unit: 'files/s', files: count, cpuUs: round(cpu / count * 1e6) })
}
await memory('small files')
relay.end()
node.end()
await rm(home, { recursive: true, force: true, maxRetries: 5 })
