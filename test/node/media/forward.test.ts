/** What forwarding does with files: nothing is moved, and they are there for who gets them. */
import assert from 'node:assert/strict'
import { decodeBody, type MediaBody } from '../../../src/protocol/message/index.js'
import { fromBase32Text, LIMITS } from '../../../src/protocol/wire/index.js'
import { eventually, SmallWorld, type SmallPerson, type SmallRelay } from '../small-world.js'
import { until } from '../world.js'
import { hexOf, inPieces, someBytes } from './files.js'

const bytes = someBytes(3 * LIMITS.chunkBytes + 7)

async function bodyOf (who: SmallPerson, chat: string, id: string): Promise<MediaBody> {
  const found = await who.core.chats.all().find(one => who.core.chats.titleOf(one.chat) === chat)!.chat.timeline.find(fromBase32Text(id, 16))
  return decodeBody(found!.row.body!) as MediaBody
}

const held = async (relay: SmallRelay, who: SmallPerson): Promise<number> => (await relay.services.blobs.leases(who.account.key, { limit: 100 })).leases.filter(({ state }) => state === 'held').length

describe('a file that is forwarded', () => {
  let world: SmallWorld
  let alice: SmallPerson
  let bob: SmallPerson
  let carol: SmallPerson

  before(async () => {
    world = await SmallWorld.make()
    alice = await world.person('alice')
    bob = await world.person('bob')
    carol = await world.person('carol')
    await world.introduce(alice, bob)
    await world.introduce(bob, carol)
  })
  after(async () => { await world.close() })

  it('moves no bytes: the other chat gets the same blob and key, and the forwarder\'s relay holds it for the forwarder too', async () => {
    const media = [(await alice.node.addMedia({ name: 'pier.bin', size: bytes.length, sha256: hexOf(bytes) }, inPieces(bytes))).file.id]
    const sent = await alice.node.send('bob', 'the pier', { media, wait: 'delivered' })
    await until(bob.node, e => e.type === 'message' && e.message.id === sent.id)
    const stored = world.relay.services.blobs.totals.blocks
    const [forwarded] = await bob.node.forwardMessages('alice', [sent.id], 'carol', { wait: 'delivered' })
    assert.deepEqual([forwarded!.text, forwarded!.forwardedFrom?.name, forwarded!.media[0]?.id], ['the pier', 'alice', media[0]])
    await until(carol.node, e => e.type === 'message' && e.message.id === forwarded!.id)
    const [first, second] = [await bodyOf(bob, 'alice', sent.id), await bodyOf(carol, 'bob', forwarded!.id)]
    assert.deepEqual([second.file.root, second.file.key, second.file.sha256], [first.file.root, first.file.key, first.file.sha256])
    assert.equal(bob.sent.length, 0)
    assert.equal(world.relay.services.blobs.totals.blocks, stored)
    assert.deepEqual([await held(world.relay, alice), await held(world.relay, bob)], [1, 1])
  })

  it('is read by who got it so', async () => {
    const { messages } = await carol.node.showChat('bob')
    const read = Buffer.concat(await Array.fromAsync(carol.node.readMedia('bob', messages.at(-1)!.id)))
    assert.equal(hexOf(read), hexOf(bytes))
  })

  it('stays for them when its first sender takes it back', async () => {
    const first = (await alice.node.showChat('bob')).messages.at(-1)!
    await alice.node.deleteMessages('bob', [first.id])
    await eventually(async () => await held(world.relay, alice) === 0)
    assert.equal(await held(world.relay, bob), 1)
    const [again] = await carol.node.forwardMessages('bob', [(await carol.node.showChat('bob')).messages.at(-1)!.id], 'bob', { wait: 'delivered', hideOrigin: true })
    assert.equal(again!.forwardedFrom, null)
    assert.equal(Buffer.concat(await Array.fromAsync(bob.node.readMedia('carol', again!.id, { start: 5, end: 9 }))).toString('hex'), Buffer.from(bytes.subarray(5, 9)).toString('hex'))
  })
})
