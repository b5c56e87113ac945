/**
 * A relay that has a file and wants to know whether one of its accounts sent it. It has what it stores (blocks, their
 * sizes, who leases them) and the whole of the guessed file, and knows how Petrel works.
 */
import assert from 'node:assert/strict'
import { createHash, createHmac, hkdfSync } from 'node:crypto'
import { fileKey, mediaLayout, openChunk, sealChunk } from '../../src/protocol/crypto/index.js'
import { cidOf, CODEC, encodeIndex, LIMITS, sha256, TreeBuilder, type Block, type Cid } from '../../src/protocol/wire/index.js'
import { blobWorld, owner, uploadId, type BlobWorld } from '../relay/blobs/world.js'
import { key } from '../protocol/wire/kit.js'

const ANNA = owner('anna')
const SPY = owner('spy')

interface Sealed { root: Cid, size: number, leaves: Block[], blocks: Block[] }

/** A file's blob under a key. */
function sealed (bytes: Uint8Array, under: Uint8Array): Sealed {
  const layout = mediaLayout(bytes.length)
  const tree = new TreeBuilder()
  const nodes: Block[] = []
  const leaves = Array.from({ length: layout.chunks }, (_, i): Block => {
    const leaf = sealChunk(under, layout, i, bytes.subarray(i * LIMITS.chunkBytes, (i + 1) * LIMITS.chunkBytes))
    const block = { cid: cidOf(CODEC.raw, leaf), bytes: leaf }
    nodes.push(...tree.add(block.cid, leaf.length))
    return block
  })
  const { root, size, nodes: last } = tree.finish()
  return { root, size, leaves, blocks: [...leaves, ...nodes, ...last] }
}

/** Keys that somebody can make who has the file, the account's public keys and this page. */
function guessedKeys (file: Uint8Array): Uint8Array[] {
  const hash = sha256(file)
  const secrets = [new Uint8Array(32), new Uint8Array(32).fill(0xff), hash, key(10).key.subarray(2), sha256(key(10).key), sha256(Buffer.from('petrel/v1 file key')), Uint8Array.from(ANNA.length === 32 ? ANNA : sha256(ANNA))]
  return [
    hash, sha256(hash), new Uint8Array(32), ...secrets.map(secret => fileKey(secret, hash)),
    // Convergent encryption as others do it.
    ...['', 'petrel/v1 file key', 'petrel/v1 file key\0'].flatMap(label => [createHash('sha256').update(label).update(file).digest(), createHmac('sha256', hash).update(label).digest(), createHmac('sha256', label).update(file).digest(), Buffer.from(hkdfSync('sha256', file, '', label, 32))])
  ].map(bytes => Uint8Array.from(bytes))
}

describe('a relay that guesses a file', () => {
  const file = Uint8Array.from({ length: 2 * LIMITS.chunkBytes + 5000 }, (_, i) => (i * 7 + (i >> 8)) & 0xff)
  const annas = sealed(file, fileKey(Uint8Array.from({ length: 32 }, (_, i) => 200 - i), sha256(file)))
  let world: BlobWorld
  before(async () => {
    world = await blobWorld()
    const id = uploadId()
    await world.service.begin(ANNA, id, annas.size)
    await world.service.put(ANNA, id, annas.blocks)
    assert.deepEqual(await world.service.finish(ANNA, id, annas.root, annas.size), { missing: [] })
  })
  after(async () => { await world.close() })

  const isHere = async (blocks: readonly { cid: Cid }[]): Promise<boolean[]> => await world.service.hasBlocks(blocks.map(({ cid }) => cid))

  it('does not find it among what it stores: neither the file, nor a piece of it, nor a sealing under any key that can be made of it', async () => {
    assert.ok((await isHere(annas.blocks)).every(Boolean))
    const plain = [file, ...[0, 1, 2].map(i => file.subarray(i * LIMITS.chunkBytes, (i + 1) * LIMITS.chunkBytes)), ...[0, 1, 2].map(i => file.subarray(i * LIMITS.blobBytes, (i + 1) * LIMITS.blobBytes))]
    const links = plain.slice(1, 4).map(bytes => cidOf(CODEC.raw, bytes))
    const guesses = [...plain.map(bytes => ({ cid: cidOf(CODEC.raw, bytes) })), { cid: cidOf(CODEC.dagCbor, encodeIndex({ v: 1, size: annas.size, links })) }, ...guessedKeys(file).flatMap(guess => sealed(file, guess).blocks)]
    assert.ok(guesses.length > 80)
    for (const here of await isHere(guesses)) assert.equal(here, false)
  })

  it('does not open what it stores with any key that can be made of the file', () => {
    for (const guess of guessedKeys(file)) assert.throws(() => openChunk(guess, mediaLayout(file.length), 0, annas.leaves[0]!.bytes), { code: 'ERR_DECRYPT' })
  })

  it('learns nothing by sending the file itself: what it sends has nothing in common with what is there, and is stored beside it', async () => {
    const own = sealed(file, fileKey(new Uint8Array(32).fill(3), sha256(file)))
    assert.deepEqual((await isHere(own.blocks)).filter(Boolean), [])
    const id = uploadId()
    await world.service.begin(SPY, id, own.size)
    const { missing } = await world.service.finish(SPY, id, own.root, own.size)
    assert.deepEqual(missing, [own.root])
    const before = world.store.blobs.usage.blocks
    await world.service.put(SPY, id, own.blocks)
    assert.deepEqual(await world.service.finish(SPY, id, own.root, own.size), { missing: [] })
    assert.equal(world.store.blobs.usage.blocks, before + own.blocks.length)
    // Neither the bytes of two blobs of one file, nor their differences, show that it is one.
    const [a, b] = [annas.leaves[0]!.bytes, own.leaves[0]!.bytes]
    const equal = a.reduce((sum, byte, i) => sum + (byte === b[i] ? 1 : 0), 0)
    assert.ok(equal < a.length / 128, `${equal} of ${a.length} bytes are the same`)
  })

  it('does not know it by its size: files of many sizes have a blob of this one', () => {
    const sizes = Array.from({ length: 16_384 }, (_, i) => file.length - 8192 + i).filter(size => mediaLayout(size).sealedBytes === annas.size)
    assert.ok(sizes.length >= 8192, `${sizes.length} sizes look the same`)
    const large = 2700 * LIMITS.chunkBytes + 130_000
    assert.equal(new Set([0, 1, 100_000, -100_000].map(more => mediaLayout(large + more).sealedBytes)).size, 1)
  })
})
