import assert from 'node:assert/strict'
import { Cache } from '../../../../src/node/media/fetch/cache.js'
import { Fetcher, type Coming, type Wanted } from '../../../../src/node/media/fetch/fetcher.js'
import { RecordKeys } from '../../../../src/node/records/index.js'
import { cidText, LIMITS } from '../../../../src/protocol/wire/index.js'
import { blobWorld, owner, uploadId, type BlobWorld } from '../../../relay/blobs/world.js'
import { bytesOf, changing, honest, settled, TestClock, TestFile, TestHolder } from './kit.js'

const CHUNK = LIMITS.chunkBytes
const SENT = owner('sent')
const never = new AbortController().signal

/** A node's files over a real store of blocks. */
class Place {
  readonly keys = new RecordKeys(new Uint8Array(32))
  readonly clock = new TestClock()
  readonly told: Array<[string, Coming | null]> = []
  readonly world: BlobWorld
  holders: TestHolder[] = []
  limit = 100 * CHUNK
  now = 1000
  cache!: Cache
  fetcher!: Fetcher

  constructor (world: BlobWorld) { this.world = world }

  async open (): Promise<this> {
    const { service, store: { kv } } = this.world
    this.cache = await Cache.open({ kv, keys: this.keys, blobs: service, limit: this.limit, now: () => this.now++ })
    this.fetcher = new Fetcher({
      cache: this.cache, blobs: service, holders: () => this.holders, log: () => undefined, timing: { after: this.clock.after }, report: (root, coming) => { this.told.push([cidText(root), coming]) }
    })
    return this
  }

  /** Another run on the same disk. */
  async again (): Promise<void> {
    await this.fetcher.close()
    await this.world.restart()
    await this.open()
  }

  async read (file: TestFile, start = 0, end = file.size): Promise<Uint8Array> { return await bytesOf(this.fetcher.read(wanted(file), { start, end }, never)) }

  /** Blocks of a file that are in the store. */
  async blocks (file: TestFile): Promise<number> {
    await this.world.service.quiet()
    return (await this.world.store.blobs.has([file.root, ...file.leaves])).filter(Boolean).length
  }
}

function wanted ({ root, key, size, sha256 }: TestFile): Wanted { return { file: { root, key, size, sha256, at: [] }, members: [] } }

describe('files of others on a node', () => {
  let place: Place
  const [one, two, three] = [1, 2, 3].map(seed => new TestFile(5 * CHUNK, seed)) as [TestFile, TestFile, TestFile]

  beforeEach(async () => { place = await new Place(await blobWorld()).open() })
  afterEach(async () => {
    await place.fetcher.close()
    await place.cache.idle()
    await place.world.close()
  })

  const fromAll = (): TestHolder[] => [one, two, three].map((file, i) => new TestHolder(file, `relay${i}`, changing(({ cid }) => ({ cid, bytes: file.block(cid) ?? null }))))

  it('are fetched once, and read from here from then on, after a restart too', async () => {
    const holder = new TestHolder(one)
    place.holders = [holder]
    assert.deepEqual(await place.read(one), Buffer.from(one.whole()))
    await settled()
    const done = place.told.filter(([, coming]) => coming?.state === 'done')
    assert.deepEqual(done, [[cidText(one.root), { state: 'done', bytes: one.layout.sealedBytes, total: one.layout.sealedBytes, error: null }]])
    await place.again()
    place.holders = []
    assert.deepEqual(await place.read(one), Buffer.from(one.whole()))
    assert.equal(holder.asked.flat().length, one.leaves.length + 1)
    assert.deepEqual([place.cache.bytes, place.cache.of(one.root)?.bytes], [one.layout.sealedBytes, one.layout.sealedBytes])
  })

  it('wait when nobody gives them, say so and why, and go on by themselves', async () => {
    const asked = Promise.withResolvers<undefined>()
    const given = Promise.withResolvers<undefined>()
    const holder = new TestHolder(one, 'relay', async function * (cids, file, signal) {
      asked.resolve(undefined)
      await given.promise
      yield * honest(cids, file, signal)
    })
    place.holders = [holder]
    const reading = place.read(one)
    await asked.promise
    await settled()
    place.clock.pass(LIMITS.mediaSlowMs - 1)
    assert.equal(place.told.length, 0)
    place.clock.pass(1)
    assert.deepEqual(place.told.map(([, coming]) => [coming?.state, coming?.bytes, coming?.error?.code]), [['waiting', 0, 'ERR_UNAVAILABLE']])
    given.resolve(undefined)
    assert.deepEqual(await reading, Buffer.from(one.whole()))
    await settled()
    const states = place.told.flatMap(([, coming]) => coming === null ? [] : [coming.state])
    assert.deepEqual([states[1], states.at(-1)], ['running', 'done'])
  })

  it('go on after a kill where they were, and nothing is fetched twice', async () => {
    const large = new TestFile(40 * CHUNK)
    const holder = new TestHolder(large)
    place.holders = [holder]
    let pieces = 0
    for await (const _ of place.fetcher.read(wanted(large), { start: 0, end: large.size }, never)) if (++pieces === 10) break
    await settled()
    await place.again()
    const had = await place.blocks(large)
    assert.ok(had > 10 && had < 41, String(had))
    const next = new TestHolder(large)
    place.holders = [next]
    await place.fetcher.fetch(wanted(large), never)
    await settled()
    assert.equal(next.asked.flat().length, large.leaves.length + 1 - had)
    assert.equal(place.cache.of(large.root)?.bytes, large.layout.sealedBytes)
    assert.equal(place.told.at(-1)?.[1]?.state ?? place.told.at(-2)?.[1]?.state, 'done')
  })

  it('go when there is no more room, the least recently used first', async () => {
    place.limit = 2 * one.layout.sealedBytes
    await place.open()
    place.holders = fromAll()
    await place.read(one)
    await place.read(two)
    await place.read(one, 0, 1)
    await place.read(three)
    await place.cache.idle()
    assert.deepEqual([await place.blocks(one), await place.blocks(two), await place.blocks(three)], [6, 0, 6])
    assert.ok(place.cache.bytes <= place.limit)
    await place.again()
    assert.deepEqual([place.cache.of(one.root)?.bytes, place.cache.of(two.root)?.bytes], [one.layout.sealedBytes, undefined])
    assert.deepEqual(await place.read(two), Buffer.from(two.whole()))
    await place.cache.idle()
    assert.equal(await place.blocks(one), 0)
  })

  it('stay while they are read, whatever room there is', async () => {
    place.limit = CHUNK
    await place.open()
    place.holders = fromAll()
    const reading = place.fetcher.read(wanted(one), { start: 0, end: one.size }, never)
    const got = [(await reading.next()).value as Uint8Array]
    await place.read(two)
    await place.cache.idle()
    assert.equal(await place.blocks(two), 0)
    for await (const piece of reading) got.push(piece)
    assert.deepEqual(Buffer.concat(got), Buffer.from(one.whole()))
    await place.cache.idle()
    assert.equal(await place.blocks(one), 0)
    assert.equal(place.cache.bytes, 0)
  })

  it('go when the person says so, but what this account sent and no relay holds yet stays', async () => {
    place.holders = fromAll()
    const id = uploadId()
    await place.world.service.begin(SENT, id, one.layout.sealedBytes)
    await place.world.service.put(SENT, id, [one.root, ...one.leaves].map(cid => ({ cid, bytes: one.block(cid)! })))
    await place.world.service.finish(SENT, id, one.root, one.layout.sealedBytes)
    await place.read(two)
    await place.read(one)
    assert.equal(place.holders.flatMap(holder => holder.asked.flat()).some(cid => cidText(cid) === cidText(one.root)), false, 'it was here')
    await place.cache.adopt(one.root, one.layout.sealedBytes)
    assert.deepEqual(await place.cache.purge(() => true), { files: 2, bytes: 2 * one.layout.sealedBytes })
    assert.deepEqual([await place.blocks(one), await place.blocks(two)], [6, 0])
    assert.deepEqual(await place.read(one), Buffer.from(one.whole()))
    await place.cache.adopt(one.root, one.layout.sealedBytes)
    await place.world.service.release(SENT, one.root)
    assert.equal(await place.blocks(one), 6)
    await place.cache.purge(({ root }) => cidText(root) === cidText(one.root))
    assert.equal(await place.blocks(one), 0)
  })

  it('that this account sent are known to be here after a kill too, and count for the room there is', async () => {
    const id = uploadId()
    await place.world.service.begin(SENT, id, one.layout.sealedBytes)
    await place.world.service.put(SENT, id, [one.root, ...one.leaves].map(cid => ({ cid, bytes: one.block(cid)! })))
    await place.world.service.finish(SENT, id, one.root, one.layout.sealedBytes)
    await place.cache.adopt(one.root, one.layout.sealedBytes)
    await place.again()
    assert.deepEqual([place.cache.of(one.root)?.bytes, place.cache.bytes], [one.layout.sealedBytes, one.layout.sealedBytes])
  })

  it('are not purged under a reader', async () => {
    place.holders = fromAll()
    const reading = place.fetcher.read(wanted(one), { start: 0, end: one.size }, never)
    await reading.next()
    assert.deepEqual(await place.cache.purge(() => true), { files: 0, bytes: 0 })
    await reading.return(undefined)
    assert.equal((await place.cache.purge(() => true)).files, 1)
  })

  it('come again after they were purged at the same time as they are asked for', async () => {
    place.holders = fromAll()
    await place.read(one)
    for (let i = 0; i < 5; i++) {
      const purged = place.cache.purge(() => true)
      assert.deepEqual(await place.read(one), Buffer.from(one.whole()))
      await purged
    }
    await place.again()
    assert.deepEqual(await place.read(one), Buffer.from(one.whole()))
  })

  it('are made whole again when a block of them is damaged or gone', async () => {
    place.holders = fromAll()
    await place.read(one)
    await settled()
    await place.world.store.blobs.delete([one.leaves[2]!])
    assert.deepEqual(await place.read(one), Buffer.from(one.whole()))
    await settled()
    assert.equal(await place.blocks(one), 6)
    await place.again()
    await place.world.store.blobs.delete([one.root])
    assert.deepEqual(await place.read(one), Buffer.from(one.whole()))
    await settled()
    assert.equal(await place.blocks(one), 6)
  })

  it('are ready for a player that seeks, and forgotten a while after', async () => {
    let made = 0
    const holder = new TestHolder(one)
    place.holders = [holder]
    const read = async (): Promise<void> => {
      const reading = place.fetcher.read(wanted(one), { start: 0, end: 10 }, never)
      await reading.next()
      await reading.return(undefined)
    }
    holder.onReady = () => { made++; return () => undefined }
    await read()
    await read()
    assert.equal(made, 1)
    place.clock.pass(LIMITS.mediaLingerMs)
    await read()
    assert.equal(made, 2)
  })

  it('tell a reader that the node stops', async () => {
    place.holders = [new TestHolder(one, 'relay', async function * (cids, file, signal) {
      yield * honest(cids.slice(0, 1), file, signal)
      await new Promise(resolve => { signal.addEventListener('abort', resolve, { once: true }) })
    })]
    const reading = assert.rejects(place.read(one), { code: 'ERR_UNAVAILABLE' })
    await settled()
    await place.fetcher.close()
    await reading
    await assert.rejects(place.read(one), { code: 'ERR_UNAVAILABLE' })
  })
})
