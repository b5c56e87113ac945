/** Power cuts: copies of a store under writes, from which everything after the last fsync is torn off. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, open, readdir, rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { openLevelStore } from '../../src/store/index.js'
import { halt } from './halt.js'
import { temporaryDirectory, textOf } from './support.js'

type Ack = [log: number, seq: number, text: string]
interface Synced { readonly file: string, readonly size: number }
type Line = { readonly ack: Ack } | { readonly synced: Synced }

const SECTOR = 512

/** What a power cut may leave of a file behind what was synced: any part of it, or sectors that were never written. */
async function tear (path: string, synced: number): Promise<void> {
  const { size } = await stat(path)
  if (size <= synced) return
  if (Math.random() < 0.7) {
    await truncate(path, synced + Math.floor(Math.random() * (size - synced + 1)))
    return
  }
  const from = Math.ceil(synced / SECTOR) * SECTOR
  if (from >= size) return
  const handle = await open(path, 'r+')
  await handle.write(Buffer.alloc(size - from), 0, size - from, from)
  await handle.close()
}

/** Tears a copy as if the power had gone just after `synced` was told. */
async function cutPower (database: string, { file, size }: Synced): Promise<void> {
  for (const name of (await readdir(database)).filter(n => /^\d+\.log$/.test(n))) {
    if (name === file) await tear(join(database, name), size)
    // Begun after that: nothing of it need be there.
    else if (name > file) await tear(join(database, name), 0)
  }
}

async function requireAll (path: string, acks: readonly Ack[]): Promise<void> {
  const store = await openLevelStore(path)
  try {
    const texts = new Map<string, string>()
    for (let n = 0; n < 3; n++) {
      const log = new Uint8Array(34).fill(n + 1)
      for (let after = 0, page; (page = await store.logs.read(log, after, 1000, 1e9)).entries.length > 0;) {
        for (const entry of page.entries) texts.set(`${n} ${entry.seq}`, textOf(entry.payload))
        after = page.entries.at(-1)!.seq
      }
    }
    for (const [log, seq, text] of acks) assert.equal(texts.get(`${log} ${seq}`), text, `entry ${seq} of log ${log} was acknowledged and is lost`)
    assert.equal(new Set(texts.values()).size, texts.size, 'nothing is there twice')
    assert.deepEqual((await store.verify()).problems, [])
  } finally {
    await store.close()
  }
}

/** Takes so many copies at random instants of one writing process; each must open with every acknowledged entry. Returns how many entries that were. */
export async function survivePowerCuts (cuts: number): Promise<number> {
  const home = await temporaryDirectory()
  const path = join(home, 's')
  const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'power-child.ts'), path], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const acks: Ack[] = []
  let synced: Synced | undefined
  let due = 0
  let next = Promise.withResolvers<undefined>()
  createInterface({ input: child.stdout }).on('line', line => {
    const told = JSON.parse(line) as Line
    if ('synced' in told) synced = told.synced
    else acks.push(told.ack)
    if (acks.length >= due) next.resolve(undefined)
  })
  try {
    for (let cut = 0; cut < cuts; cut++) {
      due = acks.length + 1 + Math.floor(Math.random() * 800)
      next = Promise.withResolvers()
      await Promise.race([next.promise, exited.then(() => { throw new Error('the writer ended') })])
      await halt(child)
      const [known, at] = [[...acks], synced]
      const copy = join(home, `cut ${cut}`)
      await cp(path, copy, { recursive: true })
      child.kill('SIGCONT')
      assert.ok(at !== undefined)
      await cutPower(join(copy, 'level'), at)
      await requireAll(copy, known)
      await rm(copy, { recursive: true })
    }
    return acks.length
  } finally {
    child.kill('SIGKILL')
    await exited
    await rm(home, { recursive: true })
  }
}
