/** The algorithms that MLS and HPKE run on, beside those of the libraries, each way round. */
import assert from 'node:assert/strict'
import { createHmac, hkdfSync } from 'node:crypto'
import fc from 'fast-check'
import { Aes256Gcm, CipherSuite, HkdfSha512 } from '@hpke/core'
import { XWing } from '@hpke/hybridkem-x-wing'
import { getCiphersuiteFromName, getCiphersuiteImpl, type CiphersuiteImpl } from 'ts-mls'
import { makeAead } from 'ts-mls/crypto/implementation/default/makeAead.js'
import { makeGenericHpke } from 'ts-mls/crypto/implementation/hpke.js'
import { openBase } from '../../../../src/protocol/crypto/hpke-base.js'
import { expand, extract, hmac } from '../../../../src/protocol/crypto/hkdf.js'
import { MLS_SUITES, suiteOf, type MlsSuite } from '../../../../src/protocol/crypto/mls/library.js'
import { nativeSignature } from '../../../../src/protocol/crypto/mls/native.js'
import { NativeMlKem768 } from '../../../../src/protocol/crypto/native-ml-kem.js'
import { x25519Kem } from '../../../../src/protocol/crypto/x25519-kem.js'
import { hex, unhex } from '../vectors.js'

const bytes = (max = 200): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength: max })

/** As ts-mls brings it. */
async function libraryOf (suite: MlsSuite): Promise<CiphersuiteImpl> {
  const chosen = getCiphersuiteFromName(MLS_SUITES[suite])
  const impl = await getCiphersuiteImpl(chosen)
  if (suite === 'cloud') return impl
  const [aead] = await makeAead(chosen.hpke.aead)
  return { ...impl, hpke: await makeGenericHpke(chosen.hpke, aead, new CipherSuite({ kem: new XWing(), kdf: new HkdfSha512(), aead: new Aes256Gcm() })) }
}

describe('HKDF', () => {
  it('gives what Node gives in one step, and HMAC what Node does', () => {
    fc.assert(fc.property(fc.constantFrom('sha256' as const, 'sha512' as const), bytes(), bytes(), bytes(), fc.integer({ min: 0, max: 300 }), (hash, salt, ikm, info, length) => {
      assert.equal(hex(expand(hash, extract(hash, salt, ikm), info, length)), length === 0 ? '' : hex(new Uint8Array(hkdfSync(hash, ikm, salt, info, length))))
      assert.equal(hex(hmac(hash, salt, ikm, info)), createHmac(hash, salt).update(ikm).update(info).digest('hex'))
    }), { numRuns: 60 })
    assert.throws(() => expand('sha256', new Uint8Array(32), new Uint8Array(), 255 * 32 + 1), RangeError)
  })
})

describe('HPKE', () => {
  it('opens the vector of RFC 9180, A.1.1', () => {
    const opened = openBase(
      { kem: x25519Kem, hash: 'sha256', aead: 'aes-128-gcm' }, unhex('4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8'), unhex('37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431'),
      unhex('f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a'), unhex('4f6465206f6e2061204772656369616e2055726e'), unhex('436f756e742d30')
    )
    assert.equal(Buffer.from(opened).toString(), 'Beauty is truth, truth beauty')
  })

  for (const suite of ['cloud', 'secret'] as const) {
    it(`of ${suite} chats is the library's: keys, sealing, opening and exported secrets, each way`, async function () {
      if (suite === 'secret' && !NativeMlKem768.isThere) this.skip()
      const sides = [(await suiteOf(suite)).hpke, (await libraryOf(suite)).hpke] as const
      for (const [ours, theirs] of [sides, sides.toReversed()] as Array<typeof sides>) {
        const ikm = new Uint8Array(32).fill(7)
        const [one, other] = [await ours.deriveKeyPair(ikm), await theirs.deriveKeyPair(ikm)]
        const [pub, priv] = [await ours.exportPublicKey(one.publicKey), await ours.exportPrivateKey(one.privateKey)]
        assert.deepEqual([hex(pub), hex(priv)], [hex(await theirs.exportPublicKey(other.publicKey)), hex(await theirs.exportPrivateKey(other.privateKey))])
        const fresh = await ours.generateKeyPair()
        const recipient = await theirs.importPrivateKey(await ours.exportPrivateKey(fresh.privateKey))
        const at = [unhex('0102'), unhex('03')] as const
        const { enc, ct } = await ours.seal(fresh.publicKey, unhex('deadbeef'), ...at)
        assert.equal(hex(await theirs.open(recipient, enc, ct, ...at)), 'deadbeef')
        for (const [e, c, info, aad] of [[enc.with(0, enc[0]! ^ 1), ct, ...at], [enc, ct.with(1, ct[1]! ^ 1), ...at], [enc, ct, at[1], at[1]], [enc, ct, at[0], at[0]], [enc.slice(1), ct, ...at], [enc, ct.slice(0, 3), ...at]] as const) await assert.rejects(ours.open(fresh.privateKey, e, c, info, aad))
        const told = await ours.exportSecret(fresh.publicKey, unhex('05'), 48, at[0])
        assert.equal(hex(await theirs.importSecret(recipient, unhex('05'), told.enc, 48, at[0])), hex(told.secret))
        const secret = new Uint8Array(ours.keyLength).fill(3)
        const nonce = new Uint8Array(ours.nonceLength).fill(4)
        assert.deepEqual([ours.keyLength, ours.nonceLength], [theirs.keyLength, theirs.nonceLength])
        assert.equal(hex(await theirs.decryptAead(secret, nonce, at[0], await ours.encryptAead(secret, nonce, at[0], unhex('aa')))), 'aa')
        assert.equal(hex(await ours.decryptAead(secret, nonce, undefined, await theirs.encryptAead(secret, nonce, undefined, unhex('')))), '')
        await assert.rejects(ours.decryptAead(secret, nonce, at[1], await ours.encryptAead(secret, nonce, at[0], unhex('aa'))))
        await assert.rejects(ours.importPublicKey(pub.slice(1)))
        await assert.rejects(ours.importPrivateKey(new Uint8Array(31)))
      }
    })

    it(`of ${suite} chats goes with the library's hashes, HKDF and signatures`, async () => {
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
