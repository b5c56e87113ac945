/** What becomes of the chats of an account that has revoked one of its devices. */
import assert from 'node:assert/strict'
import { lists, openKeyPackage, openManifest, peerIdText, sameBytes, signManifest } from '../../../src/protocol/wire/index.js'
import { engineFor } from '../../../src/node/chats/chat-keys.js'
import { checkNewcomer } from '../../../src/node/chats/newcomer.js'
import { manifestOfMember } from '../../../src/node/chats/member-manifests.js'
import { sessionOf } from '../chats/devices/kit.js'
import { VaultLogs } from '../vault-logs.js'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'

describe('the chats of an account that has revoked a device', () => {
  let world: SmallWorld
  let ann: SmallPerson
  let bob: SmallPerson
  let second: SmallPerson
  let chat: string
  beforeEach(async () => {
    world = await SmallWorld.make()
    ann = await world.person('ann', { spareDevices: 1, shared: new VaultLogs() })
    bob = await world.person('bob')
    await world.introduce(ann, bob)
    chat = ann.core.chats.all()[0]!.chat.id
    second = await world.second(ann)
    await second.node.send('bob', 'while it was ours')
  })
  afterEach(async () => { await world.close() })

  /** Whether somebody's view of ann's leaf still vouches for the device. */
  const vouches = (who: SmallPerson): boolean => {
    const member = sessionOf(who, chat).chat.record.members.find(one => sameBytes(one.account, ann.core.account.key))!
    return lists(manifestOfMember(member).manifest, second.core.account.device.key)
  }

  it('get another leaf by themselves, before anybody writes there, and another inbox and key package with it', async () => {
    const before = { epoch: sessionOf(bob, chat).chat.keys.epoch, inbox: ann.core.account.inboxLogs!.mail, package: ann.core.publisher.keyPackage()! }
    assert.ok(vouches(ann) && vouches(bob))
    await ann.node.revokeDevice(peerIdText(second.core.account.device.key))
    await eventually(() => ann.core.revocation.pending === null)
    await eventually(() => !vouches(bob) && !vouches(ann))
    assert.ok(sessionOf(bob, chat).chat.keys.epoch > before.epoch)
    assert.ok(!sameBytes(ann.core.account.inboxLogs!.mail, before.inbox))
    assert.ok(!sameBytes(ann.core.publisher.keyPackage()!, before.package))
    await eventually(() => second.core.standing.stopped === 'revoked')
    await assert.rejects(second.node.send('bob', 'and now'), { code: 'ERR_FORBIDDEN' })
    await ann.node.send('bob', 'ours again', { wait: 'delivered' })
  })

  it('are not joined by key packages that the device knew: from the revocation on they stand nowhere, and nobody takes one', async () => {
    const before = ann.core.publisher.keyPackage()!
    const { hash } = openKeyPackage(before)
    assert.ok(ann.core.account.manifest.manifest.keyPackages.some(one => sameBytes(one, hash)))
    await ann.node.revokeDevice(peerIdText(second.core.account.device.key))
    const { manifest } = ann.core.account.manifest
    assert.ok(!manifest.keyPackages.some(one => sameBytes(one, hash)))
    await eventually(() => ann.core.publisher.keyPackage() !== undefined)
    assert.ok(!sameBytes(ann.core.publisher.keyPackage()!, before))
    // A manifest of an earlier version may still name it.
    const naming = openManifest(signManifest({ ...manifest, keyPackages: [hash] }, ann.device))
    await assert.rejects(checkNewcomer(engineFor([naming], Date.now), naming, before), /older than its last revocation/)
  })

  it('are named as still to come while their relay is away, and get it when it is back', async () => {
    const [relay] = world.relays
    // Its last step is not done before the relay goes.
    let isHeld = true
    ann.options.fate = log => isHeld && sameBytes(log, sessionOf(ann, chat).chat.log) ? 'lost-before' : 'pass'
    await ann.node.revokeDevice(peerIdText(second.core.account.device.key))
    relay!.cut(true)
    assert.notEqual(ann.core.revocation.pending, null)
    isHeld = false
    relay!.back()
    await eventually(() => ann.core.revocation.pending === null && !vouches(bob))
  })
})
