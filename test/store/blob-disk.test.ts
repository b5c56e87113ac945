import assert from 'node:assert/strict'
import { appendFile, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Block } from '../../src/protocol/wire/index.js'
import { backupStore, openLevelStore, verifyStore, type BlobStore, type LevelStore, type LevelStoreOptions } from '../../src/store/index.js'
import { DiskBlobs } from '../../src/store/blob/index.js'
import { newBlock } from './contract/blob.js'
import { bytes, nextTick, temporaryDirectory, testCipher, TestClock } from './support.js'

/** 256 of these fill a segment, as the largest fill one by default. */
const large = (): Block => newBlock(4096)
const segmentBytes = 256 * (4096 + 48)

describe('blocks on a disk', () => {
  let home: string
  let clock: TestClock
  let store: LevelStore
  const path = (name: string): string => join(home, name)
  const segments = async (name = 's'): Promise<string[]> => (await readdir(path(`${name}/blobs`))).sort()
  const begin = async (options: LevelStoreOptions = {}): Promise<void> => { store = await openLevelStore(path('s'), { clock, sweepMs: 0, probeMs: 1000, ...options, segments: { segmentBytes, ...options.segments } }) }
  const again = async (options: LevelStoreOptions = {}): Promise<void> => { await store.close(); await begin(options) }
  const settled = async (blobs: BlobStore): Promise<void> => { assert.ok(blobs instanceof DiskBlobs); await blobs.settled() }

  beforeEach(async () => {
    home = await temporaryDirectory()
    clock = new TestClock()
    await begin()
  })
  afterEach(async () => {
    await store.close()
    await rm(home, { recursive: true })
  })

  /** Changes one byte of a block where it lies. */
  async function damage (block: Block): Promise<void> {
    for (const name of await segments()) {
      const file = path(`s/blobs/${name}`)
      const at = (await readFile(file)).indexOf(block.bytes)
      if (at < 0) continue
      const handle = await open(file, 'r+')
      await handle.write(Uint8Array.of(block.bytes[50]! ^ 1), 0, 1, at + 50)
      await handle.close()
      return
    }
    assert.fail('the block is in no segment')
  }

  it('lie in segments of bounded size, in a directory that is made with the first', async () => {
    await assert.rejects(segments(), { code: 'ENOENT' })
    const blocks = Array.from({ length: 300 }, large)
    await Promise.all(blocks.map(block => store.blobs.put([block])))
    assert.deepEqual(await segments(), ['00000001.seg', '00000002.seg'])
    await again()
    for (const block of blocks) assert.deepEqual(await store.blobs.get(block.cid), block.bytes)
    await store.blobs.put([large()])
    assert.deepEqual(await segments(), ['00000001.seg', '00000002.seg'], 'a segment that is not full is filled further')
  })

  it('are read into memory that is given for them, and are checked there', async () => {
    const block = large()
    await store.blobs.put([block])
    const given: Uint8Array[] = []
    const memory = (length: number): Uint8Array => {
      const piece = new Uint8Array(length + 100).subarray(100)
      given.push(piece)
      return piece
    }
    const read = await store.blobs.get(block.cid, { memory })
    assert.ok(read === given[0] && given.length === 1)
    assert.deepEqual(read, block.bytes)
    await damage(block)
    await assert.rejects(store.blobs.get(block.cid, { memory }), { code: 'ERR_CORRUPT' })
  })

  it('give the disk back what was deleted: whole segments at once, half empty ones after their rest was moved', async () => {
    const blocks = Array.from({ length: 520 }, large)
    await Promise.all(blocks.map(block => store.blobs.put([block])))
    const inFirst = blocks.slice(0, 256)
    await store.blobs.delete(inFirst.map(({ cid }) => cid))
    await settled(store.blobs)
    assert.deepEqual(await segments(), ['00000002.seg', '00000003.seg'])
    const [kept, gone] = [blocks.slice(256, 300), blocks.slice(300, 512)]
    const reads = kept.map(({ cid }) => store.blobs.get(cid))
    await store.blobs.delete(gone.map(({ cid }) => cid))
    await settled(store.blobs)
    assert.deepEqual(await segments(), ['00000003.seg'])
    assert.deepEqual(await Promise.all(reads), kept.map(({ bytes }) => bytes), 'whoever was reading is not disturbed')
    await again()
    for (const block of [...kept, ...blocks.slice(512)]) assert.deepEqual(await store.blobs.get(block.cid), block.bytes)
    assert.equal(store.blobs.usage.blocks, kept.length + 8)
    assert.deepEqual((await store.verify()).problems, [])
  })

  it('lie there no more when they are deleted to be overwritten; what is around them stays', async () => {
    const blocks = Array.from({ length: 300 }, large)
    await Promise.all(blocks.map(block => store.blobs.put([block])))
    const gone = [blocks[3]!, blocks[299]!]
    const isThere = async ({ bytes: wanted }: Block): Promise<boolean> => (await Promise.all((await segments()).map(async name => (await readFile(path(`s/blobs/${name}`))).includes(Buffer.from(wanted))))).some(Boolean)
    assert.ok(await isThere(gone[0]!) && await isThere(gone[1]!))
    const [plain] = blocks
    assert.equal(await store.blobs.delete([...gone, plain!].map(({ cid }) => cid), { overwrite: cid => cid !== plain!.cid }), 3)
    assert.deepEqual(await Promise.all([...gone, plain!].map(isThere)), [false, false, true], 'what need not be overwritten is not')
    assert.equal(await store.blobs.get(gone[0]!.cid), undefined)
    await store.blobs.put([gone[0]!])
    await again()
    for (const block of blocks.filter(block => block !== plain && block !== gone[1])) assert.deepEqual(await store.blobs.get(block.cid), block.bytes)
    assert.deepEqual((await store.verify()).problems, [])
    // Walked from head to head.
    await store.blobs.delete(blocks.slice(4, 250).map(({ cid }) => cid))
    await settled(store.blobs)
    assert.deepEqual(await segments(), ['00000002.seg', '00000003.seg'], 'behind what was overwritten nothing is appended')
    assert.deepEqual(await store.blobs.get(blocks[255]!.cid), blocks[255]!.bytes)
  })

  it('are found again when the index lost them in a power cut, and half a block behind them is not', async () => {
    const [a, b] = [newBlock(), newBlock()]
    await store.blobs.put([a])
    await store.close()
    const before = await readFile(path('s/blobs/00000001.seg'))
    await begin()
    await store.blobs.put([b])
    await store.close()
    // The index of the first moment with the segment of the second, and the beginning of a third block.
    const after = await readFile(path('s/blobs/00000001.seg'))
    await rm(path('s'), { recursive: true })
    await begin()
    await store.blobs.put([a])
    await store.close()
    assert.deepEqual(await readFile(path('s/blobs/00000001.seg')), before)
    await writeFile(path('s/blobs/00000001.seg'), Buffer.concat([after, after.subarray(0, 60)]))
    await begin()
    assert.deepEqual(store.blobs.recovered, [b.cid])
    assert.deepEqual([await store.blobs.get(a.cid), await store.blobs.get(b.cid), store.blobs.usage.blocks], [a.bytes, b.bytes, 2])
    const c = newBlock()
    await store.blobs.put([c])
    await again()
    assert.deepEqual([await store.blobs.get(c.cid), store.blobs.recovered], [c.bytes, []])
  })

  it('that the disk changed are told as such, can be dropped and put again, and a doctor finds them', async () => {
    const [good, bad] = [newBlock(), newBlock()]
    await store.blobs.put([good, bad])
    await damage(bad)
    await assert.rejects(store.blobs.get(bad.cid), { code: 'ERR_CORRUPT', message: /fetched again/ })
    assert.deepEqual(await store.blobs.get(good.cid), good.bytes)
    const report = await store.verify()
    assert.deepEqual([report.blocks, report.blockBytes, report.problems.map(({ where }) => where)], [1, 100, [Buffer.from(bad.cid).toString('hex')]])
    assert.equal(await store.blobs.delete([bad.cid]), 1)
    await store.blobs.put([bad])
    assert.deepEqual(await store.blobs.get(bad.cid), bad.bytes)
    assert.deepEqual((await store.verify()).problems, [])
  })

  it('whose segment is cut short or lost are told as damaged; all others are served', async () => {
    const blocks = Array.from({ length: 260 }, large)
    await Promise.all(blocks.map(block => store.blobs.put([block])))
    await store.close()
    await truncate(path('s/blobs/00000001.seg'), 3 * 4144 + 100)
    await begin()
    const outcomes = await Promise.all(blocks.map(({ cid }) => store.blobs.get(cid).then(() => 'read', (error: unknown) => (error as { code: string }).code)))
    assert.deepEqual(outcomes, [...Array<string>(3).fill('read'), ...Array<string>(253).fill('ERR_CORRUPT'), ...Array<string>(4).fill('read')])
    await store.close()
    await rm(path('s/blobs/00000001.seg'))
    await begin()
    await assert.rejects(store.blobs.get(blocks[0]!.cid), { code: 'ERR_CORRUPT' })
    assert.deepEqual(await store.blobs.get(blocks[258]!.cid), blocks[258]!.bytes)
  })

  it('that are damaged are not thrown away with their segment', async () => {
    const blocks = Array.from({ length: 260 }, large)
    await Promise.all(blocks.map(block => store.blobs.put([block])))
    await damage(blocks[0]!)
    await store.blobs.delete(blocks.slice(1, 250).map(({ cid }) => cid))
    await settled(store.blobs)
    assert.deepEqual(await segments(), ['00000001.seg', '00000002.seg'])
    await assert.rejects(store.blobs.get(blocks[0]!.cid), { code: 'ERR_CORRUPT' })
    for (const block of blocks.slice(250)) assert.deepEqual(await store.blobs.get(block.cid), block.bytes)
  })

  it('are not acknowledged before they are synced, and share a sync', async () => {
    let release = (): void => undefined
    let syncs = 0
    const held = new Promise<void>(resolve => { release = resolve })
    await again({ segments: { openFile: async (file, flags, mode) => {
      const handle = await open(file, flags, mode)
      const datasync = handle.datasync.bind(handle)
      return Object.assign(handle, { datasync: async () => { syncs++; await held; await datasync() } })
    } } })
    let isDone = false
    const puts = Promise.all(Array.from({ length: 20 }, () => store.blobs.put([newBlock()]))).then(() => { isDone = true })
    while (syncs === 0) await nextTick()
    await nextTick()
    assert.equal(isDone, false)
    release()
    await puts
    assert.ok(syncs < 20, `${syncs} syncs for 20 blocks`)
  })

  for (const [what, method, code] of [['is full', 'writev', 'ENOSPC'], ['fails at a write', 'writev', 'EIO'], ['fails at a sync', 'datasync', 'EIO']] as const) {
    it(`of which the disk ${what} are refused, with all other writes, until it takes them again; nothing acknowledged is lost`, async () => {
      let isBroken = false
      await again({ segments: { openFile: async (file, flags, mode) => {
        const handle = await open(file, flags, mode)
        const real = (handle[method] as (...args: unknown[]) => Promise<unknown>).bind(handle)
        return Object.assign(handle, { [method]: async (...args: unknown[]) => isBroken ? Promise.reject(Object.assign(new Error(code), { code })) : await real(...args) })
      } } })
      const [before, refused, behind, after] = [newBlock(), newBlock(), newBlock(), newBlock()]
      await store.blobs.put([before])
      isBroken = true
      const puts = [store.blobs.put([refused]), store.blobs.put([behind])]
      for (const put of puts) await assert.rejects(put, { code: 'ERR_READ_ONLY', message: what === 'is full' ? /disk is full/ : /disk refused/ })
      assert.equal(store.state, 'read-only')
      await assert.rejects(store.kv.batch([{ type: 'put', key: bytes(1), value: bytes(1) }]), { code: 'ERR_READ_ONLY' })
      await assert.rejects(store.blobs.delete([before.cid]), { code: 'ERR_READ_ONLY' })
      assert.deepEqual(await store.blobs.get(before.cid), before.bytes)
      isBroken = false
      const healed = new Promise(resolve => { const cancel = store.onState(state => { cancel(); resolve(state) }) })
      clock.advance(1000)
      assert.equal(await healed, 'open')
      await Promise.all([store.blobs.put([refused]), store.blobs.put([after])])
      await again()
      for (const block of [before, refused, after]) assert.deepEqual(await store.blobs.get(block.cid), block.bytes)
      assert.deepEqual((await store.verify()).problems, [])
    })
  }

  it('are in a backup, of an open and of a closed store, sealed records or not', async () => {
    for (const [name, options] of [['s', {}], ['secret', { cipher: testCipher() }]] as const) {
      if (name === 'secret') { await store.close(); store = await openLevelStore(path(name), { ...options, segments: { segmentBytes } }) }
      const blocks = Array.from({ length: 260 }, large)
      await Promise.all(blocks.map(block => store.blobs.put([block])))
      const later = large()
      await Promise.all([store.backup(path(`${name}-open`)), store.blobs.put([later]), store.blobs.delete(blocks.slice(0, 200).map(({ cid }) => cid))])
      const copy = await openLevelStore(path(`${name}-open`), options)
      const kept = await copy.blobs.has(blocks.map(({ cid }) => cid))
      assert.ok(kept.slice(200).every(Boolean), 'what was there before and after is in the copy')
      assert.deepEqual((await copy.verify()).problems, [])
      await copy.close()
      await store.close()
      await backupStore(path(name), path(`${name}-closed`))
      const report = await verifyStore(path(`${name}-closed`), options)
      assert.deepEqual([report.problems, report.blocks], [[], 61])
      store = await openLevelStore(path(`${name}-closed`), options)
      assert.deepEqual(await store.blobs.get(later.cid), later.bytes)
    }
  })

  it('are not looked for behind a file that is no segment', async () => {
    await store.blobs.put([newBlock()])
    await store.close()
    await writeFile(path('s/blobs/note.txt'), 'mine')
    await appendFile(path('s/blobs/00000001.seg'), 'PBLK and nonsense')
    await begin()
    assert.equal(store.blobs.usage.blocks, 1)
    assert.equal((await stat(path('s/blobs/00000001.seg'))).size, 148)
    assert.ok((await segments()).includes('note.txt'))
  })
})
