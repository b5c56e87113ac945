import assert from 'node:assert/strict'
import { safetyNumber } from '../../../src/protocol/crypto/index.js'
import { isSafetyNumber } from '../../../src/protocol/crypto/fingerprint.js'
import { BadInputError, signerFromSeed } from '../../../src/protocol/wire/index.js'
import { unhex, vectors } from './vectors.js'

describe('the safety number', () => {
  it('is that of the vectors, in either order: 60 digits in groups of five', () => {
    for (const v of vectors<{ a: string, b: string, digits: string }>('safety-number')) {
      assert.match(v.digits, /^(?:\d{5} ){11}\d{5}$/u)
      assert.equal(safetyNumber(unhex(v.a), unhex(v.b)), v.digits)
      assert.equal(safetyNumber(unhex(v.b), unhex(v.a)), v.digits)
    }
  })

  it('is recognised as people type it, and no other is', () => {
    const [v] = vectors<{ a: string, b: string, digits: string }>('safety-number')
    const [a, b] = [unhex(v!.a), unhex(v!.b)]
    assert.ok(isSafetyNumber(v!.digits.replaceAll(' ', '-'), a, b))
    assert.ok(isSafetyNumber(` ${v!.digits.replaceAll(' ', '')}\n`, b, a))
    assert.ok(!isSafetyNumber(v!.digits.slice(1), a, b))
    assert.ok(!isSafetyNumber('', a, b))
    assert.ok(!isSafetyNumber(v!.digits, a, signerFromSeed(new Uint8Array(32).fill(9)).key))
  })

  it('is between two accounts', () => {
    const { key } = signerFromSeed(new Uint8Array(32))
    assert.throws(() => safetyNumber(key, key), BadInputError)
    assert.throws(() => safetyNumber(key, new Uint8Array(34)), BadInputError)
  })
})
