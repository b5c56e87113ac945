/** Who holds the owner key of a group's log, and what they can do with it while its creator is away. */
import assert from 'node:assert/strict'
import { ENTRY_KIND, ForbiddenError, openOwnerAction, PetrelError, sameBytes, signerFromSeed, signOwnerAction, type KeyBytes, type TermAction } from '../../../src/protocol/wire/index.js'
import { systemRandom } from '../../../src/protocol/crypto/index.js'
import { hearOfMove } from '../../../src/node/chats/hear-of-move.js'
import type { Chat } from '../../../src/node/chats/index.js'
import { decodeMeta } from '../../../src/relay/logs/meta.js'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'

/** Ann's group with Bob and Cat. */
class Scene {
  readonly world: SmallWorld
  readonly people: readonly SmallPerson[]
  readonly id: string
  readonly #log: Uint8Array

  private constructor (world: SmallWorld, people: readonly SmallPerson[], id: string, log: Uint8Array) {
    this.world = world
    this.people = people
    this.id = id
    this.#log = log
  }

  static async make (relays = 1): Promise<Scene> {
    const world = await SmallWorld.make(relays)
    const [, others] = world.relays
    const people = [await world.person('ann'), await world.person('bob', {}, others), await world.person('cat', {}, others)] as const
    const [ann, bob, cat] = people
    for (const [one, other] of [[ann, bob], [ann, cat], [bob, cat]] as const) await world.introduce(one, other)
    const { chat } = await ann.node.createGroup('Birds', { members: ['bob', 'cat'] })
    const { log } = ann.core.chats.all().find(s => s.chat.id === chat.id)!.chat
    const scene = new Scene(world, people, chat.id, log)
    for (const one of [bob, cat]) await eventually(() => one.core.chats.get(log) !== undefined)
    return scene
  }

  get all (): [SmallPerson, SmallPerson, SmallPerson] { return [...this.people] as [SmallPerson, SmallPerson, SmallPerson] }
  chat (who: SmallPerson): Chat { return who.core.chats.get(this.#log)!.chat }
  /** The owner key that somebody holds. */
  keyOf (who: SmallPerson): KeyBytes | null { return this.chat(who).record.ownerSeed === null ? null : signerFromSeed(this.chat(who).record.ownerSeed!).key }
  async inForce (relay = this.world.relay): Promise<KeyBytes> { return decodeMeta((await relay.services.store.logs.head(this.#log)).meta).owner }
  /** Waits until exactly these hold the key in force, and all know that it is. */
  async heldBy (...holders: readonly SmallPerson[]): Promise<void> {
    await eventually(async () => {
      const key = await this.inForce()
      const isRight = (who: SmallPerson): boolean => holders.includes(who) ? this.keyOf(who) !== null && sameBytes(this.keyOf(who)!, key) : this.keyOf(who) === null
      return this.people.every(who => isRight(who) && sameBytes(this.chat(who).place.owner, key) && this.chat(who).cursor.alarm === null)
    })
  }

  async texts (who: SmallPerson): Promise<string[]> { return (await who.node.showChat(this.id, { limit: 100 })).messages.filter(m => m.kind === 'text').map(m => m.text) }
  async says (who: SmallPerson, text: string, to: readonly SmallPerson[] = this.people): Promise<void> {
    await who.node.send(this.id, text, { wait: 'stored' })
    for (const one of to) await eventually(async () => (await this.texts(one)).includes(text))
  }
}

describe('the owner key of a group\'s log', () => {
  let scene: Scene
  afterEach(async () => { await scene.world.close() })

  it('is its creator\'s, and of each admin who may delete or ban: a fresh one whenever those are others', async () => {
    scene = await Scene.make()
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

  it('goes with the group when it is given away, and with its admins when they leave', async () => {
    scene = await Scene.make()
    const [ann, bob, cat] = scene.all
    await ann.node.editMember(scene.id, 'bob', { owner: true })
    await scene.heldBy(bob)
    await bob.node.editMember(scene.id, 'cat', { rights: ['banUsers'] })
    await scene.heldBy(bob, cat)
    const before = await scene.inForce()
    await cat.node.leaveGroup(scene.id)
    await eventually(async () => !sameBytes(before, await scene.inForce()) && scene.keyOf(cat) === null)
    await scene.says(ann, 'and on', [ann, bob])
  })

  it('comes from the next holder\'s node when who made an admin had none to give', async () => {
    scene = await Scene.make()
    const [ann, bob, cat] = scene.all
    await ann.node.editMember(scene.id, 'bob', { rights: ['addAdmins', 'banUsers'] })
    await scene.heldBy(ann, bob)
    // As in a group of a version before.
    scene.chat(bob).record = { ...scene.chat(bob).record, ownerSeed: null }
    ann.options.fate = (_log, [first]) => first?.kind === ENTRY_KIND.commit ? 'lost-before' : 'pass'
    await bob.node.editMember(scene.id, 'cat', { rights: ['banUsers'] })
    await scene.says(bob, 'made')
    assert.equal(scene.keyOf(cat), null)
    delete ann.options.fate
    await scene.heldBy(ann, bob, cat)
  })

  it('lets an admin have the relay erase what others wrote, and nobody who has the right no more', async () => {
    scene = await Scene.make()
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
    scene = await Scene.make()
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
    scene = await Scene.make(2)
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
    scene = await Scene.make(2)
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

  it('lets in who is added after the group was moved with a later one', async () => {
    scene = await Scene.make(2)
    const [ann, bob] = scene.all
    const [, second] = scene.world.relays
    await ann.node.editMember(scene.id, 'bob', { rights: ['banUsers'] })
    await scene.heldBy(ann, bob)
    await bob.node.moveChat(scene.id, { to: second!.address })
    const dan = await scene.world.person('dan', {}, second)
    await scene.world.introduce(bob, dan)
    await bob.node.addMembers(scene.id, ['dan'])
    await eventually(() => dan.core.chats.get(scene.chat(bob).log) !== undefined)
    await scene.says(dan, 'I am here', [bob, dan])
    assert.deepEqual(scene.chat(dan).place.owner, scene.keyOf(bob))
  })

  it('is what it was at the place that a takeover goes back to', async () => {
    scene = await Scene.make(2)
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
