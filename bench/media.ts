/**
 * Files between a node and a relay on loopback, each in a process of its own, from disk to disk: up and down beside the same
 * bytes over a bare libp2p stream and over TCP, beside blocks that nobody keeps, and beside sealing and hashing alone; what messages on the same connection
 * feel of it; a seek; many small files; memory. Each transfer is made several times by turns with the bare stream, and the
 * median is told. One JSON line a figure. Run: npx tsx bench/media.ts [MEGABYTES] [TIMES]
 */
import { fork, type ChildProcess } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LEAN_ENVIRONMENT, LEAN_FLAGS } from '../src/cli/lean.js'

type Figures = Record<string, number>

const megabytes = Number(process.argv[2] ?? 1024)
const times = Number(process.argv[3] ?? 3)
const home = await mkdtemp(join(process.env['BENCH_DIR'] ?? tmpdir(), 'petrel-bench-media-'))

class Side {
  readonly child: ChildProcess
  readonly ready: Promise<unknown>

  constructor (role: 'relay' | 'node', directory: string) {
    // Without this one's own flags and loaders, which would take memory: with those of a daemon.
    const flags = process.env['BENCH_FLAGS']?.split(' ').filter(flag => flag !== '') ?? LEAN_FLAGS
    this.child = fork(fileURLToPath(new URL(`media/${role}.ts`, import.meta.url)), [directory, String(megabytes)], { execArgv: [...flags], env: { ...LEAN_ENVIRONMENT, ...process.env } })
    this.child.setMaxListeners(0)
    this.ready = this.#answer()
  }

  async do (name: string, where?: unknown): Promise<Figures> {
    const answer = this.#answer()
    this.child.send({ name, where })
    return await answer as Figures
  }

  async #answer (): Promise<unknown> {
    return await new Promise((resolve, reject) => {
      const onExit = (code: number | null): void => { reject(new Error(`a side ended with ${String(code)}`)) }
      this.child.once('exit', onExit)
      this.child.once('message', answer => {
        this.child.off('exit', onExit)
        resolve(answer)
      })
    })
  }
}

function line (bench: string, figures: Figures): void {
  console.log(JSON.stringify({ bench, ...Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Number(value.toPrecision(4))])) }))
}

async function side (role: 'relay' | 'node'): Promise<Side> {
  const directory = join(home, role)
  await mkdir(directory)
  return new Side(role, directory)
}

const relay = await side('relay')
const where = await relay.ready
const node = await side('node')
await node.ready
await node.do('start', where)

/** A step with the CPU seconds of both sides. */
async function run (name: string): Promise<Figures> {
  const before = (await relay.do('cpu'))['cpu'] ?? 0
  const { seconds = 0, cpu = 0 } = await node.do(name)
  return { mbPerSecond: megabytes / seconds, nodeCpu: cpu, relayCpu: ((await relay.do('cpu'))['cpu'] ?? 0) - before }
}

async function memory (after: string): Promise<void> {
  const [own, its] = [await node.do('memory'), await relay.do('memory')]
  line(`memory, MB: ${after}`, { node: own['nowMb'] ?? 0, nodePeak: own['peakMb'] ?? 0, nodeOwnPeak: own['ownPeakMb'] ?? 0, relay: its['nowMb'] ?? 0, relayPeak: its['peakMb'] ?? 0, relayOwnPeak: its['ownPeakMb'] ?? 0 })
}

const median = (all: readonly Figures[], name: string): number => all.map(one => one[name] ?? 0).sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0
function medians (bench: string, all: readonly Figures[], bare?: readonly Figures[]): void {
  line(bench, {
    mbPerSecond: median(all, 'mbPerSecond'), nodeCpu: median(all, 'nodeCpu'), relayCpu: median(all, 'relayCpu'),
    ...bare === undefined ? {} : { ofBareStream: median(all.map((one, i) => ({ part: (one['mbPerSecond'] ?? 0) / (bare[i]?.['mbPerSecond'] ?? 1) })), 'part') }
  })
}

await memory('at rest')
medians('tcp', [await run('tcp')])
medians('seal and hash alone', [await run('crypto')])
const all: Record<'bare up' | 'up' | 'upload' | 'bare down' | 'down' | 'download', Figures[]> = { 'bare up': [], up: [], upload: [], 'bare down': [], down: [], download: [] }
for (let i = 0; i < times; i++) {
  all['bare up'].push(await run('bare up'))
  if (i === 0) await memory('bare stream up')
  all.up.push(await run('blocks up, not kept'))
  await node.do('new file')
  await node.do('memory')
  all.upload.push(await run('upload'))
  if (i === 0) await memory('upload')
  all['bare down'].push(await run('bare down'))
  if (i === 0) await memory('bare stream down')
  all.down.push(await run('blocks down, not kept'))
  all.download.push(await run('download'))
  if (i === 0) await memory('download')
}
medians('bare stream up', all['bare up'])
medians('blocks up, not kept', all.up, all['bare up'])
medians('upload', all.upload, all['bare up'])
medians('bare stream down', all['bare down'])
medians('blocks down, not kept', all.down, all['bare down'])
medians('download', all.download, all['bare down'])
line('seek, first block', await node.do('seek'))
await node.do('ask on')
await new Promise(resolve => { setTimeout(resolve, 1000) })
line('messages, line idle', await node.do('ask off'))
await node.do('new file')
for (const name of ['upload', 'download']) {
  await node.do('ask on')
  await node.do(name)
  line(`messages during an ${name}`.replace('an d', 'a d'), await node.do('ask off'))
}
for (const name of ['small files up', 'small files down']) {
  const { seconds = 0, cpu = 0 } = await node.do(name)
  line(`10,000 files of 4 KiB: ${name}`, { seconds, perSecond: 10_000 / seconds, cpu })
}
await memory('small files')
relay.child.disconnect()
node.child.disconnect()
await rm(home, { recursive: true, force: true })
