import assert from 'node:assert/strict'
import type { ChatSession } from '../../../src/node/chats/index.js'
import { ForbiddenError, peerIdText, RateLimitError } from '../../../src/protocol/wire/index.js'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'

/** People who know each other, and a group of the first of them. */
class Scene {
  readonly world: SmallWorld
  readonly people: SmallPerson[]
  readonly group: ChatSession

  private constructor (world: SmallWorld, people: SmallPerson[], group: ChatSession) {
    this.world = world
    this.people = people
    this.group = group
  }

  static async make (names: readonly string[], options: { history?: boolean } = {}): Promise<Scene> {
    const world = await SmallWorld.make()
    const people: SmallPerson[] = []
    for (const name of names) people.push(await world.person(name))
    const [first] = people
    for (const one of people.slice(1)) await world.introduce(first!, one)
    const { chat } = await first!.node.createGroup('Birds', { ...options, members: names.slice(1) })
    const scene = new Scene(world, people, first!.core.chats.all().find(s => s.chat.id === chat.id)!)
    for (const one of people.slice(1)) await scene.has(one)
    return scene
  }

  get id (): string { return this.group.chat.id }

  /** Somebody's side of the group. */
  of (who: SmallPerson): ChatSession { return who.core.chats.get(this.group.chat.log)! }
  async has (who: SmallPerson): Promise<ChatSession> {
    await eventually(async () => who.core.chats.get(this.group.chat.log) !== undefined)
    return this.of(who)
  }

  async texts (who: SmallPerson): Promise<string[]> { return (await who.node.showChat(this.group.chat.id, { limit: 100 })).messages.filter(m => m.kind === 'text').map(m => m.text) }
  async sees (who: SmallPerson, text: string): Promise<void> { await eventually(async () => (await this.texts(who)).includes(text)) }
}

describe('a group', function () {
  // A machine under load takes its time: one of these makes five worlds.
  this.timeout(60_000)

  let scene: Scene
  afterEach(async () => { await scene.world.close() })

  it('takes its members in one commit, and all read each other', async () => {
    scene = await Scene.make(['ann', 'bob', 'cat', 'dan'])
    const [ann, bob, cat, dan] = scene.people as [SmallPerson, SmallPerson, SmallPerson, SmallPerson]
    await ann.node.send(scene.id, 'hello')
    for (const one of [bob, cat, dan]) await scene.sees(one, 'hello')
    await dan.node.send('Birds', 'hi all')
    for (const one of [ann, bob, cat]) await scene.sees(one, 'hi all')
    const { chat, members, role } = await bob.node.showGroup('Birds')
    assert.deepEqual([chat.title, chat.kind, chat.members, role], ['Birds', 'group', 4, 'member'])
    assert.deepEqual(members.map(m => m.role), ['owner', 'member', 'member', 'member'])
    assert.equal(scene.of(bob).chat.cursor.lastCommit, 1)
  })

  it('counts a change that waits for its relay among what is on its way', async () => {
    scene = await Scene.make(['ann', 'bob'])
    const [ann] = scene.people as [SmallPerson]
    scene.world.relay.cut(true)
    assert.equal((await ann.node.status()).queued, 0)
    ann.node.editGroup('Birds', { title: 'Owls' }).catch(() => undefined)
    await eventually(async () => (await ann.node.status()).queued === 1)
  })

  it('lets go of who is removed, and goes on', async () => {
    scene = await Scene.make(['ann', 'bob', 'cat'])
    const [ann, bob, cat] = scene.people as [SmallPerson, SmallPerson, SmallPerson]
    await ann.node.removeMembers('Birds', ['cat'])
    await eventually(async () => (await cat.node.showGroup(scene.id)).role === null)
    await ann.node.send(scene.id, 'she is gone')
    await scene.sees(bob, 'she is gone')
    await assert.rejects(cat.node.send(scene.id, 'still here'), ForbiddenError)
    assert.deepEqual([await scene.texts(cat), scene.of(cat).chat.cursor.alarm], [[], null])
  })

  it('keeps out who is banned until it is let in again', async () => {
    scene = await Scene.make(['ann', 'bob', 'cat'])
    const [ann, bob, cat] = scene.people as [SmallPerson, SmallPerson, SmallPerson]
    const { banned } = await ann.node.removeMembers('Birds', ['cat'], { ban: true })
    assert.deepEqual(banned.map(b => b.name), ['cat'])
    await assert.rejects(ann.node.addMembers('Birds', ['cat']), ForbiddenError)
    await eventually(async () => (await cat.node.showGroup(scene.id)).role === null)
    assert.equal((await cat.node.showChat(scene.id)).messages.at(-1)?.text, 'banned you')
    await ann.node.editMember('Birds', 'cat', { unban: true })
    assert.equal((await ann.node.addMembers('Birds', ['cat'])).chat.members, 3)
    await eventually(async () => (await cat.node.showGroup(scene.id)).role === 'member')
    await ann.node.send('Birds', 'welcome back')
    await scene.sees(cat, 'welcome back')
    await cat.node.send(scene.id, 'I am back')
    await scene.sees(ann, 'I am back')
    await scene.sees(bob, 'I am back')
    assert.deepEqual((await bob.node.showChat('Birds')).messages.filter(({ kind }) => kind === 'service').map(({ text }) => text).slice(-3), ['banned cat', 'ended the ban of cat', 'added cat'])
  })

  it('knows that somebody has come back, though nobody writes, and sends no more letters', async () => {
    scene = await Scene.make(['ann', 'bob'])
    const [ann] = scene.people as [SmallPerson]
    const cat = await scene.world.person('cat', { marks: { groupMarkMs: 0, groupMarkSpreadMs: 0 } })
    await scene.world.introduce(ann, cat)
    // Those that are left are of her chats with either, where nothing was written.
    const isSettled = async (): Promise<void> => await eventually(async () => { ann.core.post.kick(true); return ann.core.post.unconfirmed() + ann.core.post.pending() === 2 })
    for (const turn of [1, 2]) {
      await ann.node.addMembers('Birds', ['cat'])
      await scene.has(cat)
      await eventually(async () => (await cat.node.showGroup(scene.id)).role === 'member')
      await isSettled()
      if (turn === 1) await ann.node.removeMembers('Birds', ['cat'])
      if (turn === 1) await eventually(async () => (await cat.node.showGroup(scene.id)).role === null)
    }
  })

  it('reaches who is added after others have been heard', async () => {
    scene = await Scene.make(['ann', 'bob'])
    const [ann, bob] = scene.people as [SmallPerson, SmallPerson]
    await ann.node.send('Birds', 'one', { wait: 'delivered' })
    const cat = await scene.world.person('cat')
    await scene.world.introduce(ann, cat)
    await ann.node.addMembers('Birds', ['cat'])
    await scene.has(cat)
    await bob.node.send('Birds', 'hello cat')
    await scene.sees(cat, 'hello cat')
    await eventually(async () => (await scene.texts(cat)).join() === 'one,hello cat')
    assert.match((await bob.node.showChat('Birds')).messages.map(m => m.text).join('|'), /added cat|added/)
  })

  it('tells who asked when a change cannot be made', async () => {
    scene = await Scene.make(['ann', 'bob'])
    const [ann] = scene.people as [SmallPerson]
    await assert.rejects(ann.node.editMember('Birds', 'bob', { rights: ['none'] }), /no admin/)
    await ann.node.editMember('Birds', 'bob', { rights: ['banUsers'] })
    await assert.rejects(ann.node.editMember('Birds', 'bob', { permissions: ['none'] }), /bob is an admin of this group: make them a member first/)
    const me = peerIdText(ann.account.key)
    for (const edit of [{ permissions: ['none'] }, { rights: ['banUsers'] }, { title: 'queen' }]) await assert.rejects(ann.node.editMember('Birds', me, edit), /is the owner of this group/)
    await assert.rejects(ann.node.removeMembers('Birds', [me], { ban: true }), /owner of a group cannot be banned/)
    await assert.rejects(scene.group.committer.ended((await (async () => {
      const intent = { id: new Uint8Array(16).fill(7), add: [new Uint8Array([0xed, 1, ...new Uint8Array(32).fill(9)])] }
      await scene.group.committer.wish(intent)
      return intent
    })()).id), /only contacts/)
  })

  it('refuses what its policy does not allow, and does what it does', async () => {
    scene = await Scene.make(['ann', 'bob', 'cat'])
    const [ann, bob, cat] = scene.people as [SmallPerson, SmallPerson, SmallPerson]
    await assert.rejects(bob.node.editGroup('Birds', { title: 'Owls' }), (error: unknown) => error instanceof ForbiddenError && /takes the permission or the right changeInfo/.test(error.message))
    await assert.rejects(bob.node.removeMembers('Birds', [peerIdText(cat.account.key).slice(-6)]), ForbiddenError)
    await ann.node.editMember('Birds', 'bob', { rights: ['changeInfo'], title: 'warden' })
    await eventually(async () => (await bob.node.showGroup('Birds')).role === 'admin')
    await bob.node.editGroup('Birds', { title: 'Owls' })
    await eventually(async () => scene.of(cat).chat.title === 'Owls')
    await ann.node.editGroup(scene.id, { permissions: ['react'] })
    await eventually(async () => (await cat.node.showGroup('Owls')).permissions.length === 1)
    await assert.rejects(cat.node.send('Owls', 'hush'), ForbiddenError)
    await bob.node.send('Owls', 'admins still may')
  })

  it('holds a member to slow mode, on both sides', async () => {
    scene = await Scene.make(['ann', 'bob'])
    const [ann, bob] = scene.people as [SmallPerson, SmallPerson]
    await ann.node.editGroup('Birds', { slowMode: 3600 })
    await eventually(async () => (await bob.node.showGroup('Birds')).slowMode === 3600)
    await bob.node.send('Birds', 'one')
    await scene.sees(ann, 'one')
    await assert.rejects(bob.node.send('Birds', 'two'), RateLimitError)
    // A member whose node does not keep to it.
    await eventually(() => scene.of(bob).chat.outbox.size === 0)
    scene.of(bob).chat.cursor = { ...scene.of(bob).chat.cursor, posts: [] }
    await bob.node.send('Birds', 'three')
    await eventually(async () => (await ann.node.showChat('Birds')).messages.some(m => m.text.includes('slow mode')))
    assert.deepEqual(await scene.texts(ann), ['one'])
  })

  it('holds a member to slow mode while what it wrote is still on its way: all others would hold the next one back', async () => {
    scene = await Scene.make(['ann', 'bob'])
    const [ann, bob] = scene.people as [SmallPerson, SmallPerson]
    await ann.node.editGroup('Birds', { slowMode: 3600 })
    await eventually(async () => (await bob.node.showGroup('Birds')).slowMode === 3600)
    bob.options.fate = () => 'lost-before'
    const { id } = await bob.node.send('Birds', 'one', { wait: 'queued' })
    await assert.rejects(bob.node.send('Birds', 'two', { wait: 'queued' }), RateLimitError)
    // What is done with a message is nothing that is said.
    await bob.node.react('Birds', id, ['👍'], { wait: 'queued' })
    delete bob.options.fate
    await scene.sees(ann, 'one')
    assert.deepEqual(await scene.texts(ann), ['one'])
  })

  it('does the wishes of all who change it at once, one after another', async () => {
    scene = await Scene.make(['ann', 'bob', 'cat', 'dan'])
    const [ann, bob, cat, dan] = scene.people as [SmallPerson, SmallPerson, SmallPerson, SmallPerson]
    for (const one of ['bob', 'cat', 'dan']) await ann.node.editMember('Birds', one, { rights: ['changeInfo', 'banUsers', 'inviteUsers', 'addAdmins'] })
    for (const one of [bob, cat, dan]) await eventually(async () => scene.of(one).chat.policy?.admins.length === 3)
    await Promise.all([bob.node.editGroup(scene.id, { title: 'by bob' }), cat.node.editGroup(scene.id, { about: 'by cat' }), dan.node.editGroup(scene.id, { slowMode: 30 }), ann.node.editGroup(scene.id, { history: false })])
    for (const one of scene.people) {
      await eventually(async () => {
        const { chat, about, slowMode, history, pending } = await one.node.showGroup(scene.id)
        return chat.title === 'by bob' && about === 'by cat' && slowMode === 30 && !history && pending === 0
      })
      assert.equal(scene.of(one).chat.cursor.alarm, null)
    }
  })

  it('lets a member leave, and nobody who owns it', async () => {
    scene = await Scene.make(['ann', 'bob', 'cat'])
    const [ann, bob, cat] = scene.people as [SmallPerson, SmallPerson, SmallPerson]
    await assert.rejects(ann.node.leaveGroup('Birds'), { code: 'ERR_FORBIDDEN', message: /give the group to another member/ })
    await bob.node.leaveGroup('Birds')
    await eventually(async () => (await bob.node.showGroup(scene.id)).role === null)
    assert.deepEqual((await bob.node.listChats()).filter(c => c.kind === 'group').map(c => c.members), [0])
    await ann.node.send(scene.id, 'two of us')
    await scene.sees(cat, 'two of us')
    assert.equal((await cat.node.showGroup('Birds')).chat.members, 2)
    await ann.node.editMember('Birds', 'cat', { owner: true })
    await eventually(async () => (await cat.node.showGroup('Birds')).role === 'owner')
    await ann.node.leaveGroup('Birds')
    await eventually(async () => (await ann.node.showGroup(scene.id)).role === null)
    await cat.node.createGroup('Owls')
    await assert.rejects(cat.node.leaveGroup('Owls'), { code: 'ERR_FORBIDDEN', message: /alone in this group/ })
  })

  it('goes on with a wish after a crash between any two writes', async () => {
    for (const [n, when] of [[1, 'after'], [2, 'before'], [2, 'after'], [3, 'before'], [3, 'after']] as const) {
      scene = await Scene.make(['ann', 'bob'])
      const [ann, bob] = scene.people as [SmallPerson, SmallPerson]
      const crash = ann.at(n, when)
      ann.node.editGroup('Birds', { title: 'Owls' }).catch(() => undefined)
      await ann.crash(await crash)
      await eventually(async () => scene.of(bob).chat.title === 'Owls' && scene.of(ann).chat.title === 'Owls')
      assert.equal((await ann.node.showGroup('Owls')).pending, 0)
      if (n < 3 || when === 'before') await scene.world.close()
    }
  })
})
