import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { constants, open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cidOf, CODEC, type Block } from '../../src/protocol/wire/index.js'
import { openLevelStore, type LevelStore } from '../../src/store/index.js'
import { SECTOR_BYTES, SectorMemory } from '../../src/store/blob/direct.js'
import type { OpenFile } from '../../src/store/blob/segment-file.js'
import { HEAD_BYTES } from '../../src/store/blob/layout.js'
import { newBlock } from './contract/blob.js'
import { temporaryDirectory } from './support.js'

const DIRECT = 'O_DIRECT' in constants ? constants.O_DIRECT : 0
const refused = (): Error => Object.assign(new Error('no'), { code: 'EINVAL' })
const isDirect = (flags: string | number): boolean => typeof flags === 'number' && (flags & DIRECT) !== 0

/** Blocks that end anywhere in a sector, at its end, and one byte around it. None so small that two random ones are now and then the same, and stored once. */
const sizes = [9, 4000, SECTOR_BYTES - HEAD_BYTES, SECTOR_BYTES - HEAD_BYTES - 1, SECTOR_BYTES - HEAD_BYTES + 1, 70_000, 262_160, 8, 262_160, 131_072]

describe('blocks past the system\'s cache', () => {
  let home: string
  let store: LevelStore
  let opened: Array<string | number> = []
  const plain: OpenFile = async (file, flags, mode) => {
    opened.push(flags)
    return await open(file, flags, mode)
  }
  const begin = async (openFile: OpenFile = plain): Promise<void> => { store = await openLevelStore(join(home, 's'), { segments: { openFile } }) }

  beforeEach(async () => {
    opened = []
    home = await temporaryDirectory()
  })
  afterEach(async () => {
    await store.close()
    await rm(home, { recursive: true })
  })

  async function requireAll (blocks: readonly Block[]): Promise<void> {
    // The second time they are read through the cache, and the third time too.
    for (let i = 0; i < 3; i++) assert.deepEqual(await Promise.all(blocks.map(async ({ cid }) => await store.blobs.get(cid))), blocks.map(({ bytes }) => bytes))
  }

  it('lie one after another, wherever in a sector one ends, and whenever the store was closed between two', async () => {
    const blocks: Block[] = []
    for (let round = 0; round < 4; round++) {
      await begin()
      for (const size of sizes) {
        const block = newBlock(size)
        blocks.push(block)
        await store.blobs.put([block])
      }
      const together = sizes.map(size => newBlock(size))
      blocks.push(...together)
      await Promise.all(together.map(block => store.blobs.put([block])))
      await requireAll(blocks)
      await store.close()
    }
    assert.ok(DIRECT === 0 || opened.every(isDirect))
    const file = await readFile(join(home, 's/blobs/00000001.seg'))
    assert.equal(file.length, blocks.reduce((sum, { bytes }) => sum + HEAD_BYTES + bytes.length, 0), 'what filled the last sector is gone')
    let at = 0
    for (const { bytes } of blocks) {
      at += HEAD_BYTES
      assert.ok(file.subarray(at, at + bytes.length).equals(bytes))
      at += bytes.length
    }
    await begin()
    assert.deepEqual((await store.verify()).problems, [])
  })

  it('are found after a crash, behind which the last sector is filled', async () => {
    await begin()
    const before = newBlock(100)
    await store.blobs.put([before])
    await store.close()
    const handle = await open(join(home, 's/blobs/00000001.seg'), 'r+')
    await handle.truncate(SECTOR_BYTES)
    await handle.close()
    await begin()
    const after = newBlock(70_000)
    await store.blobs.put([after])
    await requireAll([before, after])
  })

  it('that were overwritten do not come back with what is written behind them', async () => {
    await begin()
    const [before, gone] = [newBlock(5000), newBlock(100_000)]
    await store.blobs.put([before, gone])
    assert.equal(await store.blobs.delete([gone.cid], { overwrite: () => true }), 1)
    const after = newBlock(3)
    await store.blobs.put([after])
    const files = await Promise.all((await readdir(join(home, 's/blobs'))).map(async name => await readFile(join(home, 's/blobs', name))))
    const [first, last] = [gone.bytes.subarray(0, 32), gone.bytes.subarray(-32)].map(part => Buffer.from(part))
    assert.ok(!files.some(file => file.includes(first!) || file.includes(last!)), 'its last sector was written again as it was')
    await requireAll([before, after])
    await store.close()
    await begin()
    await requireAll([before, after])
    assert.deepEqual((await store.verify()).problems, [])
  })

  it('are many at once', async () => {
    await begin()
    const blocks = Array.from({ length: 60 }, () => newBlock(262_160))
    await store.blobs.put(blocks)
    await requireAll(blocks)
  })

  for (const [what, refuse] of [
    ['to open a file so', async (file, flags, mode) => isDirect(flags) ? await Promise.reject(refused()) : await plain(file, flags, mode)],
    ['to write so', async (file, flags, mode) => {
      const handle = await plain(file, flags, mode)
      return isDirect(flags) ? Object.assign(handle, { writev: async () => await Promise.reject(refused()) }) : handle
    }]
  ] as ReadonlyArray<readonly [string, OpenFile]>) {
    it(`go through it where the file system refuses ${what}`, async () => {
      await begin(refuse)
      const blocks = sizes.map(size => newBlock(size))
      for (const block of blocks) await store.blobs.put([block])
      assert.equal(store.state, 'open')
      await requireAll(blocks)
      await store.close()
      await begin(refuse)
      const later = newBlock(5000)
      await store.blobs.put([later])
      await requireAll([...blocks, later])
      assert.deepEqual((await store.verify()).problems, [])
    })
  }

  it('are found damaged as ever', async () => {
    await begin()
    const block = newBlock(200_000)
    await store.blobs.put([block])
    const file = join(home, 's/blobs/00000001.seg')
    const handle = await open(file, 'r+')
    await handle.truncate(150_000)
    await handle.close()
    await assert.rejects(store.blobs.get(block.cid), { code: 'ERR_CORRUPT' })
    await assert.rejects(store.blobs.get(cidOf(CODEC.raw, block.bytes)), { code: 'ERR_CORRUPT' })
  })
})

describe('memory for sectors', () => {
  it('is used by one at a time, and who waits gets what is given back, in turn', async () => {
    const memory = new SectorMemory(2 * SECTOR_BYTES, 2)
    const [first, second] = [await memory.take(), await memory.take()]
    assert.ok(first !== undefined && second !== undefined)
    assert.ok([first, second].every(({ byteOffset, length }) => byteOffset % SECTOR_BYTES === 0 && length === 2 * SECTOR_BYTES))
    assert.notEqual(first.byteOffset, second.byteOffset)
    const order: number[] = []
    const third = memory.take().then(piece => { order.push(3); return piece })
    const fourth = memory.take().then(piece => { order.push(4); return piece })
    first.set(randomBytes(10))
    assert.deepEqual(order, [])
    memory.give(second)
    assert.equal(await third, second)
    memory.give(first)
    assert.equal(await fourth, first)
    assert.deepEqual(order, [3, 4])
  })
})
