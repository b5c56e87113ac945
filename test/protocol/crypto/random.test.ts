import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { newInboxKey, newPhrase, systemRandom } from '../../../src/protocol/crypto/index.js'
import { newXwingKey } from '../../../src/protocol/crypto/pq.js'
import { BadInputError } from '../../../src/protocol/wire/index.js'
import { hex } from './vectors.js'

describe('the system\'s randomness', () => {
  it('never gives the same bytes twice, nor zeros, however often its pool is refilled', () => {
    const seen = new Set<string>()
    for (let i = 0; i < 3000; i++) {
      const bytes = systemRandom(i % 2 === 0 ? 24 : 16)
      assert.ok(bytes.some(byte => byte !== 0))
      seen.add(hex(bytes))
    }
    assert.equal(seen.size, 3000)
  })

  it('gives bytes of their own: writing into them changes no later ones', () => {
    const first = systemRandom(24)
    assert.equal(first.byteOffset, 0)
    assert.equal(first.buffer.byteLength, 24)
    assert.deepEqual(systemRandom(0), new Uint8Array())
    assert.equal(systemRandom(70_000).length, 70_000)
  })

  it('refuses a length that is none, and gives good bytes after that', () => {
    for (const length of [-1, -24, 0.5, NaN, Infinity, 2 ** 53]) assert.throws(() => systemRandom(length), BadInputError)
    const after = Array.from({ length: 400 }, () => systemRandom(24))
    assert.ok(after.every(bytes => bytes.length === 24 && bytes.some(byte => byte !== 0)))
    assert.equal(new Set(after.map(hex)).size, 400)
  })

  it('holds no key before it is asked for: only nonces and ids come from the pool', () => {
    // The pool shows only in how often the system is asked: a fresh process counts that.
    const script = `
      import { createRequire, syncBuiltinESMExports } from 'node:module'
      const crypto = createRequire(import.meta.url)('node:crypto')
      const fill = crypto.randomFillSync
      const asked = []
      crypto.randomFillSync = into => { asked.push(into.length); return fill(into) }
      syncBuiltinESMExports()
      const { systemRandom } = await import(${JSON.stringify(new URL('../../../src/protocol/crypto/random.ts', import.meta.url).href)})
      for (let i = 0; i < 3; i++) { systemRandom(16); systemRandom(24); systemRandom(32) }
      console.log(JSON.stringify(asked))`
    const out = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { encoding: 'utf8' })
    assert.deepEqual(JSON.parse(out), [8192, 32, 32, 32])
  })
})

describe('what keys are made from', () => {
  it('is wiped once the key is made', async () => {
    const drawn: Uint8Array[] = []
    const watched = (length: number): Uint8Array => {
      const bytes = systemRandom(length)
      drawn.push(bytes)
      return bytes
    }
    newPhrase(watched)
    await newXwingKey(watched)
    await newInboxKey(watched)
    assert.equal(drawn.length, 3)
    for (const bytes of drawn) assert.ok(bytes.every(byte => byte === 0))
  })
})
