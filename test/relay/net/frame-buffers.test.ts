import assert from 'node:assert/strict'
import { LIMITS } from '../../../src/protocol/wire/index.js'
import { frameBuffers, releaseBlock } from '../../../src/relay/net/blob/frame-buffers.js'
import { FrameReader } from '../../../src/relay/net/frame-reader.js'

/** A frame of `size` bytes with its length before it, in two pieces, and what the reader gives out. */
function read (size: number, fill: number): Uint8Array {
  const bytes = Uint8Array.from([(size & 0x7f) | 0x80, ((size >> 7) & 0x7f) | 0x80, size >> 14, ...new Uint8Array(size).fill(fill)])
  let frame: Uint8Array | undefined
  const reader = new FrameReader(LIMITS.blobFrameBytes, frameBuffers)
  for (const piece of [bytes.subarray(0, size - 1), bytes.subarray(size - 1)]) reader.read(piece, whole => { frame = whole; return true })
  assert(frame !== undefined)
  return frame
}

describe('memory for frames with blocks', () => {
  it('is used again once the block in it is let go, and not before', () => {
    const first = read(200_000, 1)
    const second = read(200_000, 2)
    assert.notEqual(second.buffer, first.buffer)
    releaseBlock(first.subarray(100, 150_000))
    const third = read(LIMITS.blobFrameBytes, 3)
    assert.equal(third.buffer, first.buffer)
    assert(third.length === LIMITS.blobFrameBytes && third.every(byte => byte === 3))
    assert(second.every(byte => byte === 2))
  })

  it('is taken back once, and nothing that is not of it', () => {
    const frame = read(200_000, 1)
    releaseBlock(frame)
    releaseBlock(frame)
    releaseBlock(new Uint8Array(LIMITS.blobFrameBytes))
    const [second, third] = [read(200_000, 2), read(200_000, 3)]
    assert.notEqual(second.buffer, third.buffer)
    assert(second.every(byte => byte === 2))
  })

  it('is not taken for small frames, nor for one of which little has come', () => {
    const small = read(60_000, 1)
    releaseBlock(small)
    assert.notEqual(read(60_000, 2).buffer, small.buffer)
  })
})
