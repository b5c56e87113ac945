import assert from 'node:assert/strict'
import { CODEC, cidOf, encodeIndex, LIMITS, type Block, type Cid } from '../../../src/protocol/wire/index.js'
import { blobWorld, freshBlob, owner, upload, uploadId, type BlobWorld } from './world.js'

const ANNA = owner('anna')
const EVE = owner('eve')
const DAY = 86_400_000

function node (size: number, links: Cid[]): Block {
  const bytes = encodeIndex({ v: 1, size, links })
  return { cid: cidOf(CODEC.dagCbor, bytes), bytes }
}

describe('what blobs are charged', () => {
  let world: BlobWorld | undefined
  afterEach(async () => { await world?.close() })

  it('is all that an index node keeps, for an upload that claims or brings one', async () => {
    const { service } = world = await blobWorld()
    const blob = freshBlob(4)
    await upload(service, ANNA, blob)
    for (const bytes of [1, 1000, blob.size - 1]) {
      const id = uploadId()
      await service.begin(EVE, id, bytes)
      await assert.rejects(service.hasBlocks([blob.root], { owner: EVE, upload: id }), { code: 'ERR_QUOTA' })
      await assert.rejects(service.put(EVE, id, blob.nodes), { code: 'ERR_QUOTA' })
    }
    await service.release(ANNA, blob.root)
    await service.quiet()
    assert.equal(world.store.blobs.usage.blocks, 0)
  })

  it('is not charged twice, before and after a restart', async () => {
    world = await blobWorld()
    const blob = freshBlob(4)
    await upload(world.service, ANNA, blob)
    const id = uploadId()
    await world.service.begin(EVE, id, blob.size)
    for (let times = 0; times < 3; times++) {
      assert.deepEqual(await world.service.hasBlocks(blob.blocks.map(({ cid }) => cid), { owner: EVE, upload: id }), blob.blocks.map(() => true))
      await world.restart()
    }
    // Room of that upload is used up: the charge was read again.
    await assert.rejects(world.service.put(EVE, id, freshBlob(2).nodes), { code: 'ERR_QUOTA' })
    assert.deepEqual(await world.service.finish(EVE, id, blob.root, blob.size), { missing: [] })
  })

  it('is never a tree of trees: a node above rows is below nothing', async () => {
    const { service, store } = world = await blobWorld()
    const top = node(LIMITS.blobBytes * LIMITS.blobFanOut + 1, [node(1, [freshBlob().root]).cid, node(2, [freshBlob().root]).cid])
    const above = node(LIMITS.blobBytes * LIMITS.blobFanOut + 5, [top.cid, node(3, [freshBlob().root]).cid])
    const [low, high] = [uploadId(), uploadId()]
    for (const id of [low, high]) await service.begin(EVE, id, LIMITS.blobBytes * LIMITS.blobFanOut + 5)
    await service.put(EVE, low, [top])
    await service.put(EVE, high, [above])
    await assert.rejects(service.lease(EVE, above.cid, LIMITS.blobBytes * LIMITS.blobFanOut + 5), { code: 'ERR_PROOF' })
    await service.cancel(EVE, low)
    await service.quiet()
    assert.equal(store.blobs.usage.blocks, 1)
  })

  it('is something for each file that is waited for, of which an account has not too many, with few addresses each', async () => {
    const { service } = world = await blobWorld()
    const addrs = Array.from({ length: 16 }, (_, i) => `/ip4/192.0.2.${i}/tcp/1`)
    for (let i = 0; i < LIMITS.comingLeasesPerAccount; i++) await service.lease(EVE, cidOf(CODEC.raw, new TextEncoder().encode(`${i}`)), 1, [{ peer: new Uint8Array(34), addrs }])
    assert.equal(service.usage(EVE).bytes, LIMITS.comingLeasesPerAccount * LIMITS.comingLeaseBytes)
    // Of one that is whole nothing is waited for.
    const whole = freshBlob(2)
    await upload(service, ANNA, whole)
    await assert.rejects(service.lease(EVE, freshBlob(2).root, whole.size), { code: 'ERR_QUOTA', details: { retryMs: LIMITS.comingRetryMs } })
    assert.equal((await service.lease(EVE, whole.root, whole.size)).state, 'held')
    await service.release(EVE, whole.root)
    assert.ok(service.coming().every(({ sources: [source] }) => source?.addrs.length === LIMITS.addressesPerSource))
    const blob = freshBlob(1)
    await assert.rejects(service.lease(EVE, blob.root, blob.size), { code: 'ERR_QUOTA' })
    await upload(service, EVE, blob)
    await service.endOwner(EVE)
    assert.equal(service.usage(EVE).bytes, 0)
  })

  it('stays while a file is in use, whoever else gives it up', async () => {
    const { service, clock } = world = await blobWorld({ retentionMs: 10 * DAY })
    const blob = freshBlob(3)
    await upload(service, ANNA, blob)
    clock.advance(9 * DAY)
    await service.lease(EVE, blob.root, blob.size)
    await service.expire()
    await service.release(EVE, blob.root)
    clock.advance(2 * DAY)
    await service.expire()
    assert.equal(service.usage(ANNA).leases, 1)
    await service.release(ANNA, blob.root)
    await service.quiet()
    for await (const [key] of world.store.kv.iterate()) assert.fail(Buffer.from(key).toString('hex'))
  })
})
