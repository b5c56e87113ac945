import assert from 'node:assert/strict'
import { mediaLayout } from '../../../src/protocol/crypto/index.js'
import { AbortedError, BadInputError, ConflictError, LIMITS, NotFoundError, ReadOnlyError, TooLargeError } from '../../../src/protocol/wire/index.js'
import { parseMediaId } from '../../../src/node/media/file-table.js'
import { bytesOf, sourceOf } from '../../../src/node/media/staged.js'
import { pagesOf } from '../../../src/node/media/tree.js'
import { blobBytes } from '../../../src/node/media/upload.js'
import { SmallPerson } from '../small-world.js'
import { hexOf, inPieces, someBytes } from './files.js'

describe('adding a file', () => {
  let alice: SmallPerson

  beforeEach(async () => {
    alice = new SmallPerson('alice', [])
    await alice.open()
  })
  afterEach(async () => { await alice.close() })

  /** The plaintext, as it lies in the node's own store. */
  async function kept (id: string): Promise<Uint8Array> {
    const { media, store } = alice.core
    const file = (await media.table.file(parseMediaId(id).root))!
    const keeper = { get: async (cid: Uint8Array) => (await store.blobs.get(cid))! } as Parameters<typeof sourceOf>[0]
    const leaves: Uint8Array[] = []
    for await (const page of pagesOf(keeper, file.root, blobBytes(file))) leaves.push(...page.filter(part => part.depth === 0).map(part => part.cid))
    return new Uint8Array(Buffer.concat(await Array.fromAsync(bytesOf(sourceOf(keeper, { size: file.size, key: file.key, leaves })))))
  }

  for (const size of [0, 1, LIMITS.chunkBytes - 1, LIMITS.chunkBytes, LIMITS.chunkBytes + 1, 3 * LIMITS.chunkBytes + 77]) {
    it(`of ${size} bytes keeps it sealed, whole and as it was`, async () => {
      const bytes = someBytes(size)
      const { file } = await alice.node.addMedia({ name: 'a file.bin', size, sha256: hexOf(bytes) }, inPieces(bytes, 70_001))
      assert.equal(file.size, size)
      assert.equal(file.name, 'a file.bin')
      assert.equal(file.sha256, hexOf(bytes))
      assert.deepEqual(await kept(file.id), bytes)
      const layout = mediaLayout(size)
      assert.equal(alice.core.store.blobs.usage.blocks, layout.chunks + (layout.chunks > 1 ? 1 : 0))
      if (size > 64) for await (const { cid } of alice.core.store.blobs.list()) assert.ok(!Buffer.from((await alice.core.store.blobs.get(cid))!).includes(Buffer.from(bytes.subarray(0, 32))))
    })
  }

  it('is the same file again, stored once and not even read, for who says its hash', async () => {
    const bytes = someBytes(2 * LIMITS.chunkBytes)
    const draft = { name: 'one.bin', size: bytes.length, sha256: hexOf(bytes) }
    const first = await alice.node.addMedia(draft, inPieces(bytes))
    const { blocks } = alice.core.store.blobs.usage
    let isRead = false
    const again = await alice.node.addMedia(draft, (async function * () {
      isRead = true
      yield bytes
    })())
    assert.equal(again.file.id, first.file.id)
    assert.equal(isRead, false)
    assert.equal(alice.core.store.blobs.usage.blocks, blocks)
  })

  it('is the same file again also for who does not say its hash', async () => {
    const bytes = someBytes(2 * LIMITS.chunkBytes)
    const first = await alice.node.addMedia({ size: bytes.length, sha256: hexOf(bytes) }, inPieces(bytes))
    const again = await alice.node.addMedia({ size: bytes.length }, inPieces(bytes))
    assert.equal(again.file.id, first.file.id)
  })

  it('under two names gives two ids of one stored file', async () => {
    const bytes = someBytes(1000)
    const one = await alice.node.addMedia({ name: 'one.txt', size: 1000, sha256: hexOf(bytes) }, inPieces(bytes))
    const two = await alice.node.addMedia({ name: 'two.txt', size: 1000, sha256: hexOf(bytes) }, inPieces(bytes))
    assert.notEqual(one.file.id, two.file.id)
    assert.deepEqual(parseMediaId(two.file.id).root, parseMediaId(one.file.id).root)
    assert.equal(two.file.name, 'two.txt')
    assert.equal(alice.core.store.blobs.usage.blocks, 1)
  })

  it('keeps of a name no path', async () => {
    const add = async (name: string): Promise<string | null> => (await alice.node.addMedia({ name, size: 1 }, inPieces(Uint8Array.of(1)))).file.name
    assert.equal(await add('/etc/passwd'), 'passwd')
    assert.equal(await add('..\\..\\boot.ini'), 'boot.ini')
    assert.equal(await add('dir/'), null)
    assert.ok(Buffer.byteLength((await add('ä'.repeat(128)))!) <= LIMITS.fileNameBytes)
  })

  it('that changes while it is read is refused, and can be sent by nobody', async () => {
    const before = someBytes(2 * LIMITS.chunkBytes + 5, 1)
    const after = someBytes(before.length, 2)
    const draft = { size: before.length, sha256: hexOf(before) }
    await assert.rejects(alice.node.addMedia(draft, inPieces(after)), ConflictError)
    await assert.rejects(alice.node.addMedia(draft, inPieces(before.subarray(0, -1))), ConflictError)
    await assert.rejects(alice.node.addMedia(draft, inPieces(someBytes(before.length + 1, 1))), ConflictError)
    assert.deepEqual(await Array.fromAsync(alice.core.media.table.files()), [])
    const { file } = await alice.node.addMedia(draft, inPieces(before))
    assert.deepEqual(await kept(file.id), before)
  })

  it('of another size than was said, of no hash, or too large, is refused', async () => {
    const bytes = someBytes(1000)
    await assert.rejects(alice.node.addMedia({ size: 999 }, inPieces(bytes)), BadInputError)
    await assert.rejects(alice.node.addMedia({ size: 1001 }, inPieces(bytes)), BadInputError)
    await assert.rejects(alice.node.addMedia({ size: 1000, sha256: 'xyz' }, inPieces(bytes)), BadInputError)
    await assert.rejects(alice.node.addMedia({ size: LIMITS.mediaFileBytes + 1 }, inPieces(bytes)), TooLargeError)
    assert.deepEqual(await Array.fromAsync(alice.core.media.table.files()), [])
  })

  it('that was broken off goes on without writing again what is there', async () => {
    const bytes = someBytes(24 * LIMITS.chunkBytes)
    const draft = { size: bytes.length, sha256: hexOf(bytes) }
    const abort = new AbortController()
    const { blobs } = alice.core.store
    const broken = async function * (): AsyncGenerator<Uint8Array> {
      for await (const piece of inPieces(bytes, LIMITS.chunkBytes)) {
        yield piece
        if (blobs.usage.blocks >= 16) abort.abort()
      }
    }
    await assert.rejects(alice.node.addMedia(draft, broken(), { signal: abort.signal }), AbortedError)
    const { blocks } = blobs.usage
    assert.ok(blocks >= 16 && blocks < 24, `${blocks} blocks`)
    const { file } = await alice.node.addMedia(draft, inPieces(bytes))
    assert.equal(blobs.usage.blocks, 25)
    assert.deepEqual(await kept(file.id), bytes)
  })

  it('on a full disk is a typed error; what was there before stays, and the file can be added once there is room', async () => {
    const small = someBytes(1000, 7)
    const before = await alice.node.addMedia({ size: 1000, sha256: hexOf(small) }, inPieces(small))
    const bytes = someBytes(20 * LIMITS.chunkBytes)
    const draft = { size: bytes.length, sha256: hexOf(bytes) }
    let writes = 0
    alice.disk.beforeWrite = async () => { if (++writes > 2) await Promise.reject(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })) }
    await assert.rejects(alice.node.addMedia(draft, inPieces(bytes)), ReadOnlyError)
    alice.disk.beforeWrite = async () => { await Promise.resolve() }
    await alice.crash()
    assert.deepEqual(await kept(before.file.id), small)
    const { file } = await alice.node.addMedia(draft, inPieces(bytes))
    assert.deepEqual(await kept(file.id), bytes)
  })

  it('a file that nobody added, or that was let go of, cannot be sent', async () => {
    await assert.rejects(alice.core.media.compose(['bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'], { kind: 'text', text: '' }), NotFoundError)
  })
})
