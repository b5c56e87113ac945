import assert from 'node:assert/strict'
import sharp from 'sharp'
import { mediaLayout, openChunk } from '../../../src/protocol/crypto/index.js'
import { BadInputError, blobRoot, LIMITS, openIndex, type BlobPart, type Cid } from '../../../src/protocol/wire/index.js'
import { parseMediaId } from '../../../src/node/media/file-table.js'
import { secretsIn, telling } from '../probe/files.js'
import { SmallPerson } from '../small-world.js'
import { hexOf, inPieces } from './files.js'

describe('a file that is added', () => {
  let alice: SmallPerson

  beforeEach(async () => { alice = new SmallPerson('alice', []); await alice.open() })
  afterEach(async () => { await alice.close() })

  const add = async (bytes: Uint8Array, more: object = {}) => await alice.node.addMedia({ size: bytes.length, sha256: hexOf(bytes), ...more }, inPieces(bytes))

  /** The plaintext of what would be sent. */
  async function sealed (id: string): Promise<Buffer> {
    const { media, store } = alice.core
    const { root, size, key } = (await media.table.file(parseMediaId(id).root))!
    const layout = mediaLayout(size)
    const get = async (cid: Cid): Promise<Uint8Array> => (await store.blobs.get(cid))!
    const leaves: BlobPart[] = []
    const walk = async (part: BlobPart): Promise<void> => {
      if (part.depth === 0) { leaves.push(part); return }
      for (const child of openIndex(part, await get(part.cid))) await walk(child)
    }
    await walk(blobRoot(root, layout.sealedBytes))
    return Buffer.concat(await Promise.all(leaves.map(async (leaf, i) => openChunk(key, layout, i, await get(leaf.cid)))))
  }

  it('and is a photo is sealed without what it tells of place, time and camera', async () => {
    const photo = await telling({ orientation: 8 }).jpeg().toBuffer()
    const { file, notes } = await add(photo, { name: 'beach.jpg' })
    assert.deepEqual({ as: file.as, type: file.type, name: file.name, width: file.width, height: file.height, notes }, { as: 'photo', type: 'image/jpeg', name: 'beach.jpg', width: 480, height: 640, notes: [] })
    const bytes = await sealed(file.id)
    assert.deepEqual(secretsIn(bytes), [])
    assert.deepEqual({ sha256: hexOf(bytes), size: bytes.length }, { sha256: file.sha256, size: file.size })
    assert.notEqual(file.sha256, hexOf(photo))
    assert.equal((await sharp(Buffer.from(file.thumb!.bytes!, 'base64')).metadata()).width, file.thumb!.width)
  })

  it('and is the same photo again is known by the hash of the original, and by nobody is it read', async () => {
    const photo = await telling().jpeg().toBuffer()
    const first = await add(photo)
    const again = await alice.node.addMedia({ size: photo.length, sha256: hexOf(photo) }, (async function * () { throw new Error('it was read'); yield photo })())
    assert.equal(again.file.id, first.file.id)
    assert.deepEqual(again.file, first.file)
  })

  it('keeps what it tells when its sender says so, and is another file then', async () => {
    const photo = await telling().jpeg().toBuffer()
    const clean = await add(photo)
    const whole = await add(photo, { keepMetadata: true })
    assert.deepEqual(whole.notes, ['metadata-kept'])
    assert.equal(whole.file.sha256, hexOf(photo))
    assert.notEqual(whole.file.id, clean.file.id)
    assert.deepEqual(await sealed(whole.file.id), photo)
  })

  it('and is damaged so that it cannot be cleaned is refused', async () => {
    const photo = await telling().jpeg().toBuffer()
    await assert.rejects(add(photo.subarray(0, photo.indexOf(Buffer.from([0xff, 0xda])))), BadInputError)
    assert.deepEqual(await Array.fromAsync(alice.core.media.table.files()), [])
  })

  it('and is no photo is no photo, whatever it is said to be', async () => {
    const { file, notes } = await add(Buffer.from('a text'), { name: 'photo.jpg', as: 'photo', type: 'image/jpeg' })
    assert.deepEqual({ as: file.as, type: file.type, notes }, { as: 'file', type: 'application/octet-stream', notes: ['not-a-photo'] })
    assert.equal((await add(Buffer.from('a text'), { name: 'notes.txt' })).file.type, 'text/plain')
  })

  it('stands in an album with a preview that leaves room for the others', async () => {
    const ids = await Promise.all(Array.from({ length: LIMITS.albumItems }, async (_, i) => {
      const noise = await sharp({ create: { width: 400 + i, height: 300, channels: 3, background: '#000', noise: { type: 'gaussian', mean: 128, sigma: 60 } } }).png().toBuffer()
      return (await add(noise)).file.id
    }))
    const { body } = await alice.core.media.compose(ids, { kind: 'text', text: '' })
    assert.ok(body.kind === 'album')
    const sizes = body.items.map(({ file }) => file.thumb?.bytes.length ?? 0)
    assert.ok(sizes.every(size => size > 0 && size <= LIMITS.albumThumbBytes / LIMITS.albumItems), sizes.join())
  })
})
