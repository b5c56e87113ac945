/** The longer ways of a group's owner key. */
import assert from 'node:assert/strict'
import { ENTRY_KIND, sameBytes } from '../../../src/protocol/wire/index.js'
import { eventually } from '../small-world.js'
import { KeyScene } from './key-scene.js'

describe('the owner key of a group\'s log, in the long run', () => {
  let scene: KeyScene
  afterEach(async () => { await scene.world.close() })

  it('goes with the group when it is given away, and with its admins when they leave', async () => {
    scene = await KeyScene.make()
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
    scene = await KeyScene.make()
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

  it('lets in who is added after the group was moved with a later one', async () => {
    scene = await KeyScene.make(2)
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
    // Its own line shows before it has read any of the log.
    const key = scene.keyOf(bob)
    assert.ok(key !== null)
    await eventually(() => sameBytes(scene.chat(dan).place.owner, key))
  })
})
