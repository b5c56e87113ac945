import assert from 'node:assert/strict'
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import fc from 'fast-check'
import { openHandshake, openMessage, recordCipher, sealHandshake, sealMessage } from '../../../src/protocol/crypto/index.js'
import { sealedLength } from '../../../src/protocol/crypto/seal.js'
import { pad } from '../../../src/protocol/crypto/padme.js'
import { BULK_BYTES, xopen, xseal } from '../../../src/protocol/crypto/xchacha.js'
import { RUN_SEALINGS } from '../../../src/protocol/crypto/xchacha-runs.js'
import { BadInputError, DecryptError, encodeCbor, LIMITS, TooLargeError, UnsupportedError } from '../../../src/protocol/wire/index.js'
import { hex, unhex, vectors } from './vectors.js'

interface SealVector { kind: 'message' | 'handshake', key: string, log: string, epoch: number, id: string, nonce: string, plaintext: string, sealed: string }
interface RecordVector { key: string, nonce: string, aad: string, plaintext: string, sealed: string }

const key = new Uint8Array(32).fill(7)
const place = { log: new Uint8Array(34).fill(1), epoch: 3, id: new Uint8Array(16).fill(2) }

describe('XChaCha20-Poly1305', () => {
  it('gives the ciphertext of the draft (A.3.1)', () => {
    const plaintext = new TextEncoder().encode("Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.")
    const draftKey = Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i)
    const nonce = Uint8Array.from({ length: 24 }, (_, i) => 0x40 + i)
    const aad = unhex('50515253c0c1c2c3c4c5c6c7')
    const want = 'bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49'
    assert.equal(hex(xseal(draftKey, plaintext, aad, new Uint8Array(), () => nonce).subarray(24)), want)
  })

  it('gives the same bytes by both of its ways, and each opens the other\'s', () => {
    fc.assert(fc.property(fc.integer({ min: BULK_BYTES - 3, max: BULK_BYTES + 300 }), fc.uint8Array({ minLength: 24, maxLength: 24 }), fc.uint8Array({ maxLength: 40 }), (length, nonce, aad) => {
      const plaintext = new Uint8Array(length).fill(length)
      const sealed = xseal(key, plaintext, aad, new Uint8Array(), () => nonce)
      assert.deepEqual(sealed.subarray(24), xchacha20poly1305(key, nonce, aad).encrypt(plaintext))
      assert.deepEqual(xopen(key, sealed, aad, 'it'), plaintext)
    }), { numRuns: 50 })
  })
})

describe('sealed entries', () => {
  it('are those of the vectors', () => {
    for (const v of vectors<SealVector>('seal')) {
      const at = { log: unhex(v.log), epoch: v.epoch, id: unhex(v.id) }
      const [seal, open] = v.kind === 'message' ? [sealMessage, openMessage] : [sealHandshake, openHandshake]
      assert.equal(hex(seal(unhex(v.key), unhex(v.plaintext), at, () => unhex(v.nonce))), v.sealed)
      assert.equal(hex(open(unhex(v.key), unhex(v.sealed), at)), v.plaintext)
      // The same by hand, from CRYPTO.md alone.
      const aad = encodeCbor([`petrel/v1 sealed ${v.kind}`, at.log, at.epoch, at.id])
      const byHand = Buffer.concat([Buffer.of(1), unhex(v.nonce), xchacha20poly1305(unhex(v.key), unhex(v.nonce), aad).encrypt(pad(unhex(v.plaintext)))])
      assert.equal(byHand.toString('hex'), v.sealed)
    }
  })

  it('differ each time, and hide the plaintext\'s exact length', () => {
    const one = sealMessage(key, new Uint8Array(301), place)
    assert.notDeepEqual(one, sealMessage(key, new Uint8Array(300), place))
    assert.equal(one.length, sealMessage(key, new Uint8Array(310), place).length)
    assert.equal(one.length, sealedLength(301))
  })

  it('open only under their key, at their place and for their use', () => {
    const sealed = sealMessage(key, Uint8Array.of(1, 2, 3), place)
    assert.deepEqual(openMessage(key, sealed, place), Uint8Array.of(1, 2, 3))
    const others = [{ ...place, epoch: 4 }, { ...place, id: new Uint8Array(16) }, { ...place, log: new Uint8Array(34) }]
    for (const other of others) assert.throws(() => openMessage(key, sealed, other), DecryptError)
    assert.throws(() => openMessage(new Uint8Array(32), sealed, place), DecryptError)
    assert.throws(() => openHandshake(key, sealed, place), DecryptError)
    for (let i = 1; i < sealed.length; i++) assert.throws(() => openMessage(key, sealed.with(i, sealed[i]! ^ 1), place), DecryptError)
  })

  it('say when they are of a later format, empty, cut or too large', () => {
    const sealed = sealMessage(key, new Uint8Array(9), place)
    assert.throws(() => openMessage(key, sealed.with(0, 2), place), UnsupportedError)
    assert.throws(() => openMessage(key, new Uint8Array(), place), BadInputError)
    assert.throws(() => openMessage(key, sealed.subarray(0, 20), place), DecryptError)
    assert.throws(() => openMessage(key, new Uint8Array(LIMITS.entryBytes + 1).fill(1), place), TooLargeError)
    assert.throws(() => sealMessage(new Uint8Array(31), new Uint8Array(), place), BadInputError)
  })

  it('fit an entry, to the byte', () => {
    const room = LIMITS.entryBytes - 41 - 4
    let largest = room
    while (sealedLength(largest) > LIMITS.entryBytes) largest--
    const sealed = sealMessage(key, new Uint8Array(largest), place)
    assert.ok(sealed.length <= LIMITS.entryBytes && sealed.length > LIMITS.entryBytes * 0.95)
    assert.equal(openMessage(key, sealed, place).length, largest)
    assert.throws(() => sealMessage(key, new Uint8Array(largest + 1), place), TooLargeError)
  })
})

describe('the record cipher', () => {
  it('gives the bytes of the vectors', () => {
    for (const v of vectors<RecordVector>('record-cipher')) {
      const cipher = recordCipher(unhex(v.key), () => unhex(v.nonce))
      assert.equal(hex(cipher.seal(unhex(v.plaintext), unhex(v.aad))), v.sealed)
      assert.equal(hex(cipher.open(unhex(v.sealed), unhex(v.aad))), v.plaintext)
    }
  })

  it('opens no record under another name, another key, or altered', () => {
    const cipher = recordCipher(key)
    const sealed = cipher.seal(Uint8Array.of(1), place.log)
    assert.throws(() => cipher.open(sealed, place.id), DecryptError)
    assert.throws(() => recordCipher(new Uint8Array(32)).open(sealed, place.log), DecryptError)
    assert.throws(() => cipher.open(sealed.subarray(1), place.log), DecryptError)
    assert.throws(() => cipher.open(new Uint8Array(), place.log), DecryptError)
    assert.throws(() => recordCipher(new Uint8Array(16)), BadInputError)
  })

  it('never uses a nonce twice, and anybody with the key opens what it seals, as it opens what others seal', () => {
    const cipher = recordCipher(key)
    const [text, bytes] = [Uint8Array.of(7, 8, 9), new Uint8Array(300).fill(5)]
    const nonces = new Set<string>()
    for (let n = 0; n < 2 * RUN_SEALINGS + 3; n++) {
      const plain = n % 2 === 0 ? text : bytes
      const sealed = cipher.seal(plain, place.log)
      nonces.add(hex(sealed.subarray(0, 24)))
      assert.deepEqual(xopen(key, sealed, place.log, 'it'), plain)
      assert.deepEqual(cipher.open(sealed, place.log), plain)
      assert.deepEqual(cipher.open(xseal(key, plain, place.log, new Uint8Array()), place.log), plain)
    }
    assert.equal(nonces.size, 2 * RUN_SEALINGS + 3)
  })

  it('opens nothing altered among what was sealed in a row', () => {
    const cipher = recordCipher(key)
    const sealed = Array.from({ length: 5 }, (_, n) => cipher.seal(Uint8Array.of(n), place.log))
    for (const [n, one] of sealed.entries()) {
      assert.deepEqual(cipher.open(one, place.log), Uint8Array.of(n))
      assert.throws(() => cipher.open(one, place.id), DecryptError)
      for (let at = 0; at < one.length; at++) {
        const other = one.slice()
        other[at] = (other[at] ?? 0) ^ 1
        assert.throws(() => cipher.open(other, place.log), DecryptError)
      }
    }
  })

  it('counts a nonce up to its beginning and no further', () => {
    const cipher = recordCipher(key, () => new Uint8Array(24).fill(0xff))
    const all = Array.from({ length: 4 }, () => hex(cipher.seal(Uint8Array.of(1), place.log).subarray(0, 24)))
    assert.deepEqual(all.slice(1), ['ff'.repeat(24), `${'ff'.repeat(16)}${'00'.repeat(8)}`, `${'ff'.repeat(16)}${'00'.repeat(7)}01`])
  })

  it('keeps working when the caller wipes its copy of the key', () => {
    const own = key.slice()
    const cipher = recordCipher(own)
    const sealed = cipher.seal(Uint8Array.of(1), place.log)
    own.fill(0)
    assert.deepEqual(cipher.open(sealed, place.log), Uint8Array.of(1))
  })
})
