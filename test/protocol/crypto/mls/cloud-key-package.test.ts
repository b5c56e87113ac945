import assert from 'node:assert/strict'
import { createCloudKeyPackage, newPqSecret, openPq, readCloudKeyPackage, readCloudKeyPackagePrivate, sealPq } from '../../../../src/protocol/crypto/index.js'
import { decodeCbor, encodeCbor, LIMITS, ProofError, UnsupportedError } from '../../../../src/protocol/wire/index.js'
import { bytes, DAY, NOW, text, trusting } from './people.js'

const engine = trusting()
const life = { notBefore: NOW, notAfter: NOW + 7 * DAY }

describe('cloud key packages', () => {
  it('carry a newcomer from key package to group, with G_pq under X-Wing beside the Welcome', async () => {
    const gpq = newPqSecret()
    const ann = await createCloudKeyPackage(engine, { identity: bytes('ann'), ...life })
    const bob = await createCloudKeyPackage(engine, { identity: bytes('bob'), ...life })
    assert.ok(bob.public.length <= LIMITS.keyPackageBytes)
    const chat = bytes('chat')
    const group = await engine.createGroup({ groupId: chat, keyPackage: readCloudKeyPackagePrivate(ann.private).mls, gpq })
    const info = await readCloudKeyPackage(engine, bob.public)
    assert.equal(text(info.identity), 'bob')
    assert.deepEqual(info.signatureKey, bob.signatureKey)
    assert.deepEqual(info.ref, bob.ref)
    const pending = await engine.commit(group, { add: [info.mls] })
    const sealed = await sealPq(info.xwing, gpq, chat)
    const secrets = readCloudKeyPackagePrivate(bob.private)
    const joined = await engine.join({ welcome: pending.welcome!, keyPackage: secrets.mls, gpq: await openPq(secrets.xwing, sealed, chat) })
    assert.deepEqual(engine.epochAuthenticator(joined), engine.epochAuthenticator(pending.state))
  })

  it('refuse an X-Wing key that was put in by another', async () => {
    const ann = await createCloudKeyPackage(engine, { identity: bytes('ann'), ...life })
    const eve = await createCloudKeyPackage(engine, { identity: bytes('eve'), ...life })
    const [version, mls] = decodeCbor(ann.public, 1e6) as [number, Uint8Array, Uint8Array]
    const [,, xwing] = decodeCbor(eve.public, 1e6) as [number, Uint8Array, Uint8Array]
    await assert.rejects(readCloudKeyPackage(engine, encodeCbor([version, mls, xwing])), ProofError)
    await assert.rejects(readCloudKeyPackage(engine, encodeCbor([2, mls, xwing])), UnsupportedError)
  })
})
