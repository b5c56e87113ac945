/**
 * Durable appends of 1 KiB through the store, beside a bare classic-level synced batch loop on the same disk.
 * One JSON line per figure. `npx tsx bench/store.ts [seconds] [directory]`
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { openLevelStore, type AppendItem, type LogHead } from '../src/store/index.js'
import { sayEach, sized } from './kit/figures.js'

const seconds = Number(process.argv[2] ?? sized(5, 0.1))
const home = await mkdtemp(join(process.argv[3] ?? tmpdir(), 'petrel-bench-'))
const payload = randomBytes(1024)
const leaf = randomBytes(200)

function report (name: string, figures: Record<string, number>): void { sayEach(`store/${name}`, figures) }

function quantile (sorted: number[], q: number): number { return Math.round((sorted[Math.floor((sorted.length - 1) * q)] ?? 0) * 100) / 100 }

async function bare (batch: number, recordsEach: number): Promise<void> {
  const db = new ClassicLevel<Uint8Array, Uint8Array>(join(home, `bare-${batch}-${recordsEach}`), { keyEncoding: 'view', valueEncoding: 'view', compression: false, writeBufferSize: 16 * 1024 * 1024 })
  await db.open()
  const value = randomBytes(1300)
  const start = performance.now()
  let done = 0
  while (performance.now() - start < seconds * 1000) {
    const ops = Array.from({ length: batch }, (_, i) => {
      const key = Buffer.alloc(48)
      key.writeDoubleBE(done + i, 40)
      return { type: 'put' as const, key, value }
    })
    const extra = recordsEach > 1 ? Array.from({ length: batch }, () => ({ type: 'put' as const, key: randomBytes(56), value: new Uint8Array(12) })) : []
    const options: object = { sync: true }
    await db.batch([...ops, ...extra], options)
    done += batch
  }
  report(`bare classic-level, ${batch} per synced batch, ${recordsEach} record(s) each`, { perSecond: Math.round(done / (performance.now() - start) * 1000) })
  await db.close()
}

async function appends (inFlight: number, logs: number): Promise<void> {
  const store = await openLevelStore(join(home, `store-${inFlight}-${logs}`))
  const ids = Array.from({ length: logs }, () => randomBytes(34))
  for (const log of ids) await store.logs.create(log, { meta: randomBytes(200), hash: new Uint8Array(32) })
  const build = (head: LogHead): ReturnType<AppendItem['build']> => ({
    leaf, payload, isCommit: false, hash: createHash('sha256').update(head.hash).update(leaf).digest()
  })
  const latencies: number[] = []
  const cpu = process.cpuUsage()
  const start = performance.now()
  const one = async (n: number): Promise<void> => {
    for (let i = n; performance.now() - start < seconds * 1000; i += inFlight) {
      const from = performance.now()
      const log = ids[i % logs] ?? randomBytes(34)
      const [result] = await store.logs.append([{ log, id: randomBytes(16), build }])
      if (result?.status !== 'appended') throw new Error('not appended')
      latencies.push(performance.now() - from)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, (_, n) => one(n)))
  const took = performance.now() - start
  const { user, system } = process.cpuUsage(cpu)
  latencies.sort((a, b) => a - b)
  report(`durable appends, ${inFlight} in flight, ${logs} log(s)`, {
    perSecond: Math.round(latencies.length / took * 1000), p50Ms: quantile(latencies, 0.5), p99Ms: quantile(latencies, 0.99),
    cpuMicrosEach: Math.round((user + system) / latencies.length)
  })
  const [log] = ids
  if (log !== undefined) {
    const from = performance.now()
    let read = 0
    for (let after = 0; performance.now() - from < 1000;) {
      const page = await store.logs.read(log, after, 256, 1024 * 1024)
      read += page.entries.length
      after = page.entries.at(-1)?.seq ?? 0
    }
    report(`entries read and checked, ${inFlight} in flight, ${logs} log(s)`, { perSecond: Math.round(read / (performance.now() - from) * 1000) })
  }
  await store.close()
}

try {
  await bare(1, 1)
  await bare(256, 1)
  await bare(256, 2)
  await appends(1, 1)
  await appends(64, 16)
  await appends(512, 1)
  await appends(512, 64)
} finally {
  await rm(home, { recursive: true, force: true })
}
