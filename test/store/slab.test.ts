import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Slab } from '../../src/store/log/slab.js'

describe('memory that records share', () => {
  it('gives out nothing twice, nor the room before it', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 12_000 }), fc.constantFrom(0, 4)), { maxLength: 60 }), wishes => {
      const slab = new Slab()
      const given = wishes.map(([length, room], i) => {
        const bytes = slab.take(length, room)
        assert.equal(bytes.length, length)
        const whole = new Uint8Array(bytes.buffer, bytes.byteOffset - room, room + length)
        assert.ok(whole.every(byte => byte === 0), 'used before')
        return whole.fill(i + 1)
      })
      for (const [i, whole] of given.entries()) assert.ok(whole.every(byte => byte === i + 1), 'used since')
    }), { numRuns: 50 })
  })
})
