import assert from 'node:assert/strict'
import { CODEC, cidOf, cidText, CorruptError, encodeIndex, LIMITS, TreeBuilder } from '../../../src/protocol/wire/index.js'
import { blobWorld, freshBlob, owner, testBlob, upload, uploadId, type BlobWorld, type TestBlob } from './world.js'

const ANNA = owner('anna')
const BEN = owner('ben')

describe('blobs kept for their owners', () => {
  let world: BlobWorld
  beforeEach(async () => { world = await blobWorld() })
  afterEach(async () => { await world.close() })

  const stored = (): number => world.store.blobs.usage.blocks
  const isHere = async (blob: TestBlob): Promise<boolean[]> => await world.service.hasBlocks(blob.blocks.map(({ cid }) => cid))

  it('are leased once all of an upload is here, and say until then what is missing', async () => {
    const blob = freshBlob(3)
    const id = uploadId()
    await world.service.begin(ANNA, id, blob.size)
    assert.deepEqual(await world.service.finish(ANNA, id, blob.root, blob.size), { missing: [blob.root] })
    await world.service.put(ANNA, id, [blob.leaves[0]!, ...blob.nodes])
    assert.deepEqual(await world.service.finish(ANNA, id, blob.root, blob.size), { missing: [blob.leaves[1]!.cid, blob.leaves[2]!.cid] })
    await world.service.put(ANNA, id, blob.leaves.slice(1))
    for (let times = 0; times < 2; times++) assert.deepEqual(await world.service.finish(ANNA, id, blob.root, blob.size), { missing: [] })
    await world.service.quiet()
    assert.equal(stored(), 4)
    assert.deepEqual((await world.service.leases(ANNA, { limit: 10 })).leases, [{ root: blob.root, size: blob.size, state: 'held' }])
    assert.deepEqual(world.service.usage(ANNA), { leases: 1, bytes: blob.size, quotaBytes: 10 * 1024 ** 3 })
    await world.restart()
    assert.deepEqual(world.service.usage(ANNA), { leases: 1, bytes: blob.size, quotaBytes: 10 * 1024 ** 3 })
    assert.deepEqual(await world.service.read(blob.root), new Uint8Array(blob.nodes[0]!.bytes))
  })

  it('are stored once for all, and go with the last lease', async () => {
    const blob = freshBlob(3)
    await upload(world.service, ANNA, blob)
    assert.deepEqual(await world.service.lease(BEN, blob.root, blob.size), { state: 'held', have: blob.size })
    assert.equal(stored(), 4)
    assert.equal(await world.service.release(ANNA, blob.root), true)
    await world.service.quiet()
    assert.equal(stored(), 4)
    assert.equal(world.service.usage(ANNA).bytes, 0)
    assert.equal(await world.service.release(BEN, blob.root), true)
    assert.equal(await world.service.release(BEN, blob.root), false)
    await world.service.quiet()
    assert.equal(stored(), 0)
  })

  it('share what they have in common, which stays as long as one of them does', async () => {
    const a = testBlob(['x', 'y', 'z'])
    const b = testBlob(['x', 'y', 'w'])
    await upload(world.service, ANNA, a)
    await upload(world.service, ANNA, b)
    assert.equal(stored(), 6)
    await world.service.release(ANNA, a.root)
    await world.service.quiet()
    assert.deepEqual([await isHere(a), await isHere(b)], [[true, true, false, false], [true, true, true, true]])
  })

  it('let go of what came with an upload and belongs to nothing', async () => {
    const [blob, stray] = [freshBlob(2), freshBlob(1)]
    const id = uploadId()
    await world.service.begin(ANNA, id, blob.size + 100)
    await world.service.put(ANNA, id, [...blob.blocks, ...stray.blocks])
    await world.service.finish(ANNA, id, blob.root, blob.size)
    await world.service.quiet()
    assert.deepEqual([await isHere(blob), await isHere(stray)], [[true, true, true], [false]])
    const other = uploadId()
    await world.service.begin(ANNA, other, 100)
    await world.service.put(ANNA, other, stray.blocks)
    await world.service.cancel(ANNA, other)
    await world.service.quiet()
    assert.equal(stored(), 3)
    await assert.rejects(world.service.put(ANNA, other, stray.blocks), { code: 'ERR_NOT_FOUND' })
  })

  it('end with an upload nobody goes on with, and not before its time', async () => {
    const [a, b] = [freshBlob(1), freshBlob(1)]
    const [idle, busy] = [uploadId(), uploadId()]
    for (const [id, blob] of [[idle, a], [busy, b]] as const) {
      await world.service.begin(ANNA, id, blob.size)
      await world.service.put(ANNA, id, blob.blocks)
    }
    world.clock.advance(LIMITS.uploadKeepMs - 1000)
    await world.service.put(ANNA, busy, b.blocks)
    await world.restart()
    world.clock.advance(1000)
    await world.service.expire()
    await world.service.quiet()
    assert.deepEqual([await isHere(a), await isHere(b)], [[false], [true]])
    assert.deepEqual(await world.service.finish(ANNA, busy, b.root, b.size), { missing: [] })
    assert.equal(world.service.usage(ANNA).bytes, b.size)
  })

  it('are not sent again where they are here: an upload may keep them as they are', async () => {
    const blob = freshBlob(2)
    await upload(world.service, ANNA, blob)
    const id = uploadId()
    await world.service.begin(BEN, id, blob.size)
    assert.deepEqual(await world.service.hasBlocks([...blob.blocks, ...freshBlob().blocks].map(({ cid }) => cid), { owner: BEN, upload: id }), [true, true, true, false])
    await world.service.release(ANNA, blob.root)
    await world.service.quiet()
    assert.deepEqual(await isHere(blob), [true, true, true])
    assert.deepEqual(await world.service.finish(BEN, id, blob.root, blob.size), { missing: [] })
  })

  it('may be leased before they are here: the index first, then what it names, and nothing else', async () => {
    const blob = freshBlob(3)
    const wanted: number[] = []
    world.service.onWanted(({ size, sources }) => { wanted.push(size, sources.length) })
    assert.deepEqual(await world.service.lease(ANNA, blob.root, blob.size, [{ peer: new Uint8Array(34), addrs: ['/ip4/192.0.2.1/tcp/1'] }]), { state: 'coming', have: 0 })
    assert.deepEqual(wanted, [blob.size, 1])
    await assert.rejects(world.service.takeIn(blob.root, [blob.leaves[0]!]), { code: 'ERR_FORBIDDEN' })
    await assert.rejects(world.service.takeIn(freshBlob().root, [blob.leaves[0]!]), { code: 'ERR_NOT_FOUND' })
    await world.service.takeIn(blob.root, blob.nodes)
    await world.service.takeIn(blob.root, [blob.leaves[1]!])
    await world.restart()
    assert.deepEqual(world.service.coming().map(({ root, size, sources }) => [root, size, sources.length]), [[blob.root, blob.size, 1]])
    await world.service.quiet()
    assert.deepEqual(await world.service.check(blob.root), { isHeld: false, have: LIMITS.blobBytes, missing: [blob.leaves[0]!.cid, blob.leaves[2]!.cid] })
    await world.service.takeIn(blob.root, [blob.leaves[0]!, blob.leaves[2]!])
    assert.deepEqual(await world.service.check(blob.root), { isHeld: true, have: blob.size, missing: [] })
    assert.deepEqual(world.service.coming(), [])
    await world.service.release(ANNA, blob.root)
    await world.service.quiet()
    assert.equal(stored(), 0)
  })

  it('go on after the disk took an index node, and refused what that keeps', async () => {
    const blob = freshBlob(3)
    await world.service.lease(ANNA, blob.root, blob.size)
    world.disk.beforeWrite = async ops => { if (ops.length > blob.leaves.length) throw new Error('no space left on device') }
    await assert.rejects(world.service.takeIn(blob.root, blob.nodes), { code: 'ERR_READ_ONLY' })
    assert.deepEqual(await world.service.hasBlocks(blob.nodes.map(({ cid }) => cid)), [true])
    world.disk.beforeWrite = async () => { /* There is room again. */ }
    const isOpen = new Promise<void>(resolve => { world.store.onState(state => { if (state === 'open') resolve() }) })
    world.clock.advance(5000)
    await isOpen
    await world.service.takeIn(blob.root, blob.leaves)
    assert.deepEqual(await world.service.check(blob.root), { isHeld: true, have: blob.size, missing: [] })
  })

  it('are not leased with a size they do not have, whether it is known at once or later', async () => {
    const blob = freshBlob(3)
    await assert.rejects(world.service.lease(ANNA, blob.root, 5), { code: 'ERR_BAD_INPUT' })
    await assert.rejects(world.service.lease(ANNA, blob.root, LIMITS.blobTreeBytes + 1), { code: 'ERR_TOO_LARGE' })
    await upload(world.service, BEN, blob)
    await assert.rejects(world.service.lease(ANNA, blob.root, blob.size + 1), { code: 'ERR_PROOF' })
    assert.equal(world.service.usage(ANNA).leases, 0)
    await world.service.lease(ANNA, blob.root, blob.size)
    await assert.rejects(world.service.lease(ANNA, blob.root, blob.size + 1), { code: 'ERR_BAD_INPUT' })
  })

  it('come for those who lease them with their size, whatever somebody else said before', async () => {
    const blob = freshBlob(5)
    await world.service.lease(BEN, blob.root, LIMITS.blobBytes + 1)
    await world.service.lease(ANNA, blob.root, blob.size)
    const sizes: number[] = []
    world.service.onWanted(({ size }) => { sizes.push(size) })
    await world.service.takeIn(blob.root, blob.nodes)
    assert.deepEqual([sizes, world.service.coming().map(({ size }) => size), world.service.usage(BEN).leases], [[blob.size], [blob.size], 0])
    await world.service.takeIn(blob.root, blob.leaves)
    assert.equal((await world.service.check(blob.root)).isHeld, true)
  })

  it('are not held by a lease of another size when somebody brings them', async () => {
    const blob = freshBlob(3)
    await world.service.lease(BEN, blob.root, LIMITS.blobBytes + 1)
    await upload(world.service, ANNA, blob)
    assert.deepEqual([world.service.usage(BEN).leases, world.service.coming(), (await world.service.leases(ANNA, { limit: 1 })).leases[0]?.state], [0, [], 'held'])
  })

  it('are not taken in for a lease of another size', async () => {
    const blob = freshBlob(5)
    const small = LIMITS.blobBytes + 1
    await world.service.lease(ANNA, blob.root, small)
    await assert.rejects(world.service.takeIn(blob.root, blob.nodes), { code: 'ERR_PROOF' })
    assert.equal(stored(), 0)
    const [leaf] = freshBlob(1, 50).blocks
    await world.service.lease(ANNA, leaf!.cid, 20)
    await assert.rejects(world.service.takeIn(leaf!.cid, [leaf!]), { code: 'ERR_PROOF' })
  })

  it('are no index nodes that are none', async () => {
    const id = uploadId()
    await world.service.begin(ANNA, id, 2 * LIMITS.blobBytes)
    const bytes = Uint8Array.of(0xa0)
    await assert.rejects(world.service.put(ANNA, id, [{ cid: cidOf(CODEC.dagCbor, bytes), bytes }]), { code: 'ERR_BAD_INPUT' })
    const node = encodeIndex({ v: 1, size: LIMITS.blobBytes + 5, links: [freshBlob().root, freshBlob().root] })
    await assert.rejects(world.service.put(ANNA, id, [{ cid: cidOf(CODEC.dagCbor, Uint8Array.of(1)), bytes: node }]), { code: 'ERR_PROOF' })
    await world.service.cancel(ANNA, id)
    await world.service.quiet()
    assert.equal(stored(), 0)
    const left = []
    for await (const [key] of world.store.kv.iterate()) left.push(Buffer.from(key).toString('hex'))
    assert.deepEqual(left, [])
  })

  for (const isMended of [true, false]) {
    it(`are coming again when the disk damaged one of their blocks${isMended ? ', and whole once it was brought' : '; given up like that, they go as others do'}`, async () => {
      const blob = freshBlob(3)
      await upload(world.service, ANNA, blob)
      const get = world.store.blobs.get.bind(world.store.blobs)
      let isDamaged = true
      world.store.blobs.get = async (cid, options) => {
        if (isDamaged && Buffer.compare(cid, blob.root) === 0) throw new CorruptError('not what was written')
        return await get(cid, options)
      }
      assert.equal(await world.service.read(blob.root), undefined)
      isDamaged = false
      assert.deepEqual(await world.service.lease(ANNA, blob.root, blob.size), { state: 'coming', have: 0 })
      await world.service.quiet()
      assert.deepEqual(await isHere(blob), [true, true, true, false])
      if (isMended) {
        await world.service.takeIn(blob.root, blob.nodes)
        assert.equal((await world.service.check(blob.root)).isHeld, true)
      }
      await world.restart()
      await world.service.release(ANNA, blob.root)
      await world.service.quiet()
      assert.equal(stored(), 0)
      for await (const [key] of world.store.kv.iterate()) assert.fail(Buffer.from(key).toString('hex'))
    })
  }

  it('are not taken down with another one that names their blocks', async () => {
    const good = testBlob(['a', 'b', 'c'])
    // Leaves of it in a blob of one's own, and an index node of it as a blob, or below one.
    const bad = testBlob(['a', 'b', 'evil'])
    for (const [who, blob] of [[ANNA, good], [BEN, bad]] as const) await upload(world.service, who, blob)
    await world.service.takeDown(bad.root, 'court order 17')
    await world.service.takeDown(good.root, 'wrongly')
    await world.service.lift(good.root)
    await upload(world.service, ANNA, good)
    for (const again of [false, true]) {
      if (again) await world.restart()
      await world.service.quiet()
      assert.deepEqual(await isHere(good), [true, true, true, true])
      for (const { cid } of good.blocks) assert.ok(await world.service.read(cid) !== undefined)
      await assert.rejects(world.service.read(bad.root), { code: 'ERR_FORBIDDEN' })
      await assert.rejects(world.service.read(bad.leaves[2]!.cid), { code: 'ERR_FORBIDDEN' })
      await assert.rejects(world.service.lease(BEN, bad.root, bad.size), { code: 'ERR_FORBIDDEN' })
    }
  })

  it('keep an index node that is the root of one that was taken down', async () => {
    // A tree of two rows, of which the leaves are still to come but for two.
    const full = [0, 1].map(n => { const bytes = new Uint8Array(LIMITS.blobBytes).fill(n); return { cid: cidOf(CODEC.raw, bytes), bytes } })
    const tree = new TreeBuilder()
    const nodes = Array.from({ length: LIMITS.blobFanOut + 1 }, (_, n) => tree.add(full[n % 2]!.cid, LIMITS.blobBytes)).flat()
    const { root, size, nodes: rest } = tree.finish()
    const row = nodes[0]!
    const rowSize = LIMITS.blobFanOut * LIMITS.blobBytes
    await world.service.lease(ANNA, root, size)
    for (const block of [...rest].reverse()) await world.service.takeIn(root, [block])
    await world.service.takeIn(root, [row])
    await world.service.takeIn(root, full)
    assert.equal((await world.service.check(root)).isHeld, true)
    assert.equal((await world.service.lease(BEN, row.cid, rowSize)).state, 'held')
    await world.service.takeDown(row.cid, 'said to be bad')
    for (const again of [false, true]) {
      if (again) await world.restart()
      await assert.rejects(world.service.lease(BEN, row.cid, rowSize), { code: 'ERR_FORBIDDEN' })
      assert.deepEqual((await world.service.listDown()).map(down => cidText(down.root)), [cidText(row.cid)])
      for (const { cid } of [row, ...full]) assert.ok(await world.service.read(cid) !== undefined)
      assert.equal((await world.service.check(root)).isHeld, true)
    }
    await world.service.lift(row.cid)
    assert.equal((await world.service.lease(BEN, row.cid, rowSize)).state, 'held')
  })

  it('that share blocks are taken down and lifted each by itself', async () => {
    const [one, two] = [testBlob(['x', 'y', '1']), testBlob(['x', 'y', '2'])]
    await upload(world.service, ANNA, one)
    await world.service.takeDown(one.root, 'first')
    for (const { cid } of one.blocks) await assert.rejects(world.service.read(cid), { code: 'ERR_FORBIDDEN' })
    await world.service.lift(one.root)
    await upload(world.service, ANNA, one)
    // Both at once: what they share is alone with neither while the other is leased, and with the second then.
    await upload(world.service, BEN, two)
    await world.service.takeDown(one.root, 'first')
    await world.service.takeDown(two.root, 'second')
    await world.service.takeDown(two.root, 'again')
    const shared = one.leaves[0]!.cid
    await world.service.lift(one.root)
    await assert.rejects(world.service.read(shared), { code: 'ERR_FORBIDDEN' })
    await world.restart()
    await assert.rejects(world.service.read(shared), { code: 'ERR_FORBIDDEN' })
    assert.deepEqual((await world.service.listDown()).map(({ reason }) => reason), ['again'])
    await world.service.lift(two.root)
    assert.equal(await world.service.read(shared), undefined)
  })

  it('go with their owner', async () => {
    const [mine, shared] = [freshBlob(2), freshBlob(2)]
    for (const blob of [mine, shared]) await upload(world.service, ANNA, blob)
    await world.service.lease(BEN, shared.root, shared.size)
    const id = uploadId()
    await world.service.begin(ANNA, id, 100)
    await world.service.put(ANNA, id, freshBlob().blocks)
    await world.service.endOwner(ANNA)
    await world.service.quiet()
    assert.deepEqual([stored(), world.service.usage(ANNA).bytes, await isHere(shared)], [3, 0, [true, true, true]])
  })
})
