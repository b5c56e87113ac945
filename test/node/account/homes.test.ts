import assert from 'node:assert/strict'
import { sameBytes, type CheckedManifest } from '../../../src/protocol/wire/index.js'
import { eventually, SmallWorld, type SmallPerson, type SmallRelay } from '../small-world.js'
import { until, untilText } from '../world.js'

describe('several homes', () => {
  let world: SmallWorld
  afterEach(async () => { await world.close() })

  /** Whether a relay has what the account is now. */
  const isTold = async (relay: SmallRelay, who: SmallPerson): Promise<boolean> => {
    const held = await relay.services.manifests.find(who.account.key)
    return held !== undefined && sameBytes(held.bytes, who.core.account.manifest.bytes)
  }

  it('are told by themselves: one that is away stops no other, is shown to be behind, and catches up', async () => {
    world = await SmallWorld.make(3)
    const [first, second, third] = world.relays as [SmallRelay, SmallRelay, SmallRelay]
    const alice = await world.person('alice')
    await alice.node.addRelay(second.address)
    await eventually(async () => await isTold(first, alice))
    // Where the inbox lives, too.
    first.cut(true)
    await alice.node.addRelay(third.address)
    assert.ok(await isTold(third, alice))
    await eventually(async () => await isTold(second, alice))
    assert.equal(await isTold(first, alice), false)
    // A home has it before its answer is here.
    const behind = async (): Promise<string> => (await alice.node.listRelays()).map(r => `${r.inbox} ${r.behind !== null}`).join()
    await eventually(async () => await behind() === 'true true,false false,false false')
    first.back()
    await eventually(async () => await isTold(first, alice))
    const packages = await third.services.keyPackages.cloud(await third.services.manifests.get(alice.account.key), Date.now())
    assert.ok(sameBytes(packages.record, alice.core.account.keyPackages()[0]!.record), 'key packages are at every home')
  })

  it('may be left, the one where the inbox lives too: it moves, old invites go on, contacts are told and chats stay', async () => {
    world = await SmallWorld.make(3)
    const [first, second, third] = world.relays as [SmallRelay, SmallRelay, SmallRelay]
    const alice = await world.person('alice')
    const bob = await world.person('bob', {}, third)
    const carol = await world.person('carol', {}, third)
    await world.introduce(bob, alice)
    const { link } = await alice.node.createInvite()
    await assert.rejects(alice.node.removeRelay(first.address), { code: 'ERR_CONFLICT' })
    await alice.node.addRelay(second.address)
    await alice.node.removeRelay(first.address)
    assert.deepEqual((await alice.node.listRelays()).filter(r => r.home).map(r => [r.address, r.inbox]), [[second.address, true]])
    await until(bob.node, e => e.type === 'contact' && e.change === 'changed' && sameBytes(bob.core.contacts.get(alice.account.key)!.manifest, alice.core.account.manifest.bytes))
    await bob.node.send('alice', 'the chat goes on', { wait: 'delivered' })
    await carol.node.addContact(link)
    await until(alice.node, e => e.type === 'chat' && e.change === 'joined' && e.title === 'carol')
    assert.deepEqual(await alice.node.listRequests(), [], 'the invite of before holds at the new inbox')
    await alice.crash()
    await untilText(alice.node, 'the chat goes on')
    await carol.node.send('alice', 'after a restart', { wait: 'delivered' })
  })

  it('keep being read where the inbox was, for those who have not heard', async () => {
    world = await SmallWorld.make(3)
    const [first, second, third] = world.relays as [SmallRelay, SmallRelay, SmallRelay]
    const alice = await world.person('alice')
    const bob = await world.person('bob', {}, third)
    const { link } = await alice.node.createInvite()
    await eventually(async () => await isTold(first, alice))
    // It forgets whatever alice says from now on.
    const known = await first.services.manifests.get(alice.account.key)
    const { manifests } = first.services
    const judge = manifests.judge.bind(manifests)
    Object.assign(manifests, { judge: async (shown: CheckedManifest) => sameBytes(shown.manifest.account, alice.account.key) ? { newest: known, isNews: false } : await judge(shown), put: async () => undefined })
    await alice.node.addRelay(second.address)
    await alice.node.removeRelay(first.address)
    await bob.node.addContact(link)
    await until(alice.node, e => e.type === 'chat' && e.change === 'joined')
    await bob.node.send('alice', 'to the old inbox', { wait: 'delivered' })
  })

  it('let the inbox move without leaving any, and not to nowhere', async () => {
    world = await SmallWorld.make(2)
    const [first, second] = world.relays as [SmallRelay, SmallRelay]
    const alice = await world.person('alice')
    await alice.node.addRelay(second.address)
    const logs = (): unknown => alice.core.account.manifest.manifest.inbox?.log
    const before = logs()
    second.cut(true)
    await assert.rejects(alice.node.moveInbox(second.address, { signal: AbortSignal.timeout(5000) }), { code: 'ERR_UNAVAILABLE' })
    assert.equal(logs(), before)
    second.back()
    assert.equal((await alice.node.moveInbox(second.address)).inbox, true)
    assert.notDeepEqual(logs(), before)
    await eventually(async () => await isTold(first, alice) && await isTold(second, alice))
    // The other home has no inbox that could be asked for its clock. The people of this world have no words to recover with.
    assert.deepEqual((await alice.node.doctor()).filter(({ check, ok }) => !ok && check !== 'recovery'), [])
    await assert.rejects(alice.node.moveInbox('/ip4/127.0.0.1/tcp/9'), { code: 'ERR_NOT_FOUND' })
  })
})
