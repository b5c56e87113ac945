import assert from 'node:assert/strict'
import fc from 'fast-check'
import { applied, difference } from '../../../src/node/chats/difference.js'
import { PetrelError } from '../../../src/protocol/wire/index.js'

describe('a difference of bytes', () => {
  const some = fc.uint8Array({ maxLength: 3000 })
  /** Some changes: at a place so much goes, and this comes. */
  const changes = fc.array(fc.record({ at: fc.nat(3000), goes: fc.nat(200), comes: fc.uint8Array({ maxLength: 200 }) }), { maxLength: 5 })

  it('makes the one of the other, whatever changed, and takes little more than what is new', () => {
    fc.assert(fc.property(fc.oneof(some, fc.uint8Array({ maxLength: 3000, max: 1 })), changes, (before, edits) => {
      const after = edits.reduce((bytes, { at, goes, comes }) => new Uint8Array(Buffer.concat([bytes.subarray(0, at), comes, bytes.subarray(at + goes)])), before)
      const diff = difference(before, after)
      assert.deepEqual(applied(before, diff, after.length), after)
      const fresh = edits.reduce((sum, { comes }) => sum + comes.length, 0)
      assert.ok(diff.length <= fresh + (edits.length + 1) * 100 + (before.length < 64 ? before.length : 0), `${diff.length} for ${fresh}`)
    }), { numRuns: 200 })
  })

  it('that is none is refused, and none makes more than it may', () => {
    fc.assert(fc.property(some, fc.uint8Array({ maxLength: 60 }), (before, diff) => {
      try {
        assert.ok(applied(before, diff, 1000).length <= 1000)
      } catch (error) {
        assert.ok(error instanceof PetrelError, String(error))
      }
    }), { numRuns: 300 })
    const diff = difference(new Uint8Array(), new Uint8Array(500))
    assert.throws(() => applied(new Uint8Array(), diff, 499), PetrelError)
    assert.throws(() => applied(new Uint8Array(), diff.slice(0, -1), 1000), PetrelError)
  })
})
