import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { Uint8ArrayList } from 'uint8arraylist'
import { identityKey } from '../../../src/relay/net/identity-key.js'

describe('the key of a host', () => {
  it('signs what the library\'s key of the same seed signs, of one piece or of several', async () => {
    const seed = randomBytes(32)
    const [own, theirs] = [await identityKey(seed), await generateKeyPairFromSeed('Ed25519', seed)]
    const data = randomBytes(100)
    const signature = await own.sign(data)
    assert.deepEqual(Buffer.from(signature), Buffer.from(await theirs.sign(data)))
    assert.deepEqual(await own.sign(new Uint8ArrayList(data.subarray(0, 7), data.subarray(7))), signature)
    assert.ok(await theirs.publicKey.verify(data, signature))
    assert.ok(own.equals(theirs) && own.publicKey.equals(theirs.publicKey))
  })
})
