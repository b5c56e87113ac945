/**
 * Files and blobs as vectors: made and read by both ciphers of the project, and by the second implementation in
 * reference/, which was written from CRYPTO.md, KEYS.md and WIRE.md and has a cipher of its own.
 */
import assert from 'node:assert/strict'
import { fileKey, mediaLayout, nobleChunkCipher, nodeChunkCipher, openChunk, sealChunk, type ChunkCipher } from '../../src/protocol/crypto/index.js'
import { blobRoot, cidOf, CODEC, LIMITS, openIndex, requireLeaf, sha256, TreeBuilder, type Block, type BlobPart, type Cid } from '../../src/protocol/wire/index.js'
import { open, seal } from './reference/chacha.js'
import * as reference from './reference/media.js'
import { readJson, type MediaVectors } from './vectors.js'

const { files, trees } = readJson('media') as unknown as MediaVectors
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const ciphers: Array<[string, ChunkCipher]> = [['node:crypto', nodeChunkCipher], ['@noble/ciphers', nobleChunkCipher]]

/** A file's blob as the project makes it. */
function blobOf (key: Uint8Array, file: Uint8Array, cipher: ChunkCipher): { root: Cid, size: number, leaves: Block[], nodes: Block[] } {
  const layout = mediaLayout(file.length)
  const tree = new TreeBuilder()
  const nodes: Block[] = []
  const leaves = Array.from({ length: layout.chunks }, (_, i): Block => {
    const bytes = sealChunk(key, layout, i, file.subarray(i * LIMITS.chunkBytes, (i + 1) * LIMITS.chunkBytes), cipher)
    const block = { cid: cidOf(CODEC.raw, bytes), bytes }
    nodes.push(...tree.add(block.cid, bytes.length))
    return block
  })
  const { root, size, nodes: last } = tree.finish()
  return { root, size, leaves, nodes: [...nodes, ...last] }
}

/** A file from its blob as the project reads it. */
function fileOf (root: Cid, key: Uint8Array, size: number, blocks: Map<string, Uint8Array>, cipher: ChunkCipher): Uint8Array {
  const layout = mediaLayout(size)
  const leaves = (part: BlobPart): BlobPart[] => part.depth === 0 ? [part] : openIndex(part, blocks.get(hex(part.cid))!).flatMap(leaves)
  return Buffer.concat(leaves(blobRoot(root, layout.sealedBytes)).map((leaf, i) => {
    assert.equal(leaf.first, i)
    requireLeaf(leaf, blocks.get(hex(leaf.cid))!)
    return openChunk(key, layout, i, blocks.get(hex(leaf.cid))!, cipher)
  }))
}

describe('the vectors of files', () => {
  for (const [name, cipher] of ciphers) {
    it(`are made and read so with ${name}`, () => {
      for (const { size, sha256: hash, secret, key, root, blob, chunks, nodes } of files) {
        const file = reference.plaintextOf(size)
        assert.equal(hex(sha256(file)), hex(hash))
        assert.equal(hex(fileKey(secret, hash)), hex(key))
        const made = blobOf(key, file, cipher)
        assert.deepEqual([hex(made.root), made.size, mediaLayout(size).sealedBytes], [hex(root), blob, blob], `${size} bytes`)
        assert.deepEqual(made.leaves.map(leaf => [hex(leaf.cid), leaf.bytes.length, hex(leaf.bytes.slice(-16))]), chunks.map(chunk => [hex(chunk.cid), chunk.length, hex(chunk.tag)]))
        for (const [i, { bytes }] of chunks.entries()) if (bytes !== undefined) assert.equal(hex(made.leaves[i]!.bytes), hex(bytes))
        assert.deepEqual(made.nodes.map(node => hex(node.bytes)), nodes.map(hex))
        const blocks = new Map([...made.leaves, ...made.nodes].map(block => [hex(block.cid), block.bytes]))
        assert.ok(Buffer.from(fileOf(root, key, size, blocks, cipher)).equals(file))
      }
    })
  }

  it('are read by the reference decoder from what the project sealed, and nothing else is', () => {
    for (const { size, sha256: hash, key, root } of files) {
      const file = reference.plaintextOf(size)
      const made = blobOf(key, file, nodeChunkCipher)
      const blocks = new Map([...made.leaves, ...made.nodes].map(block => [hex(block.cid), block.bytes]))
      const opened = (change: object, from = blocks): Uint8Array => reference.openFile({ root, key, size, sha256: hash, ...change }, cid => from.get(hex(cid))!)
      assert.ok(Buffer.from(opened({})).equals(file), `${size} bytes`)
      assert.throws(() => opened({ key: key.with(0, key[0]! ^ 1) }))
      assert.throws(() => opened({ sha256: hash.with(0, hash[0]! ^ 1) }))
      assert.throws(() => opened({ size: size + 1 }))
      for (const { cid, bytes } of made.leaves) assert.throws(() => opened({}, new Map([...blocks, [hex(cid), bytes.with(0, bytes[0]! ^ 1)]])))
    }
  })

  it('come out of the second implementation as they stand', () => { assert.deepEqual(reference.mediaVectors(), readJson('media')) })
})

describe('the vectors of trees', () => {
  it('are built so', () => {
    for (const { leaves, last, size, root, nodes } of trees) {
      const tree = new TreeBuilder()
      const built: Block[] = []
      for (let i = 0; i < leaves; i++) built.push(...tree.add(reference.leafOf(i), i === leaves - 1 ? last : LIMITS.blobBytes))
      const end = tree.finish()
      built.push(...end.nodes)
      assert.deepEqual([hex(end.root), end.size], [hex(root), size], `${leaves} leaves`)
      assert.deepEqual(built.map(node => hex(node.cid)), nodes.map(hex))
    }
  })
})

describe('the reference cipher', () => {
  it('gives what RFC 8439 section 2.8.2 prints', () => {
    const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
    const [key, nonce, aad] = [Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i), bytes('070000004041424344454647'), bytes('50515253c0c1c2c3c4c5c6c7')]
    const plaintext = Buffer.from('Ladies and Gentlemen of the class of \'99: If I could offer you only one tip for the future, sunscreen would be it.')
    const sealed = seal(key, nonce, plaintext, aad)
    assert.equal(hex(sealed.subarray(0, 16)), 'd31a8d34648e60db7b86afbc53ef7ec2')
    assert.equal(hex(sealed.subarray(-16)), '1ae10b594f09e26a7e902ecbd0600691')
    assert.deepEqual(open(key, nonce, sealed, aad), Uint8Array.from(plaintext))
  })
})
