/**
 * Blocks: how fast a store takes and gives them, what a relay's keeping of them adds, many small files, and a store with
 * many blocks. `BLOCKS=1000000 npm run bench -- blobs` for the last with a million.
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CODEC, cidOf, LIMITS, TreeBuilder, type Block } from '../src/protocol/wire/index.js'
import { BlobService } from '../src/relay/index.js'
import { openLevelStore, type LevelStore } from '../src/store/index.js'
import { round, sayEach, sized } from './kit/figures.js'

const BLOCKS = Number(process.env.BLOCKS ?? sized(100_000, 2500))
const quota = { mediaBytes: Infinity, mediaFileBytes: Infinity, mediaTotalBytes: Infinity }
const ME = new TextEncoder().encode('me')

function block (n: number, size: number): Block {
  const bytes = new Uint8Array(size)
  bytes.set(createHash('sha256').update(`block ${n}`).digest())
  return { cid: cidOf(CODEC.raw, bytes), bytes }
}

/** Works through the numbers below `count`, so many at a time. */
async function pool (count: number, width: number, work: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0
  await Promise.all(Array.from({ length: width }, async () => { while (next < count) await work(next++) }))
}

/** Runs work and prints what it took of time and of the processor. */
async function measure (what: string, count: number, bytes: number, work: () => Promise<void>): Promise<void> {
  global.gc?.()
  const [time, cpu] = [performance.now(), process.cpuUsage()]
  await work()
  const [seconds, { user, system }] = [(performance.now() - time) / 1000, process.cpuUsage(cpu)]
  sayEach(`blobs/${what}`, { ...bytes > 0 ? { mbPerSecond: round(bytes / seconds / 1e6) } : { perSecond: round(count / seconds) }, cpuUsEach: round((user + system) / count) })
}

async function largeBlocks (store: LevelStore): Promise<void> {
  const count = sized(1024, 16)
  const bytes = count * LIMITS.blobBytes
  for (const width of [1, 16]) {
    const blocks = Array.from({ length: count }, (_, n) => block(width * 1_000_000 + n, LIMITS.blobBytes))
    await measure(`put, 256 KiB, ${width} at a time`, count, bytes, () => pool(count, width, async n => { await store.blobs.put([blocks[n] ?? block(n, 1)]) }))
    await measure(`get and check, 256 KiB, ${width} at a time`, count, bytes, () => pool(count, width, async n => { await store.blobs.get(blocks[n]?.cid ?? ME) }))
    await store.blobs.delete(blocks.map(({ cid }) => cid))
  }
}

async function upload (service: BlobService): Promise<void> {
  const count = sized(1024, 16)
  const tree = new TreeBuilder()
  const nodes: Block[] = []
  const blocks = Array.from({ length: count }, (_, n) => block(5_000_000 + n, LIMITS.blobBytes))
  for (const { cid, bytes } of blocks) nodes.push(...tree.add(cid, bytes.length))
  const { root, size, nodes: rest } = tree.finish()
  const id = new Uint8Array(randomBytes(16))
  await measure('an upload of 256 MiB, 16 blocks at a time', count, size, async () => {
    await service.begin(ME, id, size)
    await pool(count, 16, async n => { await service.put(ME, id, [blocks[n] ?? block(n, 1)]) })
    await service.put(ME, id, [...nodes, ...rest])
    await service.finish(ME, id, root, size)
  })
  await measure('its release, until all is collected', count, 0, async () => {
    await service.release(ME, root)
    await service.quiet()
  })
}

async function smallFiles (service: BlobService): Promise<void> {
  const count = sized(10_000, 50)
  const blocks = Array.from({ length: count }, (_, n) => block(9_000_000 + n, 4096))
  await measure('10,000 files of 4 KiB, begun, put and finished, 32 at a time', count, 0, () => pool(count, 32, async n => {
    const { cid, bytes } = blocks[n] ?? block(n, 1)
    const id = new Uint8Array(randomBytes(16))
    await service.begin(ME, id, bytes.length)
    await service.put(ME, id, [{ cid, bytes }])
    await service.finish(ME, id, cid, bytes.length)
  }))
}

async function many (path: string): Promise<void> {
  let store = await openLevelStore(path)
  await measure(`${BLOCKS} blocks of 1 KiB, 250 in a call`, BLOCKS, 0, () => pool(BLOCKS / 250, 8, async n => { await store.blobs.put(Array.from({ length: 250 }, (_, i) => block(n * 250 + i, 1024))) }))
  await store.close()
  await measure('opening the store then', 1, 0, async () => { store = await openLevelStore(path) })
  await measure('get at random', 10_000, 0, () => pool(10_000, 8, async n => { await store.blobs.get(block((n * 7919) % BLOCKS, 1024).cid) }))
  await measure('which of 1,024 are here', 10, 0, () => pool(10, 1, async n => { await store.blobs.has(Array.from({ length: 1024 }, (_, i) => block((n * 1024 + i) * 13 % (2 * BLOCKS), 1024).cid)) }))
  await measure('delete, 250 in a call', 10_000, 0, () => pool(40, 4, async n => { await store.blobs.delete(Array.from({ length: 250 }, (_, i) => block(n * 250 + i, 1024).cid)) }))
  await store.close()
}

const home = await mkdtemp(join(tmpdir(), 'petrel-bench-'))
try {
  const store = await openLevelStore(join(home, 'store'))
  const service = await BlobService.open({ store, quota })
  await largeBlocks(store)
  await upload(service)
  await smallFiles(service)
  await service.close()
  await store.close()
  await many(join(home, 'many'))
} finally {
  await rm(home, { recursive: true })
}
