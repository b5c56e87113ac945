/** The algorithms that MLS runs on, beside those that the library brings, each way round. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { getCiphersuiteFromName, getCiphersuiteImpl, type CiphersuiteImpl } from 'ts-mls'
import { MLS_SUITES, suiteOf, type MlsSuite } from '../../../../src/protocol/crypto/mls/library.js'
import { nativeSignature } from '../../../../src/protocol/crypto/mls/native.js'
import { hex, unhex } from '../vectors.js'

const bytes = (max = 200): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength: max })

/** As ts-mls brings it. */
async function libraryOf (suite: MlsSuite): Promise<CiphersuiteImpl> { return await getCiphersuiteImpl(getCiphersuiteFromName(MLS_SUITES[suite])) }

describe('the algorithms that MLS runs on', () => {
  for (const suite of ['cloud', 'secret'] as const) {
    it(`of ${suite} chats give the hashes, HKDF and signatures of the library`, async () => {
      const [ours, theirs] = [await suiteOf(suite), await libraryOf(suite)]
      assert.equal(ours.kdf.size, theirs.kdf.size)
      await fc.assert(fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), bytes(), async (a, b) => {
        assert.equal(hex(await ours.hash.digest(b)), hex(await theirs.hash.digest(b)))
        const mac = await ours.hash.mac(a, b)
        assert.equal(hex(mac), hex(await theirs.hash.mac(a, b)))
        assert.deepEqual([await ours.hash.verifyMac(a, mac, b), await ours.hash.verifyMac(a, mac.with(0, mac[0]! ^ 1), b), await ours.hash.verifyMac(a, mac.slice(1), b)], [true, false, false])
        // The library takes salts of a hash's length alone.
        const prk = await ours.kdf.extract(mac, b)
        assert.equal(hex(prk), hex(await theirs.kdf.extract(mac, b)))
        assert.equal(hex(await ours.kdf.expand(prk, b, 77)), hex(await theirs.kdf.expand(prk, b, 77)))
      }), { numRuns: 20 })
      for (const [one, other] of [[ours, theirs], [theirs, ours]] as const) {
        const { publicKey, signKey } = await one.signature.keygen()
        const seed = signKey.slice(-32)
        const signature = await one.signature.sign(seed, unhex('0a0b'))
        assert.equal(hex(signature), hex(await other.signature.sign(seed, unhex('0a0b'))))
        assert.ok(await other.signature.verify(publicKey, unhex('0a0b'), signature))
      }
    })
  }
})

describe('a signature that held', () => {
  it('is remembered for these bytes under this key alone, and one that did not never', async () => {
    const signature = nativeSignature()
    const [one, other] = [await signature.keygen(), await signature.keygen()]
    const message = unhex('0102030405')
    const signed = await signature.sign(one.signKey, message)
    for (let turn = 0; turn < 2; turn++) {
      for (const [key, said, sig, holds] of [
        [one.publicKey, message, signed, true], [other.publicKey, message, signed, false], [one.publicKey, message.with(0, 9), signed, false], [one.publicKey, message.slice(1), signed, false],
        [one.publicKey, message, signed.with(3, signed[3]! ^ 1), false], [one.publicKey, unhex(''), Buffer.concat([signed, message]), false], [one.publicKey.slice(1), message, signed, false], [one.publicKey, Buffer.concat([signed.slice(-1), message]), signed.slice(0, -1), false]
      ] as const) assert.equal(await signature.verify(key, said, sig), holds)
    }
  })
})
