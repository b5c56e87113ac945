import assert from 'node:assert/strict'
import type { GroupLinkDraft, JoinResult } from '../../../src/protocol/api/index.js'
import { formatLink, parseLink } from '../../../src/protocol/message/index.js'
import { BadInputError, ForbiddenError, NotFoundError, openManifest, peerIdText, signCertificate, signerFromSeed, signManifest } from '../../../src/protocol/wire/index.js'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'
import { until } from '../world.js'
import { letInThrough } from './let-in.js'

/** Every value that somebody's disk holds; in memory they are not encrypted. */
const everythingOf = (who: SmallPerson): Uint8Array[] => who.disk.map.slice({}).map(([, value]) => value)

describe('a link to a group', () => {
  let world: SmallWorld
  let ann: SmallPerson
  let chat: string
  afterEach(async () => { await world.close() })

  async function scene (names: readonly string[], options: { history?: boolean } = {}): Promise<SmallPerson[]> {
    world = await SmallWorld.make()
    const people: SmallPerson[] = []
    for (const name of ['ann', ...names]) people.push(await world.person(name))
    ann = people[0]!
    chat = (await ann.node.createGroup('Birds', options)).chat.id
    return people.slice(1)
  }

  const link = async (draft: GroupLinkDraft = {}): Promise<string> => (await ann.node.createGroupLink(chat, draft)).link

  /** Asks to be let in, and has the answer, however long a full machine takes for it. */
  const joins = async (who: SmallPerson, text: string): Promise<JoinResult> => await who.node.joinGroup(text, { waitMs: 50_000 })
  const isIn = async (who: SmallPerson): Promise<void> => { await eventually(async () => (await who.node.listChats()).some(c => c.id === chat)) }
  const members = async (): Promise<number> => (await ann.node.showGroup(chat)).members.length

  it('lets in who has it, as a member and as nobody\'s contact', async () => {
    const [bob, cat] = await scene(['bob', 'cat']) as [SmallPerson, SmallPerson]
    const text = await link()
    const { state, chat: joined, reason } = await joins(bob, text)
    assert.deepEqual([state, joined?.title, reason], ['joined', 'Birds', null])
    assert.equal((await joins(cat, text)).state, 'joined')
    await ann.node.send(chat, 'hello')
    for (const one of [bob, cat]) await eventually(async () => (await one.node.showChat(chat)).messages.some(m => m.text === 'hello'))
    await cat.node.send('Birds', 'hi')
    await eventually(async () => (await bob.node.showChat(chat)).messages.some(m => m.text === 'hi'))
    for (const one of [ann, bob, cat]) assert.deepEqual([await one.node.listContacts(), await one.node.listRequests(), (await one.node.listChats()).length], [[], [], 1])
    assert.deepEqual((await ann.node.showGroup(chat)).members.map(m => m.name).sort(), ['ann', 'bob', 'cat'])
    // Who made the link says what it is called; other members are no more than their ids.
    assert.deepEqual((await bob.node.showGroup(chat)).members[0]!.name, 'ann')
    assert.equal((await ann.node.listGroupLinks(chat))[0]!.used, 2)
    // The same again is no second wish.
    assert.equal((await joins(bob, text)).state, 'joined')
    assert.equal((await ann.node.listGroupLinks(chat))[0]!.used, 2)
  })

  /** Ann hears that somebody's only device was revoked; its own node knows nothing of it, as a thief's would not. */
  async function revoked (who: SmallPerson): Promise<void> {
    const { contacts, met, updates } = ann.core
    const held = openManifest((contacts.get(who.account.key) ?? met.get(who.account.key))!.manifest)
    const { key } = signerFromSeed(new Uint8Array(32).fill(9))
    const cert = signCertificate({ v: 1, account: who.account.key, device: key, time: 1 }, who.account)
    const version = held.manifest.version + 1
    const newer = openManifest(signManifest({ ...held.manifest, version, prev: held.hash, devices: [{ key, cert }], revoked: [{ key: who.device.key, version }] }, who.account))
    const contact = contacts.get(who.account.key)
    await updates.write(contact === undefined ? met.meet(newer, {}, Date.now())! : contacts.meetManifest(contact, newer)!.ops, [])
  }

  it('lets in nobody by a device that its account has revoked, as far as who made it knows', async () => {
    const [bob, cat, dan] = await scene(['bob', 'cat', 'dan']) as [SmallPerson, SmallPerson, SmallPerson]
    await world.introduce(ann, bob)
    await revoked(bob)
    const text = await link()
    assert.equal((await bob.node.joinGroup(text, { waitMs: 0 })).state, 'sent')
    await eventually(() => bob.core.post.pending() === 0)
    // By then his letter was read.
    assert.equal((await joins(cat, text)).state, 'joined')
    // And who had asked before.
    assert.equal((await joins(dan, await link({ approve: true }))).state, 'pending')
    await revoked(dan)
    await assert.rejects(ann.node.answerJoinRequest(chat, 'dan', true))
    assert.deepEqual((await ann.node.showGroup(chat)).members.map(m => m.account).sort(), [ann, cat].map(({ account }) => peerIdText(account.key)).sort())
  })

  it('lets in as many as it may and no more, whoever comes at once', async () => {
    const people = await scene(['bob', 'cat', 'dan'])
    const text = await link({ uses: 2 })
    const states = (await Promise.all(people.map(async one => await joins(one, text)))).map(({ state }) => state).sort()
    assert.deepEqual(states, ['joined', 'joined', 'refused'])
    assert.deepEqual([await members(), (await ann.node.listGroupLinks(chat)).map(l => [l.used, l.uses])], [3, [[2, 2]]])
    const late = people.find(one => one.core.chats.all().length === 0)!
    assert.match((await joins(late, text)).reason!, /used as often as it may/)
  })

  it('says that its end is missing when a shell has cut it', async () => {
    const [bob] = await scene(['bob']) as [SmallPerson]
    const { link } = await ann.node.createGroupLink(chat)
    await assert.rejects(bob.node.joinGroup(link.split('&')[0]!), { code: 'ERR_BAD_INPUT', message: /the end of the link is missing.*in quotes/ })
    await assert.rejects(bob.node.joinGroup((await ann.node.identity()).link), /petrel contacts add takes it/)
  })

  it('ends at its time, and when it is revoked, and is of no use to who is in', async () => {
    const [bob, cat] = await scene(['bob', 'cat']) as [SmallPerson, SmallPerson]
    const made = await ann.node.createGroupLink(chat, { expiresInMs: 3_600_000, name: 'for friends' })
    await ann.core.vault.kv.batch([ann.core.links.putLink({ ...ann.core.links.links()[0]!, expiresAt: ann.core.now() - 1 })])
    assert.deepEqual(await joins(bob, made.link), { state: 'refused', chat: null, reason: 'the link has ended: ask for a new one' })
    assert.deepEqual(await ann.node.listGroupLinks(chat), [])
    const other = await ann.node.createGroupLink(chat, { name: 'second' })
    await ann.node.revokeGroupLink(chat, 'second')
    assert.match((await joins(cat, other.link)).reason!, /ended or was revoked/)
    // Who is known reaches ann without the link's key, and is told all the same.
    await joins(cat, await link())
    await isIn(cat)
    assert.match((await joins(cat, await link())).reason!, /in the group already/)
    await cat.node.leaveGroup(chat)
    await eventually(async () => await members() === 1)
    const third = await ann.node.createGroupLink(chat, { name: 'third' })
    await ann.node.revokeGroupLink(chat, 'third')
    assert.match((await joins(cat, third.link)).reason!, /has ended/)
    await assert.rejects(ann.node.revokeGroupLink(chat, other.id), NotFoundError)
    assert.equal(await members(), 1)
  })

  it('asks first where it is to, and says what came of it', async () => {
    const [bob, cat] = await scene(['bob', 'cat']) as [SmallPerson, SmallPerson]
    const text = await link({ approve: true })
    assert.equal((await joins(bob, text)).state, 'pending')
    assert.equal((await joins(cat, text)).state, 'pending')
    assert.deepEqual((await ann.node.listJoinRequests(chat)).map(r => r.name), ['bob', 'cat'])
    await until(ann.node, e => e.type === 'joinRequest' && e.name === 'cat' && e.title === 'Birds')
    await ann.node.answerJoinRequest(chat, 'bob', true)
    await ann.node.answerJoinRequest(chat, 'cat', false)
    await isIn(bob)
    const answer = await until(cat.node, e => e.type === 'joinAnswer' && e.state === 'refused')
    assert.deepEqual([answer.event.type === 'joinAnswer' && answer.event.reason, await members()], ['the request to join was declined', 2])
    assert.deepEqual([await ann.node.listJoinRequests(chat), (await ann.node.listGroupLinks(chat))[0]!.used], [[], 1])
    // Nobody who was declined is asked about again.
    assert.match((await joins(cat, text)).reason!, /declined/)
    await assert.rejects(ann.node.answerJoinRequest(chat, 'bob', true), NotFoundError)
  })

  it('lets in nobody who is banned, and whoever left again', async () => {
    const [bob] = await scene(['bob']) as [SmallPerson]
    const text = await link()
    await joins(bob, text)
    await eventually(async () => await members() === 2)
    await ann.node.removeMembers(chat, ['bob'], { ban: true })
    await eventually(async () => (await bob.node.showGroup(chat)).role === null)
    assert.equal((await joins(bob, text)).reason, 'the group does not let you in')
    assert.equal((await ann.node.listGroupLinks(chat))[0]!.used, 1)
    await ann.node.editMember(chat, 'bob', { unban: true })
    assert.equal((await joins(bob, text)).state, 'joined')
    await eventually(async () => (await bob.node.showGroup(chat)).role === 'member')
    assert.equal((await ann.node.listGroupLinks(chat))[0]!.used, 2)
  })

  it('counts each who comes in once, also when the node is killed meanwhile', async () => {
    const [bob] = await scene(['bob']) as [SmallPerson]
    await letInThrough(ann, bob, chat, { n: 2, when: 'after' })
  })

  it('is made by who may add members, and takes a person\'s link for none', async () => {
    const [bob] = await scene(['bob']) as [SmallPerson]
    await joins(bob, await link())
    await ann.node.editGroup(chat, { permissions: ['sendMessages'] })
    await eventually(async () => (await bob.node.showGroup(chat)).permissions.length === 1)
    await assert.rejects(bob.node.createGroupLink(chat), ForbiddenError)
    await assert.rejects(bob.node.joinGroup((await ann.node.createInvite()).link), BadInputError)
    await assert.rejects(bob.node.addContact(await link()), BadInputError)
    await assert.rejects(ann.node.joinGroup(await link()), /your own link/)
  })

  it('says nothing of the group: not its name, its id, its members, its home', async () => {
    const [bob] = await scene(['bob']) as [SmallPerson]
    const text = await link({ approve: true, name: 'secret name' })
    const { account, relays, group, ...rest } = parseLink(text)
    assert.deepEqual([account, relays, group?.length, rest], [ann.account.key, parseLink(ann.core.account.link()).relays, 32, {}])
    const { log } = ann.core.chats.all()[0]!.chat
    await joins(bob, text)
    // Whatever the joiner's disk holds by then, opened: letters, records, updates.
    const known = everythingOf(bob)
    for (const secret of [Buffer.from('Birds'), Buffer.from('secret name'), Buffer.from(log), Buffer.from(chat)]) assert.ok(known.every(value => Buffer.from(value).indexOf(secret) < 0), secret.toString())
    await ann.node.answerJoinRequest(chat, 'bob', true)
    await isIn(bob)
    assert.ok(everythingOf(bob).some(value => Buffer.from(value).indexOf(Buffer.from(log)) >= 0))
  })

  it('makes nobody a contact: who writes by its key and does not ask is a stranger', async () => {
    const [bob] = await scene(['bob']) as [SmallPerson]
    const { group, relays } = parseLink(await link())
    await bob.node.addContact(formatLink({ account: ann.account.key, relays, invite: group! }))
    await until(ann.node, e => e.type === 'request' && e.name === 'bob')
    assert.deepEqual([await ann.node.listContacts(), (await ann.node.listRequests()).map(r => r.name)], [[], ['bob']])
  })
})
