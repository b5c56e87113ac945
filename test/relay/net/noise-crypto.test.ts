import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { defaultCrypto } from '@chainsafe/libp2p-noise/crypto'
import { Uint8ArrayList } from 'uint8arraylist'
import { noiseCrypto } from '../../../src/relay/net/noise-crypto.js'

const [key, nonce, ad] = [randomBytes(32), randomBytes(12), randomBytes(32)]
const flat = (bytes: Uint8Array | { subarray: () => Uint8Array }): string => Buffer.from(bytes.subarray()).toString('hex')
// The library has the lists of an earlier version of their package.
type Bytes = Parameters<typeof noiseCrypto.chaCha20Poly1305Encrypt>[0]
const pieces = (bytes: Uint8Array): Bytes => new Uint8ArrayList(bytes.subarray(0, 12), bytes.subarray(12, 700), bytes.subarray(700)) as unknown as Bytes

describe('noise with its keys made once', () => {
  it('seals and opens as the library does, in one piece or in several', () => {
    for (const size of [584, 599, 600, 601, 1184, 1200, 65_519]) {
      for (const data of [nonce.subarray(0, 0), ad]) {
        const plain = randomBytes(size)
        const sealed = defaultCrypto.chaCha20Poly1305Encrypt(plain, nonce, data, key).subarray()
        assert.equal(flat(noiseCrypto.chaCha20Poly1305Encrypt(plain, nonce, data, key)), flat(sealed))
        assert.equal(flat(noiseCrypto.chaCha20Poly1305Encrypt(pieces(plain), nonce, data, key)), flat(sealed))
        // The library may open small ones in place.
        assert.equal(flat(noiseCrypto.chaCha20Poly1305Decrypt(pieces(Uint8Array.from(sealed)), nonce, data, key)), flat(plain))
        assert.equal(flat(noiseCrypto.chaCha20Poly1305Decrypt(Uint8Array.from(sealed), nonce, data, key)), flat(plain))
      }
    }
  })

  it('opens nothing that was altered, or sealed under another key', () => {
    const sealed = noiseCrypto.chaCha20Poly1305Encrypt(randomBytes(2000), nonce, ad, key).subarray()
    for (const at of [0, 1999, 2000, 2015]) {
      const altered = Uint8Array.from(sealed, (byte, i) => i === at ? byte ^ 1 : byte)
      assert.throws(() => noiseCrypto.chaCha20Poly1305Decrypt(altered, nonce, ad, key))
      assert.throws(() => noiseCrypto.chaCha20Poly1305Decrypt(pieces(altered), nonce, ad, key))
    }
    assert.throws(() => noiseCrypto.chaCha20Poly1305Decrypt(sealed, nonce, ad, randomBytes(32)))
    assert.throws(() => noiseCrypto.chaCha20Poly1305Decrypt(sealed, nonce, new Uint8Array(0), key))
  })

  it('agrees on the same secret as the library does, with its keys and with ours', () => {
    const [own, other] = [noiseCrypto.generateX25519KeyPair(), defaultCrypto.generateX25519KeyPair()]
    const shared = flat(defaultCrypto.generateX25519SharedKey(other.privateKey, own.publicKey))
    assert.equal(shared.length, 64)
    assert.equal(flat(noiseCrypto.generateX25519SharedKey(own.privateKey, other.publicKey)), shared)
    assert.equal(flat(noiseCrypto.generateX25519SharedKey(other.privateKey, own.publicKey)), shared)
    assert.equal(flat(defaultCrypto.generateX25519SharedKey(own.privateKey, other.publicKey)), shared)
    assert.equal(own.privateKey.length, 32)
  })

  it('agrees on nothing with a key of small order (RFC 7748, section 6.1), or with what is no key', () => {
    const { privateKey } = noiseCrypto.generateX25519KeyPair()
    for (const key of [new Uint8Array(32), Uint8Array.of(1, ...new Uint8Array(31)), new Uint8Array(31), new Uint8Array(33), new Uint8Array(0)]) {
      assert.throws(() => noiseCrypto.generateX25519SharedKey(privateKey, key))
    }
  })
})
