import assert from 'node:assert/strict'
import { cidText, LIMITS, METHOD, pb, signAccountDeletion } from '../../../src/protocol/wire/index.js'
import type { Client } from '../kit/client.js'
import { Person, World } from '../kit/world.js'
import { freshBlob, uploadId, type TestBlob } from './world.js'

const calls = (client: Client) => ({
  begin: async (upload: Uint8Array, bytes: number) => pb.BeginUploadReply.decode(await client.channel.call(METHOD.beginUpload, pb.BeginUploadRequest.encode({ upload, bytes }))),
  finish: async (upload: Uint8Array, { root, size }: TestBlob) => pb.FinishUploadReply.decode(await client.channel.call(METHOD.finishUpload, pb.FinishUploadRequest.encode({ upload, root, size }))).missing,
  cancel: async (upload: Uint8Array) => { await client.channel.call(METHOD.cancelUpload, pb.CancelUploadRequest.encode({ upload })) },
  lease: async ({ root, size }: Pick<TestBlob, 'root' | 'size'>, sources: pb.BlobSource[] = []) => pb.LeaseReply.decode(await client.channel.call(METHOD.lease, pb.LeaseRequest.encode({ root, size, sources }))),
  release: async (root: Uint8Array) => { await client.channel.call(METHOD.release, pb.ReleaseRequest.encode({ root })) },
  has: async (cids: Uint8Array[], upload?: Uint8Array) => [...pb.HasBlocksReply.decode(await client.channel.call(METHOD.hasBlocks, pb.HasBlocksRequest.encode({ cids, ...upload === undefined ? {} : { upload } }))).here],
  list: async (after: Uint8Array = new Uint8Array(0)) => pb.ListLeasesReply.decode(await client.channel.call(METHOD.listLeases, pb.ListLeasesRequest.encode({ after })))
})

describe('blobs: the calls of a device', () => {
  let world: World
  let ann: Person
  let phone: Client
  afterEach(async () => { await world.services.close() })

  async function begin (options: Parameters<typeof World.create>[0] = {}): Promise<void> {
    world = await World.create(options)
    ann = new Person()
    phone = await world.client(ann)
  }

  /** Brings the blocks as a stream of blocks does, then finishes. */
  async function upload (client: Client, person: Person, blob: TestBlob): Promise<void> {
    const id = uploadId()
    await calls(client).begin(id, blob.size)
    await world.services.blobs.put(person.account.key, id, blob.blocks)
    assert.deepEqual(await calls(client).finish(id, blob), [])
  }

  it('upload, ask, lease, list and release', async () => {
    await begin()
    const [blob, other] = [freshBlob(9), freshBlob(1)]
    const id = uploadId()
    assert.equal((await calls(phone).begin(id, blob.size)).expiresMs, LIMITS.uploadKeepMs)
    assert.deepEqual(await calls(phone).finish(id, blob), [blob.root])
    await world.services.blobs.put(ann.account.key, id, blob.blocks)
    assert.deepEqual(await calls(phone).finish(id, blob), [])
    assert.deepEqual(await calls(phone).has([...blob.blocks, ...other.blocks].map(({ cid }) => cid)), [0xff, 0x03])
    assert.deepEqual(await calls(phone).lease(other), { state: 0, have: 0 })
    const leases = [{ root: blob.root, size: blob.size, state: 1 }, { root: other.root, size: other.size, state: 0 }].sort((a, b) => Buffer.compare(a.root, b.root))
    assert.deepEqual(await calls(phone).list(), { leases, more: false })
    assert.deepEqual(await calls(phone).list(leases[0]!.root), { leases: leases.slice(1), more: false })
    const usage = await phone.usage()
    assert.deepEqual([usage.leases, usage.mediaBytes], [2, blob.size + LIMITS.comingLeaseBytes])
    await world.restart()
    phone = await world.client(ann)
    assert.deepEqual((await calls(phone).list()).leases, leases)
    for (const { root } of leases) await calls(phone).release(root)
    await world.services.blobs.quiet()
    assert.deepEqual([(await calls(phone).list()).leases, world.store.blobs.usage.blocks, (await phone.usage()).mediaBytes], [[], 0, 0])
  })

  it('are for those who are hosted, and one cannot finish, fill or cancel another\'s upload', async () => {
    await begin({ admission: 'closed' })
    await assert.rejects(calls(phone).begin(uploadId(), 10), { code: 'ERR_ADMISSION' })
    await world.restart({ admission: 'open' })
    phone = await world.client(ann)
    const ben = new Person()
    const theirs = await world.client(ben)
    const blob = freshBlob(1)
    const id = uploadId()
    await calls(phone).begin(id, blob.size)
    await assert.rejects(calls(theirs).finish(id, blob), { code: 'ERR_NOT_FOUND' })
    await assert.rejects(calls(theirs).has([blob.root], id), { code: 'ERR_NOT_FOUND' })
    await assert.rejects(world.services.blobs.put(ben.account.key, id, blob.blocks), { code: 'ERR_NOT_FOUND' })
    await calls(theirs).cancel(id)
    await world.services.blobs.put(ann.account.key, id, blob.blocks)
    assert.deepEqual(await calls(phone).finish(id, blob), [])
    await calls(theirs).release(blob.root)
    assert.equal((await calls(phone).list()).leases.length, 1)
    assert.deepEqual(await calls(world.channel(ann.phone)).list().then(() => undefined, (error: unknown) => (error as { code: string }).code), 'ERR_SESSION')
  })

  it('are refused beyond what the account, one file or the relay may take, and nothing is kept of that', async () => {
    await begin({ quota: { mediaBytes: 1000, mediaFileBytes: 600, mediaTotalBytes: 1500 } })
    const blobs = [freshBlob(1, 400), freshBlob(1, 500), freshBlob(1, 200), freshBlob(1, 601)]
    await assert.rejects(calls(phone).begin(uploadId(), 601), { code: 'ERR_QUOTA', details: { quotaFileBytes: 600 } })
    await assert.rejects(calls(phone).lease(blobs[3]!), { code: 'ERR_QUOTA' })
    await upload(phone, ann, blobs[0]!)
    await upload(phone, ann, blobs[1]!)
    await assert.rejects(calls(phone).begin(uploadId(), 200), { code: 'ERR_QUOTA', details: { quotaBytes: 1000 } })
    await assert.rejects(calls(phone).lease(blobs[2]!), { code: 'ERR_QUOTA' })
    await calls(phone).lease(blobs[0]!)
    const ben = new Person()
    const theirs = await world.client(ben)
    await calls(theirs).begin(uploadId(), 600)
    await assert.rejects(calls(theirs).begin(uploadId(), 100), { code: 'ERR_QUOTA', details: { full: true } })
    await calls(phone).release(blobs[0]!.root)
    await world.services.blobs.quiet()
    await calls(theirs).begin(uploadId(), 100)
    await calls(phone).lease(blobs[2]!)
    await assert.rejects(calls(theirs).begin(uploadId(), 150), { code: 'ERR_QUOTA', details: { full: true } }, 'what is on its way takes room as well')
    await calls(phone).release(blobs[2]!.root)
    const id = uploadId()
    await calls(phone).begin(id, 100)
    await world.services.blobs.put(ann.account.key, id, freshBlob(1, 100).blocks)
    const more = Array.from({ length: 400 }, () => freshBlob(1, 300).blocks[0]!)
    await assert.rejects(world.services.blobs.put(ann.account.key, id, more), { code: 'ERR_QUOTA' })
    assert.equal((await phone.usage()).mediaBytes, 600)
  })

  it('bear what is nonsense', async () => {
    await begin()
    const blob = freshBlob(1)
    for (const call of [
      () => calls(phone).begin(uploadId().subarray(1), 10), () => calls(phone).begin(uploadId(), 0), () => calls(phone).lease({ root: blob.root.subarray(1), size: 10 }), () => calls(phone).lease({ root: blob.root, size: 0 }),
      () => calls(phone).release(new Uint8Array(36)), () => calls(phone).has([new Uint8Array(3)]), () => calls(phone).has(Array.from({ length: LIMITS.cidsPerCall + 1 }, () => blob.root)), () => calls(phone).list(new Uint8Array(3)),
      () => calls(phone).lease(blob, [{ peer: new Uint8Array(3), addrs: [] }]), () => calls(phone).lease(blob, [{ peer: ann.account.key, addrs: ['no address'] }]),
      () => calls(phone).lease(blob, Array.from({ length: LIMITS.holdersPerFile + 1 }, () => ({ peer: ann.account.key, addrs: [] })))
    ]) await assert.rejects(call(), { code: 'ERR_BAD_INPUT' })
    for (const call of [() => calls(phone).begin(uploadId(), LIMITS.blobTreeBytes + 1), () => calls(phone).lease({ root: blob.root, size: LIMITS.blobTreeBytes + 1 })]) await assert.rejects(call(), { code: 'ERR_TOO_LARGE' })
    assert.deepEqual((await calls(phone).list()).leases, [])
  })

  it('end with the account, whose files go unless somebody else keeps them', async () => {
    await begin()
    const [mine, shared] = [freshBlob(2), freshBlob(2)]
    for (const blob of [mine, shared]) await upload(phone, ann, blob)
    const ben = await world.client(new Person())
    assert.equal((await calls(ben).lease(shared)).state, 1)
    await phone.deleteAccount(signAccountDeletion({ account: ann.account.key, relay: world.home.key, time: 1 }, ann.account))
    await world.services.blobs.quiet()
    assert.deepEqual([world.store.blobs.usage.blocks, world.services.blobs.totals.leases], [3, 1])
  })

  it('lose files that nobody has used for as long as the operator keeps them, and no others', async () => {
    const day = 86_400_000
    await begin({ mediaRetentionMs: 30 * day })
    const [idle, read, leased, young] = [freshBlob(1), freshBlob(2), freshBlob(1), freshBlob(1)]
    for (const blob of [idle, read, leased]) await upload(phone, ann, blob)
    world.clock.advance(20 * day)
    phone = await world.client(ann)
    await world.services.blobs.read(read.root)
    await calls(phone).lease(leased)
    await world.services.blobs.expire()
    await upload(phone, ann, young)
    world.clock.advance(11 * day)
    await world.services.blobs.expire()
    phone = await world.client(ann)
    const left = (await calls(phone).list()).leases.map(({ root }) => cidText(root))
    assert.deepEqual(left.sort(), [read, leased, young].map(({ root }) => cidText(root)).sort())
  })

  it('say that a file was taken down, of which nothing is given or taken any more until it is lifted', async () => {
    await begin()
    const [bad, good] = [freshBlob(2), freshBlob(1)]
    for (const blob of [bad, good]) await upload(phone, ann, blob)
    const { blobs } = world.services
    await blobs.takeDown(bad.root, 'court order 17')
    await blobs.quiet()
    assert.equal(world.store.blobs.usage.blocks, 1)
    for (const again of [false, true]) {
      if (again) { await world.restart(); phone = await world.client(ann) }
      const service = world.services.blobs
      assert.deepEqual((await service.listDown()).map(({ root, reason }) => [cidText(root), reason]), [[cidText(bad.root), 'court order 17']])
      await assert.rejects(calls(phone).lease(bad), { code: 'ERR_FORBIDDEN' })
      for (const { cid } of bad.blocks) await assert.rejects(service.read(cid), { code: 'ERR_FORBIDDEN' })
      const id = uploadId()
      await calls(phone).begin(id, bad.size)
      await assert.rejects(service.put(ann.account.key, id, [bad.leaves[0]!]), { code: 'ERR_FORBIDDEN' })
      await calls(phone).cancel(id)
      assert.equal((await calls(phone).list()).leases.length, 1)
    }
    await world.services.blobs.lift(bad.root)
    await upload(phone, ann, bad)
    await assert.rejects(world.services.blobs.lift(bad.root), { code: 'ERR_NOT_FOUND' })
  })
})
