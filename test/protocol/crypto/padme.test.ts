import assert from 'node:assert/strict'
import fc from 'fast-check'
import { pad, padmeLength, unpad } from '../../../src/protocol/crypto/padme.js'
import { BadInputError } from '../../../src/protocol/wire/index.js'
import { vectors } from './vectors.js'

describe('Padmé padding', () => {
  it('gives the lengths of the vectors', () => {
    for (const [length, padded] of vectors<[number, number]>('padme')) assert.equal(padmeLength(length), padded)
  })

  it('never costs more than 12%, never shrinks, and is the same for a padded length', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 2 ** 30 }), length => {
      const padded = padmeLength(length)
      assert.ok(padded >= length && padded <= length * 1.12 + 1)
      assert.equal(padmeLength(padded), padded)
    }))
  })

  it('gives back what was padded', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 3000 }), bytes => { assert.deepEqual(unpad(pad(bytes)), bytes) }))
  })

  it('refuses anything but zeros, another length, and a length that lies', () => {
    const padded = pad(new Uint8Array(9))
    assert.equal(padded.length, 14)
    for (const bad of [padded.with(13, 1), padded.subarray(0, 13), new Uint8Array(3), padded.with(0, 0xff), padded.with(3, 14), new Uint8Array(0)]) {
      assert.throws(() => unpad(bad), BadInputError)
    }
  })
})
