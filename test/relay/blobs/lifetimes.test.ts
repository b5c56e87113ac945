import assert from 'node:assert/strict'
import { LIMITS, METHOD, pb } from '../../../src/protocol/wire/index.js'
import { Person, World } from '../kit/world.js'
import { blobWorld, freshBlob, owner, upload, uploadId, type BlobWorld } from './world.js'

const [ANNA, EVE] = [owner('anna'), owner('eve')]
const DAY = 86_400_000

describe('blobs that are leased for a time', () => {
  let world: BlobWorld | undefined
  afterEach(async () => {
    await world?.close()
    world = undefined
  })

  /** How many blobs somebody has after so many days more. */
  async function after (days: number, who: Uint8Array = ANNA): Promise<number> {
    const { service, clock } = world ??= await blobWorld()
    clock.advance(days * DAY)
    await service.expire()
    await service.quiet()
    return service.usage(who).leases
  }

  it('go by themselves when it is over, with all that the store knew of them, also after a start', async () => {
    world = await blobWorld()
    const [blob, id] = [freshBlob(3), uploadId()]
    await world.service.begin(ANNA, id, blob.size)
    await world.service.put(ANNA, id, blob.blocks)
    await world.service.finish(ANNA, id, blob.root, blob.size, 30 * DAY)
    assert.equal(await after(29), 1)
    await world.restart()
    assert.equal(await after(2), 0)
    assert.equal(world.store.blobs.usage.blocks, 0)
    for await (const [key] of world.store.kv.iterate()) assert.fail(Buffer.from(key).toString('hex'))
  })

  it('stay when the time is moved on, and for whoever else leases them', async () => {
    const { service } = world = await blobWorld()
    const blob = freshBlob(1)
    await upload(service, EVE, blob)
    await service.lease(ANNA, blob.root, blob.size, [], 10 * DAY)
    assert.equal(await after(9), 1)
    await service.lease(ANNA, blob.root, blob.size, [], 10 * DAY)
    assert.equal(await after(9), 1)
    assert.equal(await after(2), 0)
    assert.equal(service.usage(EVE).leases, 1)
    assert.equal(world.store.blobs.usage.blocks, 1)
  })

  it('are no way to lose what was leased without an end; a lease without one ends what was given', async () => {
    const { service } = world = await blobWorld()
    const [kept, changed] = [freshBlob(1), freshBlob(1)]
    await upload(service, ANNA, kept)
    await service.lease(ANNA, kept.root, kept.size, [], DAY)
    await service.lease(ANNA, changed.root, changed.size, [], DAY)
    await service.lease(ANNA, changed.root, changed.size)
    assert.equal(await after(400), 2)
  })

  it('are not leased for no time, or for more than a year', async () => {
    const { service } = world = await blobWorld()
    const { root, size } = freshBlob(1)
    for (const ms of [0, LIMITS.leaseKeepMs + 1]) await assert.rejects(service.lease(ANNA, root, size, [], ms), { code: 'ERR_BAD_INPUT' })
    assert.equal(service.usage(ANNA).leases, 0)
  })

  it('are asked for by a device in both calls', async () => {
    const relay = await World.create()
    try {
      const ann = new Person()
      const { channel } = await relay.client(ann)
      const [blob, other, id] = [freshBlob(1), freshBlob(1), uploadId()]
      await channel.call(METHOD.beginUpload, pb.BeginUploadRequest.encode({ upload: id, bytes: blob.size }))
      await relay.services.blobs.put(ann.account.key, id, blob.blocks)
      await channel.call(METHOD.finishUpload, pb.FinishUploadRequest.encode({ upload: id, root: blob.root, size: blob.size, keepMs: DAY }))
      await channel.call(METHOD.lease, pb.LeaseRequest.encode({ root: other.root, size: other.size, sources: [], keepMs: 2 * DAY }))
      const left = async (): Promise<number> => {
        relay.clock.advance(DAY)
        await relay.services.blobs.expire()
        return relay.services.blobs.usage(ann.account.key).leases
      }
      assert.deepEqual([await left(), await left()], [1, 0])
    } finally {
      await relay.services.close()
    }
  })
})
