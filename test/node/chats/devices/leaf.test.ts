import assert from 'node:assert/strict'
import { chatKeyName } from '../../../../src/node/chats/devices/chat-key.js'
import { checkpointOps } from '../../../../src/node/chats/devices/checkpoint.js'
import { lists, openManifest } from '../../../../src/protocol/wire/index.js'
import { MemoryDisk } from '../../../../src/store/memory/engine.js'
import { VaultLogs } from '../../vault-logs.js'
import { eventually, SmallWorld, type SmallPerson } from '../../small-world.js'
import { sessionOf, texts, transcript } from './kit.js'

describe('the leaf of an account whose devices change', () => {
  let world: SmallWorld
  let shared: VaultLogs
  let ann: SmallPerson
  let bob: SmallPerson
  let chat: string
  beforeEach(async () => {
    world = await SmallWorld.make()
    shared = new VaultLogs()
    ann = await world.person('ann', { laterDevices: 1, shared })
    bob = await world.person('bob')
    await world.introduce(ann, bob)
    chat = ann.core.chats.all()[0]!.chat.id
    await ann.node.send('bob', 'one')
    await eventually(async () => (await texts(bob, chat)).includes('one'))
  })
  afterEach(async () => { await world.close() })

  const epoch = (who: SmallPerson): number => sessionOf(who, chat).chat.record.epoch
  const annsAt = (who: SmallPerson): Uint8Array => sessionOf(who, chat).chat.record.members.find(m => Buffer.compare(m.account, ann.account.key) === 0)!.manifest

  /** Both sides' transcript, but for the commit by which the other came in. */
  const since = async (who: SmallPerson): Promise<string> => (await transcript(who, chat)).split('\n').slice(1).join('\n')

  /** A new device comes: the manifest lists it, and the vault is its too. */
  async function link (): Promise<SmallPerson> {
    await ann.changeDevices({ add: ann.spareDevice(0) })
    return await world.second(ann)
  }

  it('is renewed by a new device before the first thing that it says, in a direct chat too, and not before', async () => {
    const second = await link()
    await bob.node.send('ann', 'two')
    await eventually(async () => (await texts(second, chat)).join() === 'one,two')
    await ann.node.send('bob', 'three')
    await eventually(async () => (await texts(bob, chat)).includes('three'))
    assert.deepEqual([epoch(bob), epoch(ann)], [1, 1])
    await second.node.send('bob', 'four')
    await eventually(async () => (await texts(bob, chat)).includes('four'))
    assert.equal(epoch(bob), 2)
    // The account's manifest may have gone on since: what counts is that the one in the leaf vouches for it.
    assert.ok(lists(openManifest(annsAt(bob)).manifest, second.device.key))
    await ann.node.send('bob', 'five')
    await eventually(async () => (await texts(second, chat)).includes('five'))
    assert.equal(epoch(bob), 2)
    await eventually(async () => await transcript(second, chat) === await transcript(ann, chat) && await since(ann) === await since(bob))
  })

  it('is renewed by any device before the next thing that it says, once another one was revoked, and lets that one say nothing more', async () => {
    const second = await link()
    await second.node.send('bob', 'two')
    await eventually(async () => (await texts(bob, chat)).includes('two'))
    await second.close()
    const stolen = second.device.key
    await ann.changeDevices({ revoke: stolen })
    await eventually(() => epoch(bob) === 2)
    await ann.node.send('bob', 'three')
    await eventually(async () => (await texts(bob, chat)).includes('three'))
    assert.equal(epoch(bob), 3)
    assert.equal(lists(sessionOf(bob, chat).chat.manifests.find(m => Buffer.compare(m.manifest.account, ann.account.key) === 0)!.manifest, stolen), false)
    await eventually(async () => await since(ann) === await since(bob))
  })

  it('is walked back over by a device that comes later: all that each of the devices said is there', async () => {
    const second = await link()
    for (let n = 0; n < 3; n++) await second.node.send('bob', `second ${n}`)
    for (let n = 0; n < 3; n++) await ann.node.send('bob', `first ${n}`)
    await eventually(async () => (await texts(second, chat)).length === 7 && (await texts(bob, chat)).length === 7)
    const { log, record, cursor } = sessionOf(second, chat).chat
    await second.core.vault.kv.batch(checkpointOps({ deps: sessionOf(second, chat).chat.deps, log }, { record, cursor }))
    await second.core.vault.published([chatKeyName(log)])
    await second.close()
    second.disk = new MemoryDisk()
    await second.open()
    await shared.arrived(second)
    await eventually(async () => (await texts(second, chat)).length === 7)
    await eventually(async () => await transcript(second, chat) === await transcript(ann, chat))
  })
})
