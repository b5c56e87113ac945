/** Kills and power cuts under blocks: copies of a store that is written to, from which what was not synced is torn off. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { cp, open, readdir, readFile, rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { CODEC, cidOf, type Block } from '../../src/protocol/wire/index.js'
import { openLevelStore } from '../../src/store/index.js'
import { halt } from './halt.js'
import { temporaryDirectory } from './support.js'

/** The block of a number: always the same, of some size up to 128 KiB. */
export function numberedBlock (n: number): Block {
  const bytes = new Uint8Array((n * 7919) % 131_072)
  bytes.set(createHash('sha256').update(`block ${n}`).digest().subarray(0, bytes.length))
  return { cid: cidOf(CODEC.raw, bytes), bytes }
}

interface Known { readonly synced: Map<string, number>, readonly kept: Set<number>, readonly unsure: Set<number>, readonly gone: Set<number> }

async function readNotes (path: string): Promise<Known> {
  const known: Known = { synced: new Map(), kept: new Set(), unsure: new Set(), gone: new Set() }
  const numbers = (list: unknown, from: Set<number> | undefined, to: Set<number>): void => { for (const n of list as number[]) { from?.delete(n); to.add(n) } }
  for (const line of (await readFile(path, 'utf8')).split('\n').slice(0, -1)) {
    const told = JSON.parse(line) as { synced?: { file: string, size: number }, put?: number[], deleting?: number[], deleted?: number[] }
    if (told.synced !== undefined) known.synced.set(told.synced.file, told.synced.size)
    if (told.put !== undefined) numbers(told.put, undefined, known.kept)
    if (told.deleting !== undefined) numbers(told.deleting, known.kept, known.unsure)
    if (told.deleted !== undefined) numbers(told.deleted, known.unsure, known.gone)
  }
  return known
}

/** What a power cut may leave of a file behind what was synced: any part of it, or bytes that were never written. */
async function tear (path: string, synced: number): Promise<void> {
  const { size } = await stat(path)
  if (size <= synced) return
  if (Math.random() < 0.7) { await truncate(path, synced + Math.floor(Math.random() * (size - synced + 1))); return }
  const from = Math.ceil(synced / 512) * 512
  if (from >= size) return
  const handle = await open(path, 'r+')
  await handle.write(Buffer.alloc(size - from), 0, size - from, from)
  await handle.close()
}

async function cutPower (copy: string, synced: ReadonlyMap<string, number>): Promise<void> {
  for (const name of await readdir(join(copy, 'blobs'))) await tear(join(copy, 'blobs', name), synced.get(name) ?? 0)
  const journals = (await readdir(join(copy, 'level'))).filter(name => /^\d+\.log$/.test(name)).sort()
  // A journal that came after the last that was synced need not be there at all.
  for (const name of journals) await tear(join(copy, 'level', name), synced.get(name) ?? 0)
}

async function requireAll (path: string, { kept, gone }: Known): Promise<void> {
  const store = await openLevelStore(path)
  try {
    for (const n of kept) {
      const { cid, bytes } = numberedBlock(n)
      assert.deepEqual(await store.blobs.get(cid), bytes, `block ${n} was acknowledged and is lost`)
    }
    const back = await store.blobs.has([...gone].map(n => numberedBlock(n).cid))
    assert.deepEqual([...gone].filter((_, i) => back[i]), [], 'a block that was deleted is back')
    assert.deepEqual((await store.verify()).problems, [])
    const blocks = store.blobs.usage.blocks
    let listed = 0
    for await (const { size } of store.blobs.list()) listed += size < 0 ? 0 : 1
    assert.equal(listed, blocks, 'the sums are right')
  } finally {
    await store.close()
  }
}

/** Takes so many copies at random instants of one writing process; each must open with every acknowledged block and no deleted one. Returns how many were kept. */
export async function surviveCuts (cuts: number, isPower: boolean): Promise<number> {
  const home = await temporaryDirectory()
  const [path, notes] = [join(home, 's'), join(home, 'notes')]
  const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'blob-power-child.ts'), path, notes], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const ended = exited.then(() => { throw new Error('the writer ended') })
  ended.catch(() => undefined)
  let acks = 0
  let due = 0
  let next = Promise.withResolvers<undefined>()
  child.stdout.on('data', (data: Buffer) => {
    acks += data.length
    if (acks >= due) next.resolve(undefined)
  })
  let checked = 0
  try {
    for (let cut = 0; cut < cuts; cut++) {
      due = acks + 100 + Math.floor(Math.random() * 400)
      next = Promise.withResolvers()
      await Promise.race([next.promise, ended])
      await halt(child)
      const copy = join(home, `cut ${cut}`)
      await cp(path, copy, { recursive: true })
      const known = await readNotes(notes)
      if (isPower) await cutPower(copy, known.synced)
      await requireAll(copy, known)
      await rm(copy, { recursive: true })
      child.kill('SIGCONT')
      checked += known.kept.size
    }
    return checked
  } finally {
    child.kill('SIGKILL')
    await exited
    await rm(home, { recursive: true })
  }
}
