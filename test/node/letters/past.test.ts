import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { sealInbox } from '../../../src/protocol/crypto/index.js'
import { signLetter } from '../../../src/protocol/message/index.js'
import { ForbiddenError, logIdOf, openManifest, signCertificate, signerFromSeed, signManifest, type Signer } from '../../../src/protocol/wire/index.js'
import { SmallWorld, type SmallPerson } from '../small-world.js'

describe('a letter of the past', () => {
  let world: SmallWorld
  let alice: SmallPerson
  let bob: SmallPerson

  beforeEach(async () => {
    world = await SmallWorld.make()
    alice = await world.person('alice')
    bob = await world.person('bob')
    await world.introduce(alice, bob)
  })
  afterEach(async () => { await world.close() })

  async function take (manifest: Uint8Array, device: Signer, name: string, time = 1): Promise<void> {
    const { mail, key } = bob.core.account.inbox!
    const log = logIdOf(mail.genesis)
    const signed = signLetter({ v: 1, account: alice.account.key, to: bob.account.key, inbox: log, manifest, introduction: { name, grantSeed: null }, time }, device)
    await bob.core.reception.take(await sealInbox(key, signed, { account: bob.account.key, log }), log, 'mail')
  }

  it('brings back neither a name nor a key when the relay hands it out again', async () => {
    const { manifest } = alice.core.account
    const nameNow = (): string | null => bob.core.contacts.get(alice.account.key)!.selfName
    const now = Date.now() + 1000
    await take(manifest.bytes, alice.device, 'Alice now', now)
    await take(manifest.bytes, alice.device, 'Alice then', now - 1)
    assert.equal(nameNow(), 'Alice now')
    await take(manifest.bytes, alice.device, 'Alice of next century', now + 100 * 365 * 86_400_000)
    await take(manifest.bytes, alice.device, 'Alice with her clock set', now + 6 * 60_000)
    assert.equal(nameNow(), 'Alice with her clock set')
  })

  it('of a revoked device changes nothing, though it brings the manifest that listed it', async () => {
    const old = openManifest(bob.core.contacts.get(alice.account.key)!.manifest)
    await take(old.bytes, alice.device, 'Alice A.', Date.now() + 1000)
    assert.equal(bob.core.contacts.get(alice.account.key)!.selfName, 'Alice A.')
    const next = signerFromSeed(randomBytes(32))
    const cert = signCertificate({ v: 1, account: alice.account.key, device: next.key, time: 2 }, alice.account)
    const version = old.manifest.version + 1
    const revoking = signManifest({ ...old.manifest, version, prev: old.hash, devices: [{ key: next.key, cert }], revoked: [{ key: alice.device.key, version }], keyPackages: [], time: 2 }, alice.account)
    await take(revoking, next, 'Alice B.', Date.now() + 2000)
    await assert.rejects(take(old.bytes, alice.device, 'the thief'), ForbiddenError)
    assert.equal(bob.core.contacts.get(alice.account.key)!.selfName, 'Alice B.')
    assert.deepEqual(bob.core.contacts.get(alice.account.key)!.manifest, revoking)
  })
})
