import assert from 'node:assert/strict'
import { argon2id } from '@noble/hashes/argon2.js'
import { deriveKey, PASSWORD_COST } from '../../../src/protocol/crypto/index.js'
import { TEST_PASSWORD_COST } from '../../../src/protocol/crypto/password.js'
import { AbortedError, BadInputError } from '../../../src/protocol/wire/index.js'
import { hex } from './vectors.js'

const salt = new Uint8Array(16).fill(3)

describe('the key from a passphrase', () => {
  it('is Argon2id, as another implementation computes it', async () => {
    for (const cost of [TEST_PASSWORD_COST, { memoryKiB: 64, passes: 2, lanes: 2 }]) {
      const want = argon2id('pässword', salt, { m: cost.memoryKiB, t: cost.passes, p: cost.lanes, dkLen: 32 })
      assert.equal(hex(await deriveKey('pässword', salt, cost)), hex(want))
    }
  })

  it('does not depend on how an accent was typed', async () => {
    assert.deepEqual(await deriveKey('p\u00e4ss', salt, TEST_PASSWORD_COST), await deriveKey('pa\u0308ss', salt, TEST_PASSWORD_COST))
  })

  it('refuses an empty passphrase, a short salt and a cost that could stop the machine', async () => {
    await assert.rejects(deriveKey('', salt, TEST_PASSWORD_COST), BadInputError)
    await assert.rejects(deriveKey('x'.repeat(2000), salt, TEST_PASSWORD_COST), BadInputError)
    await assert.rejects(deriveKey('x', salt.subarray(1), TEST_PASSWORD_COST), BadInputError)
    for (const cost of [{ memoryKiB: 2 ** 31 }, { memoryKiB: 7 }, { passes: 0 }, { passes: 1e9 }, { lanes: 255 }, { memoryKiB: NaN }]) {
      await assert.rejects(deriveKey('x', salt, { ...PASSWORD_COST, ...cost }), BadInputError)
    }
  })

  it('hears its signal', async () => {
    await assert.rejects(deriveKey('x', salt, TEST_PASSWORD_COST, { signal: AbortSignal.abort() }), AbortedError)
  })
})
