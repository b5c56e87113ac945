import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { eraserSecret } from '../../../src/protocol/crypto/index.js'

describe('eraser secrets', () => {
  const [seed, log, id] = [new Uint8Array(32).fill(1), new Uint8Array(34).fill(2), new Uint8Array(16).fill(3)]

  it('are one HKDF-Expand of the seed, with label, log and id', () => {
    for (const of of ['author', 'owner'] as const) {
      // RFC 5869: T(1) = HMAC(PRK, info ‖ 0x01).
      const want = createHmac('sha256', seed).update(`petrel/v1 ${of} eraser\0`).update(log).update(id).update(Uint8Array.of(1)).digest('hex')
      assert.equal(Buffer.from(eraserSecret(of, seed, log, id)).toString('hex'), want)
    }
  })

  it('differ by who, log and entry, and take no seed of another length', () => {
    const all = [eraserSecret('author', seed, log, id), eraserSecret('owner', seed, log, id), eraserSecret('author', seed, id, id), eraserSecret('author', seed, log, new Uint8Array(16))]
    assert.equal(new Set(all.map(s => Buffer.from(s).toString('hex'))).size, all.length)
    assert.throws(() => eraserSecret('author', new Uint8Array(31), log, id), { code: 'ERR_BAD_INPUT' })
  })
})
