/** Who holds the owner key of a group's log, and what they can do with it while its creator is away. */
import assert from 'node:assert/strict'
import { ENTRY_KIND, ForbiddenError, openOwnerAction, PetrelError, sameBytes, signerFromSeed, signOwnerAction, type TermAction } from '../../../src/protocol/wire/index.js'
import { systemRandom } from '../../../src/protocol/crypto/index.js'
import { hearOfMove } from '../../../src/node/chats/hear-of-move.js'
import { eventually } from '../small-world.js'
import { KeyScene } from './key-scene.js'

describe('the owner key of a group\'s log', () => {
  let scene: KeyScene
  afterEach(async () => { await scene.world.close() })

  it('is its creator\'s, and of each admin who may delete or ban: a fresh one whenever those are others', async () => {
    scene = await KeyScene.make()
    const [ann, bob, cat] = scene.all
    await scene.heldBy(ann)
    const seen = [await scene.inForce()]
    const another = async (): Promise<void> => {
      const now = await scene.inForce()
      assert.ok(!seen.some(key => sameBytes(key, now)))
      seen.push(now)
    }
    await ann.node.editMember(scene.id, 'bob', { rights: ['pinMessages'] })
    await scene.says(bob, 'pinning does not take it')
    assert.deepEqual(await scene.inForce(), seen[0])
    await ann.node.editMember(scene.id, 'bob', { rights: ['banUsers', 'addAdmins', 'deleteMessages'] })
    await scene.heldBy(ann, bob)
    await another()
    await bob.node.editMember(scene.id, 'cat', { rights: ['deleteMessages'] })
    await scene.heldBy(ann, bob, cat)
    await another()
    await ann.node.editMember(scene.id, 'bob', { rights: ['none'] })
    await scene.heldBy(ann, cat)
    await another()
    await ann.node.removeMembers(scene.id, ['cat'])
    await eventually(async () => !sameBytes(await scene.inForce(), seen.at(-1)!) && scene.keyOf(cat) === null)
    assert.deepEqual(scene.keyOf(ann), await scene.inForce())
    await another()
  })

  it('lets an admin have the relay erase what others wrote, and nobody who has the right no more', async () => {
    scene = await KeyScene.make()
    const [ann, bob, cat] = scene.all
    await ann.node.editMember(scene.id, 'bob', { rights: ['deleteMessages'] })
    await scene.heldBy(ann, bob)
    await scene.says(cat, 'first word')
    await scene.says(ann, 'second word')
    const message = async (text: string): Promise<{ id: string, seq: number }> => {
      const { id, seq } = (await bob.node.showChat(scene.id)).messages.find(m => m.text === text)!
      return { id, seq: seq! }
    }
    const isErased = async (seq: number): Promise<boolean> => (await scene.world.relay.services.store.logs.read(scene.chat(ann).log, seq - 1, 1, 1 << 20)).entries[0]!.erased
    for (const text of ['first word', 'second word']) {
      const { id, seq } = await message(text)
      await bob.node.deleteMessages(scene.id, [id])
      await eventually(async () => await isErased(seq))
      for (const who of scene.all) await eventually(async () => !(await scene.texts(who)).includes(text))
    }
    await scene.says(cat, 'third word')
    const { id, seq } = await message('third word')
    await ann.node.editMember(scene.id, 'bob', { rights: ['none'] })
    await scene.heldBy(ann)
    await assert.rejects(bob.node.deleteMessages(scene.id, [id]), ForbiddenError)
    await ann.node.deleteMessages(scene.id, [id])
    await eventually(async () => await isErased(seq))
  })

  it('lets an admin void what a member has broken, while the creator is away', async () => {
    scene = await KeyScene.make()
    const [ann, bob, cat] = scene.all
    await ann.node.editMember(scene.id, 'bob', { rights: ['banUsers'] })
    await scene.heldBy(ann, bob)
    await ann.close()
    const { link, log, cursor, keys } = scene.chat(cat)
    const [result] = await link.append(log, [{ id: systemRandom(16), kind: ENTRY_KIND.commit, payload: systemRandom(300), base: cursor.lastCommit, caps: { append: cat.device.key, read: keys.read.key } }])
    assert.ok(!(result instanceof PetrelError))
    await eventually(() => scene.chat(cat).cursor.lastCommit > cursor.lastCommit + 1 && scene.chat(cat).cursor.alarm === null)
    await scene.says(cat, 'on we go', [bob, cat])
  })

  it('lets an admin move the group when its relay is gone, and the creator away; who was demoted cannot', async () => {
    scene = await KeyScene.make(2)
    const [ann, bob, cat] = scene.all
    const [first, second] = scene.world.relays
    for (const name of ['bob', 'cat']) await ann.node.editMember(scene.id, name, { rights: ['banUsers'] })
    await scene.heldBy(ann, bob, cat)
    await ann.node.editMember(scene.id, 'cat', { rights: ['none'] })
    await scene.heldBy(ann, bob)
    await ann.close()
    first!.cut(true)
    await assert.rejects(cat.node.moveChat(scene.id, { lost: true }), ForbiddenError)
    await bob.node.moveChat(scene.id, { lost: true })
    await scene.says(cat, 'here we are', [bob, cat])
    assert.deepEqual(scene.chat(cat).home.peer, second!.signer.key)
  })

  it('leads to the new home who has not seen it come into force, and nobody else\'s key does', async () => {
    scene = await KeyScene.make(2)
    const [ann, bob, cat] = scene.all
    const [first, second] = scene.world.relays
    await scene.says(ann, 'all are here')
    // Cat sees nothing from here on.
    await cat.core.chats.get(scene.chat(cat).log)!.stop()
    await ann.node.editMember(scene.id, 'bob', { rights: ['banUsers'] })
    await eventually(() => scene.keyOf(bob) !== null)
    await ann.node.editGroup(scene.id, { title: 'Rare birds' })
    await eventually(() => scene.chat(bob).policy!.title === 'Rare birds')
    await ann.close()
    first!.cut(true)
    await bob.node.moveChat(scene.id, { lost: true })
    const chat = scene.chat(cat)
    const { action } = scene.chat(bob).record.home!
    const order = openOwnerAction(action).action as TermAction
    assert.ok(order.seq > chat.cursor.seq && !sameBytes(chat.place.owner, scene.keyOf(bob)!))
    const { signal } = new AbortController()
    const forged = [signOwnerAction(order, cat.device), signOwnerAction({ ...order, hash: new Uint8Array(32) }, signerFromSeed(scene.chat(bob).record.ownerSeed!)), signOwnerAction({ ...order, home: first!.signer.key }, signerFromSeed(scene.chat(bob).record.ownerSeed!))]
    for (const one of forged) await assert.rejects(hearOfMove(chat, one, AbortSignal.timeout(300)), (error: PetrelError) => ['ERR_PROOF', 'ERR_UNAVAILABLE', 'ERR_ABORTED', 'ERR_DEADLINE'].includes(error.code))
    const { seq } = chat.cursor
    assert.equal(await hearOfMove(chat, action, signal), true)
    assert.deepEqual([chat.home.peer, chat.cursor.seq], [second!.signer.key, seq], 'nothing of it is taken before')
    cat.core.chats.get(chat.log)!.start()
    await scene.says(cat, 'found', [bob, cat])
    assert.deepEqual(chat.place.owner, scene.keyOf(bob))
  })

  it('that came after a takeover lets the group go back to the relay from which it was taken over, by agreement', async () => {
    scene = await KeyScene.make(2)
    const [ann, bob, cat] = scene.all
    const [first, second] = scene.world.relays
    await ann.node.addRelay(second!.address)
    await ann.node.editMember(scene.id, 'bob', { rights: ['banUsers'] })
    await scene.heldBy(ann, bob)
    first!.cut(true)
    await ann.node.moveChat(scene.id, { to: second!.address, lost: true })
    const before = scene.keyOf(ann)!
    first!.cut(false)
    await ann.node.editMember(scene.id, 'bob', { rights: ['none'] })
    await eventually(() => scene.keyOf(bob) === null && !sameBytes(scene.keyOf(ann)!, before))
    await ann.node.moveChat(scene.id, { to: first!.address })
    await scene.says(cat, 'back again')
    assert.deepEqual(scene.all.map(who => scene.chat(who).home.peer), scene.all.map(() => first!.signer.key))
  })

  it('is what it was at the place that a takeover goes back to', async () => {
    scene = await KeyScene.make(2)
    const [ann, bob, cat] = scene.all
    const [first, second] = scene.world.relays
    await ann.node.editMember(scene.id, 'bob', { rights: ['banUsers'] })
    await scene.heldBy(ann, bob)
    const kept = await scene.inForce()
    // Bob sees nothing of what comes now.
    await bob.core.chats.get(scene.chat(bob).log)!.stop()
    await ann.node.editMember(scene.id, 'cat', { rights: ['banUsers'] })
    await eventually(() => scene.keyOf(cat) !== null)
    first!.cut(true)
    bob.core.chats.get(scene.chat(bob).log)!.start()
    await bob.node.moveChat(scene.id, { lost: true })
    assert.deepEqual(scene.keyOf(bob), kept)
    assert.deepEqual(scene.chat(bob).home.peer, second!.signer.key)
  })
})
