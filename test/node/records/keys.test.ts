import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { numberOf, RecordKeys } from '../../../src/node/records/index.js'
import { fill } from '../../protocol/wire/kit.js'

describe('the keys of a home\'s records', () => {
  const secret = fill(32, 1)
  const keys = new RecordKeys(secret)
  const tag = (kind: string, ...name: Uint8Array[]): Buffer => createHmac('sha256', secret).update(Buffer.concat([Buffer.from(`${kind}\0`), ...name])).digest().subarray(0, 16)

  it('are a letter and the platform\'s HMAC of the kind and the name, and end with the number in its order', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 40 }), fc.maxSafeInteger().map(Math.abs), (a, b, n) => {
      // The second time from memory.
      for (let times = 0; times < 2; times++) {
        assert.deepEqual(Buffer.from(keys.one('id', a, b)), Buffer.concat([Buffer.from('i'), tag('id', a, b)]))
        const number = Buffer.alloc(8)
        number.writeBigUInt64BE(BigInt(n))
        for (const name of [a, a.slice()]) assert.deepEqual(Buffer.from(keys.numbered('row', n, name)), Buffer.concat([Buffer.from('t'), tag('row', name), number]))
        assert.deepEqual(Buffer.from(keys.numbered('raw', n, a, b)), Buffer.concat([Buffer.from('l'), tag('raw', a, b), number]))
        assert.deepEqual(Buffer.from(keys.of('use', a, b)), Buffer.concat([Buffer.from('j'), tag('use', a), tag('use', a, b)]))
        assert.equal(numberOf(keys.numbered('row', n, a)), n)
      }
    }))
  })

  it('are the same however many others were made between', () => {
    const before = keys.one('vault', fill(3))
    for (let n = 0; n < 5000; n++) keys.one('id', fill(16, n), fill(2, n >> 8))
    assert.deepEqual(keys.one('vault', fill(3)), before)
  })
})
