import assert from 'node:assert/strict'
import { LIMITS } from '../../../../src/protocol/wire/index.js'
import { Reads } from '../../../../src/node/media/fetch/reads.js'
import { frameBuffers } from '../../../../src/relay/net/blob/frame-buffers.js'

describe('who reads a file that comes', () => {
  it('wants its next leaves in turns with the others', () => {
    const reads = new Reads(3)
    const one = reads.open(10, 100)
    reads.open(40, 41)
    assert.deepEqual(reads.next(), [10, 40, 11, 41, 12])
    reads.close(one)
    assert.deepEqual(reads.next(), [40, 41])
  })

  it('has the bytes for itself until it asks for the next ones, though they are on the disk', () => {
    const reads = new Reads(3)
    const [one, other] = [reads.open(0, 9), reads.open(0, 9)]
    const bytes = frameBuffers.take().subarray(0, LIMITS.blobBytes)
    reads.use(bytes)
    reads.hand(one, bytes)
    reads.hand(other, bytes)
    // More than are ever kept.
    const isFree = (): boolean => Array.from({ length: 40 }, () => frameBuffers.take()).some(part => part.buffer === bytes.buffer)
    reads.used(bytes)
    assert(!isFree())
    reads.handIn(one)
    reads.handIn(one)
    assert(!isFree())
    reads.close(other)
    assert(isFree())
  })
})
