/** The thief of a device signs a manifest of its own beside the account's: which is right only the account key can say. */
import assert from 'node:assert/strict'
import { contactView } from '../../src/node/contacts/index.js'
import { raisedManifest } from '../../src/node/recovery/raised-manifest.js'
import { openManifest, peerIdText, sameBytes, signManifest, type CheckedManifest } from '../../src/protocol/wire/index.js'
import { SharedVaults } from '../node/shared-vaults.js'
import { eventually, SmallWorld, type SmallPerson } from '../node/small-world.js'

describe('a thief who forks the manifest', () => {
  let world: SmallWorld
  let ann: SmallPerson
  let bob: SmallPerson
  let stolen: SmallPerson
  let shared: CheckedManifest

  before(async () => {
    world = await SmallWorld.make()
    ann = await world.person('ann', { spareDevices: 1, laterDevices: 1, shared: new SharedVaults() })
    bob = await world.person('bob', { repair: { repairAfterMs: 3600_000 } })
    await world.introduce(ann, bob)
    await ann.node.send('bob', 'before', { wait: 'delivered' })
    stolen = await world.second(ann)
    await stolen.close()
    shared = ann.core.account.manifest
    await bob.core.finder.refresh(contact())
  })
  after(async () => { await world.close() })

  const contact = (): ReturnType<typeof bob.core.contacts.all>[number] => bob.core.contacts.all()[0]!
  const texts = async (who: SmallPerson, id: string): Promise<string[]> => (await who.node.showChat(id, { limit: 100 })).messages.filter(m => m.kind === 'text').map(m => m.text)
  /** A relay shows it to bob. */
  async function shown (manifest: CheckedManifest): Promise<void> {
    const change = bob.core.contacts.meetManifest(contact(), manifest)
    if (change !== null) await bob.core.updates.write(change.ops, change.events)
  }
  const forked = (version: number, prev: CheckedManifest): CheckedManifest => openManifest(signManifest({ ...shared.manifest, version, prev: prev.hash, revoked: [{ key: ann.device.key, version }] }, stolen.device))

  it('stops what is said to the account, until its phrase has spoken: then that holds, and the thief is heard no more', async () => {
    const { id } = ann.core.chats.all()[0]!.chat
    await ann.node.revokeDevice(peerIdText(stolen.device.key))
    await eventually(() => !sameBytes(contact().manifest, shared.bytes))
    const fork = forked(openManifest(contact().manifest).manifest.version, shared)
    await shown(fork)
    assert.match(contactView(contact()).alarm ?? '', /contradict/)
    await assert.rejects(bob.node.send('ann', 'to whom?', { wait: 'queued' }), { code: 'ERR_PROOF' })
    // With the words, on another machine, of what the relay has.
    const raised = raisedManifest(ann.core.account.manifest, { account: ann.account, device: ann.spareDevice(1), revokeOthers: true, now: Date.now() })
    await ann.core.account.takeManifest(raised.bytes)
    const rescue = await world.second(ann, 1)
    await shown(raised)
    assert.deepEqual([contactView(contact()).alarm, contact().contested], [null, undefined])
    for (const late of [fork, forked(shared.manifest.version + 900, fork)]) await shown(late)
    assert.equal(contactView(contact()).alarm, null)
    assert.equal(openManifest(contact().manifest).manifest.generation, 2)
    await rescue.node.send(id, 'by the words', { wait: 'stored' })
    await eventually(async () => (await texts(bob, id)).includes('by the words'))
    await bob.node.send('ann', 'welcome back', { wait: 'stored' })
    await eventually(async () => (await texts(rescue, id)).join() === 'before,by the words,welcome back')
  })
})
