import assert from 'node:assert/strict'
import fc from 'fast-check'
import { peerIdFromPublicKey } from '@libp2p/peer-id'
import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import {
  base32Text, bytesName, ed25519Key, errorFromCode, fromBase32Text, keyFromPeerId, LABELS, labelBytes, labelledHash, PetrelError, peerIdText, rawEd25519, rawSha256, rawX25519, RateLimitError,
  QuotaError, sameBytes, sha256, sha256Multihash, toPetrelError, verifySignature, x25519Key
} from '../../../src/protocol/wire/index.js'
import { fill, flipped, hex, key, refuses } from './kit.js'

describe('ids', () => {
  it('show an Ed25519 key as the PeerId that libp2p shows', () => {
    for (let n = 0; n < 5; n++) assert.equal(peerIdText(key(n).key), peerIdFromPublicKey(publicKeyFromRaw(rawEd25519(key(n).key))).toString())
  })

  it('read a PeerId back, and no other spelling of it', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), raw => {
      const text = peerIdText(ed25519Key(raw))
      assert.deepEqual(keyFromPeerId(text), ed25519Key(raw))
      for (const other of [` ${text}`, `${text} `, `1${text}`, text.toLowerCase(), `${text}\n`, text.slice(1)]) refuses(() => keyFromPeerId(other), 'ERR_BAD_INPUT')
    }))
  })

  it('take no text for a PeerId that does not come out the same', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 80 }), fc.string({ unit: fc.constantFrom('1', '2', 'D', 'K', 'W', 'z', 'é', ' ', '0', 'l'), minLength: 40, maxLength: 60 })), text => {
      try {
        assert.equal(peerIdText(keyFromPeerId(text)), text)
      } catch (error) {
        assert.ok(error instanceof PetrelError)
      }
    }))
  })

  it('refuse a very long text for a PeerId unread: decoding takes the square of its length', () => {
    refuses(() => keyFromPeerId('z'.repeat(5_000_000)), 'ERR_BAD_INPUT')
  })

  it('refuse the PeerId of another kind of key', () => {
    refuses(() => keyFromPeerId('QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N'), 'ERR_BAD_INPUT', /Ed25519/)
  })

  it('are the keys of maps by a text of their own, short ones and long ones', () => {
    const all = Uint8Array.from({ length: 300 }, (_, i) => i)
    for (const length of [0, 1, 16, 34, 64, 65, 256]) assert.equal(bytesName(all.subarray(3, 3 + length)), Buffer.from(all.subarray(3, 3 + length)).toString('latin1'))
  })

  it('are base32 text that starts with b, in one spelling', () => {
    assert.equal(base32Text(Uint8Array.of(0, 1, 2)), 'baaaqe')
    assert.deepEqual(fromBase32Text('baaaqe', 3), Uint8Array.of(0, 1, 2))
    for (const text of ['baaaqf', 'baaaq', 'BAAAQE', 'aaaqe', 'baaaqe=', 'b', '']) refuses(() => fromBase32Text(text, 3), 'ERR_BAD_INPUT')
    refuses(() => fromBase32Text('baaaqe', 4), 'ERR_BAD_INPUT', /expected 4 bytes/)
  })

  it('carry the tag of their algorithm, and no other is taken', () => {
    const raw = fill(32)
    assert.equal(hex(ed25519Key(raw).subarray(0, 2)), 'ed01')
    assert.equal(hex(x25519Key(raw).subarray(0, 2)), 'ec01')
    assert.equal(hex(sha256Multihash(raw).subarray(0, 2)), '1220')
    refuses(() => rawEd25519(x25519Key(raw)), 'ERR_BAD_INPUT')
    refuses(() => rawX25519(ed25519Key(raw)), 'ERR_BAD_INPUT')
    refuses(() => rawSha256(ed25519Key(raw)), 'ERR_BAD_INPUT')
    refuses(() => ed25519Key(fill(31)), 'ERR_BAD_INPUT', /32 bytes/)
    refuses(() => peerIdText(fill(33)), 'ERR_BAD_INPUT')
  })

  it('are equal when their bytes are', () => {
    assert.equal(sameBytes(fill(3), fill(3)), true)
    assert.equal(sameBytes(fill(3), fill(4)), false)
    assert.equal(sameBytes(fill(3), fill(3, 1)), false)
  })
})

describe('labels', () => {
  const all = Object.values(LABELS)

  it('are all different, and none is the start of another once written', () => {
    assert.equal(new Set(all).size, all.length)
    for (const a of all) for (const b of all) if (a !== b) assert.notEqual(hex(labelBytes(b)).startsWith(hex(labelBytes(a))), true)
  })

  it('name the version and hold no zero byte', () => { for (const label of all) assert.match(label, /^petrel\/v1 [a-z ]+$/) })

  it('keep a hash or a signature for one purpose from serving another', () => {
    const bytes = fill(40)
    assert.equal(hex(labelledHash(LABELS.chain, bytes)), hex(sha256(labelBytes(LABELS.chain), bytes)))
    assert.equal(new Set(all.map(label => hex(labelledHash(label, bytes)))).size, all.length)
    const signature = key(1).sign(LABELS.manifest, bytes)
    for (const label of all) assert.equal(verifySignature(key(1).key, label, bytes, signature), label === LABELS.manifest)
  })
})

describe('signatures', () => {
  it('do not hold for other bytes, another key, another length or a key of another kind, and nothing throws', () => {
    const bytes = fill(40)
    const signature = key(1).sign(LABELS.manifest, bytes)
    const holds = (k: Uint8Array, b: Uint8Array, s: Uint8Array): boolean => verifySignature(k, LABELS.manifest, b, s)
    assert.equal(holds(key(1).key, bytes, signature), true)
    assert.equal(holds(key(2).key, bytes, signature), false)
    assert.equal(holds(key(1).key, flipped(bytes, 0), signature), false)
    assert.equal(holds(key(1).key, bytes, signature.subarray(1)), false)
    assert.equal(holds(x25519Key(fill(32)), bytes, signature), false)
    for (let i = 0; i < 64; i++) assert.equal(holds(key(1).key, bytes, flipped(signature, i)), false)
  })
})

describe('errors', () => {
  it('come back from the wire as the class of their code, with its facts', () => {
    const error = errorFromCode('ERR_RATE', 'too often', { retryMs: 5 })
    assert.ok(error instanceof RateLimitError)
    assert.deepEqual([error.code, error.message, error.details, error.name], ['ERR_RATE', 'too often', { retryMs: 5 }, 'RateLimitError'])
  })

  it('keep a code of a later version', () => { assert.equal(errorFromCode('ERR_OF_NEXT_YEAR', 'new').code, 'ERR_OF_NEXT_YEAR') })

  it('tell an abort and a deadline from a fault of Petrel\'s own', () => {
    assert.equal(toPetrelError(AbortSignal.abort().reason).code, 'ERR_ABORTED')
    assert.equal(toPetrelError(new DOMException('late', 'TimeoutError')).code, 'ERR_DEADLINE')
    const fault = new TypeError('x is not a function')
    assert.equal(toPetrelError(fault).code, 'ERR_INTERNAL')
    assert.equal(toPetrelError(fault).cause, fault)
    // As another copy of the module makes them.
    const foreign = Object.assign(Object.create({ get [Symbol.for('petrel.error')] () { return true } }, {}) as Error, { code: 'ERR_QUOTA', message: 'full', details: { bytes: 3 } })
    Object.setPrototypeOf(Object.getPrototypeOf(foreign) as object, Error.prototype)
    const taken = toPetrelError(foreign)
    assert.ok(taken instanceof QuotaError)
    assert.deepEqual([taken.message, taken.details], ['full', { bytes: 3 }])
    assert.equal(toPetrelError('text').message, 'text')
  })
})
