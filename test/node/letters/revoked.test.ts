import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { sealInbox } from '../../../src/protocol/crypto/index.js'
import { signLetter } from '../../../src/protocol/message/index.js'
import { ForbiddenError, logIdOf, openManifest, signCertificate, signerFromSeed, signManifest, type Signer } from '../../../src/protocol/wire/index.js'
import { SmallWorld, type SmallPerson } from '../small-world.js'

describe('a letter from a device that was revoked', () => {
  let world: SmallWorld
  let alice: SmallPerson
  let bob: SmallPerson

  before(async () => {
    world = await SmallWorld.make()
    alice = await world.person('alice')
    bob = await world.person('bob')
    await world.introduce(alice, bob)
  })
  after(async () => { await world.close() })

  async function take (manifest: Uint8Array, device: Signer, name: string): Promise<void> {
    const { mail, key } = bob.core.account.inbox!
    const log = logIdOf(mail.genesis)
    const signed = signLetter({ v: 1, account: alice.account.key, to: bob.account.key, inbox: log, manifest, introduction: { name, grantSeed: null }, time: 1 }, device)
    await bob.core.reception.take(await sealInbox(key, signed, { account: bob.account.key, log }), log, 'mail')
  }

  it('changes nothing, though it brings the manifest that listed it', async () => {
    const old = openManifest(bob.core.contacts.get(alice.account.key)!.manifest)
    await take(old.bytes, alice.device, 'Alice A.')
    assert.equal(bob.core.contacts.get(alice.account.key)!.selfName, 'Alice A.')
    const next = signerFromSeed(randomBytes(32))
    const cert = signCertificate({ v: 1, account: alice.account.key, device: next.key, time: 2 }, alice.account)
    const version = old.manifest.version + 1
    const revoking = signManifest({ ...old.manifest, version, prev: old.hash, devices: [{ key: next.key, cert }], revoked: [{ key: alice.device.key, version }], keyPackages: [], time: 2 }, alice.account)
    await take(revoking, next, 'Alice B.')
    await assert.rejects(take(old.bytes, alice.device, 'the thief'), ForbiddenError)
    assert.equal(bob.core.contacts.get(alice.account.key)!.selfName, 'Alice B.')
    assert.deepEqual(bob.core.contacts.get(alice.account.key)!.manifest, revoking)
  })
})
