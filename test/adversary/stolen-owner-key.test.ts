/** The thief of a device has the owner keys of the chats' logs that it held. */
import assert from 'node:assert/strict'
import type { Chat } from '../../src/node/chats/index.js'
import { systemRandom } from '../../src/protocol/crypto/index.js'
import { decodeLeaf, ENTRY_KIND, ProofError, sameBytes, signerFromSeed, signOwnerAction } from '../../src/protocol/wire/index.js'
import { eventually, SmallWorld, type SmallPerson } from '../node/small-world.js'
import { VaultLogs } from '../node/vault-logs.js'

describe('the owner keys on a device that was stolen and is revoked', () => {
  let world: SmallWorld
  let ann: SmallPerson
  let bob: SmallPerson
  let stolen: SmallPerson

  beforeEach(async () => {
    world = await SmallWorld.make(2)
    ann = await world.person('ann', { laterDevices: 1, shared: new VaultLogs() })
    bob = await world.person('bob')
    await world.introduce(ann, bob)
    await ann.changeDevices({ add: ann.spareDevice(0) })
    stolen = await world.second(ann)
  })
  afterEach(async () => { await world.close() })

  const chatOf = (who: SmallPerson, log: Uint8Array): Chat => who.core.chats.get(log)!.chat
  const texts = async (who: SmallPerson, id: string): Promise<string[]> => (await who.node.showChat(id, { limit: 50 })).messages.map(m => m.text)

  /** The chat goes on after the device was revoked; what the thief has of its log orders nothing. */
  async function isWorthless (log: Uint8Array, id: string): Promise<void> {
    await ann.node.send(id, 'before', { wait: 'stored' })
    for (const who of [bob, stolen]) await eventually(async () => who.core.chats.get(log) !== undefined && (await texts(who, id)).includes('before'))
    const thief = signerFromSeed(chatOf(stolen, log).record.ownerSeed!)
    assert.ok(sameBytes(thief.key, chatOf(bob, log).place.owner))
    await stolen.close()
    await ann.changeDevices({ revoke: stolen.device.key })
    await ann.node.send(id, 'after', { wait: 'stored' })
    await eventually(async () => (await texts(bob, id)).includes('after'))
    const sides = [ann, bob].map(who => chatOf(who, log))
    const [own, others] = sides.map(({ record: { ownerSeed } }) => ownerSeed === null ? undefined : signerFromSeed(ownerSeed).key)
    assert.ok(own !== undefined && others !== undefined && sameBytes(own, others) && !sameBytes(own, thief.key), 'both hold another one now')
    for (const { place } of sides) assert.ok(sameBytes(place.owner, own))
    const { seq, hash, term } = chatOf(bob, log).cursor
    const order = signOwnerAction({ op: 'term', log, term: term + 1, home: world.relays[1]!.signer.key, addrs: [world.relays[1]!.address], seq, hash, by: 'takeover' }, thief)
    for (const who of [ann, bob]) await assert.rejects(who.core.chats.get(log)!.heardOfMove(order), ProofError)
    const [refused] = await chatOf(bob, log).link.append(log, [{ id: systemRandom(16), kind: ENTRY_KIND.control, payload: order }])
    assert.ok(refused instanceof ProofError)
    const { entries: [last] } = await world.relay.services.store.logs.read(log, seq - 1, 1, 1 << 20)
    await assert.rejects(chatOf(bob, log).link.erase(log, seq, signOwnerAction({ op: 'erase', log, id: decodeLeaf(last!.leaf).id }, thief)), { code: 'ERR_FORBIDDEN' })
    await bob.node.send(id, 'and on', { wait: 'stored' })
    await eventually(async () => (await texts(ann, id)).includes('and on'))
    assert.deepEqual(sides.map(({ cursor }) => cursor.alarm), [null, null])
  }

  it('are worth nothing in a direct chat from the next thing on that its account says there', async () => {
    const { log, id } = ann.core.chats.all()[0]!.chat
    await isWorthless(log, id)
  })

  it('are worth nothing in a group either, whose other holders get the next one', async () => {
    const { chat } = await ann.node.createGroup('Birds', { members: ['bob'] })
    const { log } = ann.core.chats.all().find(s => s.chat.id === chat.id)!.chat
    await eventually(() => bob.core.chats.get(log) !== undefined)
    await ann.node.editMember(chat.id, 'bob', { rights: ['banUsers'] })
    await isWorthless(log, chat.id)
  })
})
