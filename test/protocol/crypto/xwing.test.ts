import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { XWing } from '@hpke/hybridkem-x-wing'
import { NativeMlKem768 } from '../../../src/protocol/crypto/native-ml-kem.js'
import { nativeX25519 } from '../../../src/protocol/crypto/native-x25519.js'
import { makeXWing } from '../../../src/protocol/crypto/xwing.js'
import { hex, unhex, vectors } from './vectors.js'

interface XWingVector { seed: string, ekm: string, public: string, enc: string, secret: string }

describe('X-Wing on Node\'s arithmetic', () => {
  const library = new XWing()
  const ours: Array<[string, XWing]> = [['Node\'s X25519 alone', makeXWing(false)]]
  if (NativeMlKem768.isThere) ours.push(['Node\'s ML-KEM too', makeXWing(true)])

  for (const [name, kem] of ours) {
    it(`with ${name} answers as the draft's vectors do`, async () => {
      for (const v of vectors<XWingVector>('xwing')) {
        const { publicKey, privateKey } = await kem.generateKeyPairDerand(unhex(v.seed))
        assert.equal(hex(new Uint8Array(await kem.serializePublicKey(publicKey))), v.public)
        const { enc, sharedSecret } = await kem.encap({ recipientPublicKey: publicKey, ekm: unhex(v.ekm) })
        assert.deepEqual([hex(new Uint8Array(enc)), hex(new Uint8Array(sharedSecret))], [v.enc, v.secret])
        assert.equal(hex(new Uint8Array(await kem.decap({ recipientKey: privateKey, enc }))), v.secret)
      }
    })

    it(`with ${name} opens what the library seals, and the library what it seals, altered or not`, async () => {
      for (let i = 0; i < 8; i++) {
        const ikm = new Uint8Array(randomBytes(32))
        const [mine, theirs] = [await kem.deriveKeyPair(ikm.slice()), await library.deriveKeyPair(ikm.slice())]
        for (const [seal, open] of [[kem, library], [library, kem]] as const) {
          const { enc, sharedSecret } = await seal.encap({ recipientPublicKey: seal === kem ? theirs.publicKey : mine.publicKey })
          assert.deepEqual(await open.decap({ recipientKey: open === kem ? mine.privateKey : theirs.privateKey, enc }), sharedSecret)
          // Implicit rejection: both come to the same other secret.
          const altered = new Uint8Array(enc)
          altered[i * 130] = (altered[i * 130] ?? 0) ^ 4
          const [a, b] = [await kem.decap({ recipientKey: mine.privateKey, enc: altered.buffer }), await library.decap({ recipientKey: theirs.privateKey, enc: altered.buffer })]
          assert.deepEqual(a, b)
          assert.notDeepEqual(a, sharedSecret)
        }
      }
    })

    it(`with ${name} refuses a public key that is none, and a point of small order`, async () => {
      const raw = new Uint8Array(await library.serializePublicKey((await library.generateKeyPair()).publicKey))
      // A coefficient of 4095 is above ML-KEM's q.
      await assert.rejects(async () => await kem.encap({ recipientPublicKey: await kem.deserializePublicKey(Uint8Array.from(raw).fill(255, 0, 3)) }))
      await assert.rejects(async () => await kem.encap({ recipientPublicKey: await kem.deserializePublicKey(Uint8Array.from(raw).fill(0, 1184)) }))
      const { enc } = await kem.encap({ recipientPublicKey: await kem.deserializePublicKey(raw) })
      const { privateKey } = await kem.generateKeyPair()
      await assert.rejects(async () => await kem.decap({ recipientKey: privateKey, enc: new Uint8Array(enc).fill(0, 1088).buffer }))
    })
  }

  it('has the X25519 of RFC 7748, section 5.2', () => {
    const secret = unhex('a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4')
    const point = unhex('e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c')
    assert.equal(hex(nativeX25519(secret, point)), 'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552')
    assert.throws(() => nativeX25519(secret, point.subarray(1)))
    assert.throws(() => nativeX25519(secret.subarray(1), point))
  })
})
