import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { CODEC, cidOf, LIMITS, type Block, type Cid } from '../../../src/protocol/wire/index.js'
import { bytes, collect, type Driver } from '../support.js'

/** A block of so many random bytes. */
export function newBlock (length = 100): Block {
  const content = new Uint8Array(randomBytes(length))
  return { cid: cidOf(CODEC.raw, content), bytes: content }
}

const inOrder = (cids: readonly Cid[]): Cid[] => [...cids].sort((a, b) => Buffer.compare(a, b))

/** What every blob driver does. */
export function blobContract (open: () => Promise<Driver>): void {
  let driver: Driver
  beforeEach(async () => { driver = await open() })
  afterEach(async () => { await driver.dispose() })

  it('keeps blocks over a restart, gives them whole and in part, and nothing for those it has not', async () => {
    const [small, large, empty, absent] = [newBlock(10), newBlock(LIMITS.blobBytes), newBlock(0), newBlock()]
    await driver.store.blobs.put([small, large, empty])
    for (const again of [false, true]) {
      if (again) await driver.reopen()
      const { blobs } = driver.store
      assert.deepEqual(await blobs.get(large.cid), large.bytes)
      assert.deepEqual(await blobs.get(small.cid, { start: 3 }), small.bytes.subarray(3))
      assert.deepEqual(await blobs.get(small.cid, { start: 3, end: 5 }), small.bytes.subarray(3, 5))
      assert.deepEqual(await blobs.get(empty.cid), bytes())
      assert.equal(await blobs.get(absent.cid), undefined)
      assert.deepEqual(await blobs.has([absent.cid, small.cid]), [false, true])
      assert.deepEqual(await blobs.sizes([large.cid, absent.cid, empty.cid]), [LIMITS.blobBytes, undefined, 0])
      assert.deepEqual([blobs.usage.blocks, blobs.usage.bytes], [3, LIMITS.blobBytes + 10])
    }
  })

  it('keeps a block once, however often it comes, alone and at the same time', async () => {
    const { blobs } = driver.store
    const block = newBlock()
    await Promise.all([blobs.put([block, block]), blobs.put([block]), blobs.put([{ ...block }])])
    await blobs.put([block])
    assert.deepEqual(blobs.usage, { blocks: 1, bytes: 100, diskBytes: blobs.usage.diskBytes })
    assert.ok(blobs.usage.diskBytes < 200)
    assert.equal(await blobs.delete([block.cid]), 1)
    assert.deepEqual(await blobs.has([block.cid]), [false])
  })

  it('tells an index node from a leaf of the same bytes', async () => {
    const content = bytes(1, 2, 3)
    const [leaf, node] = [cidOf(CODEC.raw, content), cidOf(CODEC.dagCbor, content)]
    await driver.store.blobs.put([{ cid: leaf, bytes: content }])
    assert.deepEqual(await driver.store.blobs.has([leaf, node]), [true, false])
  })

  it('refuses bytes that the CID does not name, what is no CID, and what is too large, and keeps nothing of the call', async () => {
    const { blobs } = driver.store
    const good = newBlock()
    await assert.rejects(blobs.put([good, { ...good, cid: newBlock().cid }]), { code: 'ERR_PROOF' })
    await assert.rejects(blobs.put([good, { ...good, cid: good.cid.subarray(1) }]), { code: 'ERR_BAD_INPUT' })
    await assert.rejects(blobs.put([good, newBlock(LIMITS.blobBytes + 1)]), { code: 'ERR_TOO_LARGE' })
    for (const call of [() => blobs.get(bytes(1)), () => blobs.has([bytes(1)]), () => blobs.sizes([bytes(1)]), () => blobs.delete([bytes(1)])]) {
      await assert.rejects(call(), { code: 'ERR_BAD_INPUT' })
    }
    assert.deepEqual([await blobs.has([good.cid]), blobs.usage.blocks], [[false], 0])
    await blobs.put([good])
    for (const range of [{ start: 101 }, { start: 5, end: 4 }, { start: -1 }, { end: 101 }, { start: 0.5 }]) await assert.rejects(blobs.get(good.cid, range), { code: 'ERR_BAD_INPUT' })
  })

  it('deletes what is there, counts it once, and takes it again', async () => {
    const { blobs } = driver.store
    const [a, b] = [newBlock(), newBlock()]
    await blobs.put([a, b])
    assert.equal(await blobs.delete([a.cid, newBlock().cid, a.cid]), 1)
    assert.equal(await blobs.get(a.cid), undefined)
    assert.deepEqual([blobs.usage.blocks, blobs.usage.bytes], [1, 100])
    await blobs.put([a])
    await driver.reopen()
    assert.deepEqual(await driver.store.blobs.get(a.cid), a.bytes)
    assert.equal(driver.store.blobs.usage.blocks, 2)
  })

  it('takes calls in their order, though none waits for the one before', async () => {
    const { blobs } = driver.store
    const block = newBlock()
    const outcomes = await Promise.all([blobs.put([block]), blobs.delete([block.cid]), blobs.put([block]), blobs.delete([block.cid]), blobs.delete([block.cid]), blobs.put([block])])
    assert.deepEqual(outcomes, [undefined, 1, undefined, 1, 0, undefined])
    assert.deepEqual(await blobs.get(block.cid), block.bytes)
    assert.equal(blobs.usage.blocks, 1)
  })

  it('shows a block no more once its deletion was asked for', async () => {
    const { blobs } = driver.store
    const [a, b] = [newBlock(), newBlock()]
    await blobs.put([a, b])
    assert.deepEqual(await Promise.all([blobs.delete([a.cid]), blobs.has([b.cid, a.cid]), blobs.get(a.cid), blobs.sizes([a.cid])]), [1, [true, false], undefined, [undefined]])
  })

  it('lists all blocks in the order of their CIDs, and from one on', async () => {
    const { blobs } = driver.store
    const blocks = Array.from({ length: 50 }, (_, i) => newBlock(i))
    await blobs.put(blocks)
    const cids = inOrder(blocks.map(({ cid }) => cid))
    assert.deepEqual((await collect(blobs.list())).map(({ cid }) => cid), cids)
    assert.deepEqual((await collect(blobs.list({ after: cids[20]! }))).map(({ cid }) => cid), cids.slice(21))
    const sizes = new Map(blocks.map(({ cid, bytes: { length } }) => [String(cid), length]))
    for await (const { cid, size } of blobs.list()) assert.equal(size, sizes.get(String(cid)))
  })

  it('gives up on an aborted signal, and refuses what comes after it was closed', async () => {
    const { blobs } = driver.store
    const block = newBlock()
    const signal = AbortSignal.abort()
    for (const call of [() => blobs.put([block], { signal }), () => blobs.get(block.cid, { signal }), () => blobs.has([block.cid], { signal }), () => blobs.delete([block.cid], { signal })]) {
      await assert.rejects(call(), { code: 'ERR_ABORTED' })
    }
    const kept = blobs.put([block])
    await driver.reopen()
    await kept
    for (const call of [() => blobs.put([newBlock()]), () => blobs.get(block.cid), () => blobs.has([block.cid]), () => blobs.delete([block.cid])]) {
      await assert.rejects(call(), { code: 'ERR_UNAVAILABLE' })
    }
    assert.deepEqual(await driver.store.blobs.get(block.cid), block.bytes)
  })
}
