/** Files in chunks: both ciphers, the layout, the key, and everything that must not open. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { chunkOf, chunksOf, fileKey, mediaLayout, nobleChunkCipher, nodeChunkCipher, openChunk, sealChunk, type ChunkCipher } from '../../../src/protocol/crypto/index.js'
import { padmeLength } from '../../../src/protocol/crypto/padme.js'
import { LIMITS, treeForm } from '../../../src/protocol/wire/index.js'
import { refuses } from '../wire/kit.js'
import { hex } from './vectors.js'

const FULL = LIMITS.chunkBytes
const key = new Uint8Array(32).fill(1)
const ciphers: Array<[string, ChunkCipher]> = [['node:crypto', nodeChunkCipher], ['@noble/ciphers', nobleChunkCipher]]

/** `length` bytes that tell where they stood. */
const text = (length: number, from = 0): Uint8Array => Uint8Array.from({ length }, (_, i) => ((from + i) * 31 + ((from + i) >> 9)) & 0xff)

describe('a file\'s key', () => {
  const secret = new Uint8Array(32).fill(7)
  const hash = new Uint8Array(32).fill(9)

  it('is one HKDF-Expand of the account\'s media secret with the label and the plaintext\'s hash', () => {
    // RFC 5869: T(1) = HMAC(PRK, info ‖ 0x01).
    assert.equal(hex(fileKey(secret, hash)), createHmac('sha256', secret).update('petrel/v1 file key\0').update(hash).update(Uint8Array.of(1)).digest('hex'))
  })

  it('is another one for each account and each file', () => {
    const keys = [fileKey(secret, hash), fileKey(hash, secret), fileKey(secret, secret), fileKey(hash, hash)]
    assert.equal(new Set(keys.map(hex)).size, 4)
    for (const bad of [new Uint8Array(31), new Uint8Array(0), new Uint8Array(64)]) {
      refuses(() => fileKey(bad, hash), 'ERR_BAD_INPUT')
      refuses(() => fileKey(secret, bad), 'ERR_BAD_INPUT')
    }
  })
})

describe('how a file lies in chunks', () => {
  const sizes = fc.oneof(fc.constantFrom(0, 1, 2, FULL - 1, FULL, FULL + 1, 2 * FULL, 32 * FULL - 1, 32 * FULL, 32 * FULL + 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32), fc.integer({ min: 0, max: 40 * FULL }), fc.integer({ min: 0, max: 2 ** 32 }))

  it('is full chunks and a last one, whose leaves are exactly those of a blob of the sealed size', () => {
    fc.assert(fc.property(sizes, size => {
      const layout = mediaLayout(size)
      const last = chunkOf(layout, layout.chunks - 1)
      assert.equal(last.start + last.length, size)
      assert.ok(last.last && last.padded >= last.length && last.padded <= FULL)
      assert.equal(layout.sealedBytes, (layout.chunks - 1) * LIMITS.blobBytes + last.padded + 16)
      assert.equal(treeForm(layout.sealedBytes).leaves, layout.chunks)
      if (layout.chunks > 1) assert.deepEqual(chunkOf(layout, layout.chunks - 2), { index: layout.chunks - 2, start: (layout.chunks - 2) * FULL, length: FULL, padded: FULL, last: false })
    }))
  })

  it('does not tell a file\'s exact size: the last chunk is padded, of small files as Padmé says, of large ones to a full one', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 40 * FULL }), size => {
      const layout = mediaLayout(size)
      const plain = layout.sealedBytes - 16 * layout.chunks
      assert.equal(plain, Math.min(layout.chunks * FULL, padmeLength(size)))
      assert.equal(mediaLayout(plain).sealedBytes, layout.sealedBytes)
    }))
    assert.equal(new Set(Array.from({ length: 1000 }, (_, i) => mediaLayout(100_353 + i).sealedBytes)).size, 1)
    assert.equal(mediaLayout(8 * 1024 * 1024 + 1).sealedBytes, 33 * LIMITS.blobBytes)
  })

  it('says which chunks a range touches, and refuses one that is not in the file', () => {
    const layout = mediaLayout(3 * FULL + 5)
    for (const [start, end, first, last] of [[0, 0, 0, 0], [0, 1, 0, 0], [0, FULL, 0, 0], [FULL - 1, FULL + 1, 0, 1], [FULL, 2 * FULL, 1, 1], [0, 3 * FULL + 5, 0, 3], [3 * FULL + 5, 3 * FULL + 5, 3, 3]] as const) {
      assert.deepEqual(chunksOf(layout, start, end), { first, last }, `${start} to ${end}`)
    }
    assert.deepEqual(chunksOf(mediaLayout(FULL), FULL, FULL), { first: 0, last: 0 })
    for (const [start, end] of [[-1, 1], [2, 1], [0, 3 * FULL + 6], [0.5, 1], [0, Number.NaN]] as const) refuses(() => chunksOf(layout, start, end), 'ERR_BAD_INPUT')
    for (const index of [-1, 4, 0.5]) refuses(() => chunkOf(layout, index), 'ERR_BAD_INPUT')
  })

  it('ends at 4 GiB', () => {
    assert.equal(mediaLayout(LIMITS.mediaFileBytes).sealedBytes, LIMITS.blobTreeBytes)
    refuses(() => mediaLayout(LIMITS.mediaFileBytes + 1), 'ERR_TOO_LARGE')
    for (const size of [-1, 0.5, Number.NaN, 2 ** 60]) refuses(() => mediaLayout(size), 'ERR_BAD_INPUT')
  })
})

const size = 2 * FULL + 70_001
const layout = mediaLayout(size)
const part = (index: number): Uint8Array => text(chunkOf(layout, index).length, index * FULL)

for (const [name, cipher] of ciphers) {
  describe(`a file's chunks, by ${name}`, () => {
    const other = cipher === nodeChunkCipher ? nobleChunkCipher : nodeChunkCipher
    const sealed = [0, 1, 2].map(i => sealChunk(key, layout, i, part(i), cipher))

    it('are the other cipher\'s, byte for byte, and open each alone', () => {
      sealed.forEach((bytes, i) => {
        assert.ok(Buffer.from(bytes).equals(sealChunk(key, layout, i, part(i), other)))
        assert.ok(Buffer.from(openChunk(key, layout, i, bytes, other)).equals(part(i)))
      })
      assert.equal(openChunk(key, mediaLayout(0), 0, sealChunk(key, mediaLayout(0), 0, new Uint8Array(0), cipher), cipher).length, 0)
    })

    it('do not open in another place, under another key, or in another file', () => {
      for (let at = 0; at < 3; at++) {
        for (let i = 0; i < 3; i++) if (at !== i) refuses(() => openChunk(key, layout, at, sealed[i]!, cipher), 'ERR_DECRYPT')
        refuses(() => openChunk(key.with(0, 9), layout, at, sealed[at]!, cipher), 'ERR_DECRYPT', /does not open/)
      }
      const twin = sealChunk(key.with(5, 9), layout, 1, part(1), cipher)
      refuses(() => openChunk(key, layout, 1, twin, cipher), 'ERR_DECRYPT')
    })

    it('do not open when the file was cut after a chunk, or goes on after its last', () => {
      // Cut: the second chunk, which says that others follow, in the place of a file's last.
      refuses(() => openChunk(key, mediaLayout(2 * FULL), 1, sealed[1]!, cipher), 'ERR_DECRYPT')
      // Goes on: a full last chunk in the place of one that others follow.
      const full = sealChunk(key, mediaLayout(2 * FULL), 1, part(1), cipher)
      refuses(() => openChunk(key, layout, 1, full, cipher), 'ERR_DECRYPT')
      assert.doesNotThrow(() => openChunk(key, mediaLayout(2 * FULL), 1, full, cipher))
    })

    it('do not open with a byte altered, missing or more', () => {
      const last = sealed[2]!
      for (const at of [0, 1, 70_000, last.length - 17, last.length - 16, last.length - 1]) refuses(() => openChunk(key, layout, 2, last.with(at, last[at]! ^ 1), cipher), 'ERR_DECRYPT')
      for (const bytes of [last.subarray(1), last.subarray(0, -1), new Uint8Array([...last, 0]), new Uint8Array(0), new Uint8Array(16), last.subarray(0, 16)]) refuses(() => openChunk(key, layout, 2, bytes, cipher), 'ERR_DECRYPT', /not \d+/)
    })

    it('are refused under a size that is not the file\'s, though the padding hides the difference', () => {
      const longer = mediaLayout(size - 1)
      assert.equal(longer.sealedBytes, layout.sealedBytes)
      refuses(() => openChunk(key, longer, 2, sealed[2]!, cipher), 'ERR_DECRYPT', /other than zeros/)
    })

    it('take no key, number or length that no file has', () => {
      refuses(() => cipher.seal(new Uint8Array(31), 0, true, part(0)), 'ERR_BAD_INPUT')
      refuses(() => cipher.open(new Uint8Array(33), 0, true, sealed[0]!), 'ERR_BAD_INPUT')
      for (const index of [-1, 0.5, 16_384, 2 ** 40]) {
        refuses(() => cipher.seal(key, index, false, part(0)), 'ERR_BAD_INPUT')
        refuses(() => cipher.open(key, index, false, sealed[0]!), 'ERR_BAD_INPUT')
      }
      refuses(() => cipher.seal(key, 0, false, part(0).subarray(1)), 'ERR_BAD_INPUT', /not the last/)
      refuses(() => cipher.seal(key, 1, true, new Uint8Array(0)), 'ERR_BAD_INPUT')
      refuses(() => cipher.seal(key, 1, true, new Uint8Array(FULL + 1)), 'ERR_BAD_INPUT')
      refuses(() => cipher.open(key, 1, true, new Uint8Array(16)), 'ERR_DECRYPT')
      refuses(() => sealChunk(key, layout, 2, part(1), cipher), 'ERR_BAD_INPUT', /70001 bytes/)
    })
  })
}
