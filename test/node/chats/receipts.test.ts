/** Who has received and read what in a group, what is unread, and what of it names its reader. */
import assert from 'node:assert/strict'
import { marksAfter, startCursor } from '../../../src/node/chats/cursor.js'
import { takeEntry } from '../../../src/node/chats/log-machine.js'
import type { ChatSession } from '../../../src/node/chats/index.js'
import { sealMessage } from '../../../src/protocol/crypto/index.js'
import { DEFAULT_PERMISSIONS, encodeBody, signMessage } from '../../../src/protocol/message/index.js'
import { encodeGenesis, ENTRY_KIND, entryHash, LIMITS, logIdOf, peerIdText, randomSeed, signCertificate, signerFromSeed, signManifest, openManifest, type CheckedManifest, type KeyBytes, type Signer, type VerifiedEntry } from '../../../src/protocol/wire/index.js'
import type { ChatInfo, ChatMessage } from '../../../src/protocol/api/index.js'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'

/** Marks go at once, so that a test need not wait for them. */
const AT_ONCE = { marks: { groupMarkMs: 0, groupMarkSpreadMs: 0 } }

describe('a message of a group', () => {
  let world: SmallWorld
  let ann: SmallPerson
  let bob: SmallPerson
  let cat: SmallPerson
  let group: string

  before(async () => {
    world = await SmallWorld.make()
    ;[ann, bob, cat] = [await world.person('ann', AT_ONCE), await world.person('bob', AT_ONCE), await world.person('cat', AT_ONCE)]
    await world.introduce(ann, bob)
    await world.introduce(ann, cat)
    group = (await ann.node.createGroup('Birds', { members: ['bob', 'cat'] })).chat.id
    for (const one of [bob, cat]) await eventually(() => one.core.chats.all().some(s => s.chat.id === group))
  })
  after(async () => { await world.close() })

  const sideOf = (who: SmallPerson): ChatSession => who.core.chats.all().find(s => s.chat.id === group)!
  const own = async (id: string): Promise<ChatMessage> => await ann.node.getMessage(group, id)
  const info = async (who: SmallPerson): Promise<ChatInfo> => (await who.node.showChat(group)).chat
  const has = async (who: SmallPerson, id: string): Promise<void> => { await eventually(async () => (await who.node.showChat(group)).messages.some(m => m.id === id && m.seq !== null)) }

  it('tells its author who has received it and who has read it, and others nothing', async () => {
    const { id, deliveredTo, readBy } = await ann.node.send(group, 'who reads this?')
    assert.deepEqual([deliveredTo !== null, readBy], [true, 0])
    await eventually(async () => (await own(id)).deliveredTo === 2)
    await bob.node.readChat(group)
    await eventually(async () => (await own(id)).readBy === 1)
    const readers = await ann.node.listReaders(group, id)
    assert.deepEqual(readers.map(({ name, state, readAt }) => [name, state, readAt instanceof Date]), [['bob', 'read', true], ['cat', 'delivered', false]])
    assert.ok(readers.every(({ deliveredAt }) => deliveredAt instanceof Date))
    const seen = await cat.node.getMessage(group, id)
    assert.deepEqual([seen.deliveredTo, seen.readBy, seen.state], [null, null, null])
  })

  it('tells its author once that it was received, and once that it was read, however many do', async () => {
    const { id } = await ann.node.send(group, 'once', { wait: 'delivered' })
    await eventually(async () => (await own(id)).deliveredTo === 2)
    for (const one of [bob, cat]) await one.node.readChat(group)
    await eventually(async () => (await own(id)).readBy === 2)
    const states: string[] = []
    for await (const { event } of ann.node.receive({ after: 0 })) if (event.type === 'messageState' && event.id === id) states.push(event.state)
    assert.deepEqual(states, ['stored', 'delivered', 'read'])
  })

  it('is told about by its own id: an edit and a reaction that are stored are messages to nobody', async () => {
    const { id } = await ann.node.send(group, 'an old word', { wait: 'stored' })
    await ann.node.editMessage(group, id, 'a new word', { wait: 'stored' })
    await ann.node.react(group, id, ['👍'], { wait: 'stored' })
    const last = await ann.node.send(group, 'after that', { wait: 'stored' })
    let told: string[] = []
    await eventually(async () => {
      told = []
      for await (const { event } of ann.node.receive({ after: 0 })) if (event.type === 'messageState') told.push(event.id)
      return told.includes(last.id)
    })
    assert.deepEqual([...new Set(told.slice(told.indexOf(id)))], [id, last.id])
  })

  it('names its reader by an entity or an answer, and is counted so until it is read', async () => {
    // Up to the end: what comes to bob only after he has read would count among what is unread.
    await has(bob, (await ann.node.showChat(group)).messages.at(-1)!.id)
    await bob.node.readChat(group)
    const mine = await bob.node.send(group, 'I am bob')
    await has(ann, mine.id)
    const plain = await ann.node.send(group, 'for all')
    const named = await ann.node.send(group, 'look, bob', { entities: [{ type: 'text_mention', offset: 6, length: 3, value: peerIdText(bob.account.key) }] })
    const called = await ann.node.send(group, '@bob and @cat', { entities: [{ type: 'mention', offset: 0, length: 4 }, { type: 'mention', offset: 9, length: 4 }] })
    const answer = await ann.node.send(group, 'yes you are', { replyTo: mine.id })
    await has(bob, answer.id)
    assert.deepEqual((await bob.node.showChat(group)).messages.filter(m => m.mentionsMe).map(m => m.id), [named.id, called.id, answer.id])
    assert.deepEqual([(await info(bob)).unread, (await info(bob)).unreadMentions], [4, 3])
    await has(cat, answer.id)
    assert.deepEqual((await cat.node.showChat(group)).messages.filter(m => m.mentionsMe).map(m => m.id), [called.id])
    const told: string[] = []
    for await (const { event } of bob.node.receive({ after: 0 })) if (event.type === 'message' && event.message.mentionsMe) told.push(event.message.id)
    assert.deepEqual(told, [named.id, called.id, answer.id])
    // What is taken back counts no more, be it read or not.
    await ann.node.deleteMessages(group, [called.id, plain.id])
    await eventually(async () => (await info(bob)).unread === 2)
    assert.equal((await info(bob)).unreadMentions, 2)
    const { seq } = await bob.node.getMessage(group, named.id)
    await bob.node.readChat(group, { upTo: seq! })
    assert.deepEqual([(await info(bob)).unread, (await info(bob)).unreadMentions], [1, 1])
    await bob.crash()
    assert.deepEqual([(await info(bob)).unread, (await info(bob)).unreadMentions], [1, 1])
    await bob.node.readChat(group)
    assert.deepEqual([(await info(bob)).unread, (await info(bob)).unreadMentions], [0, 0])
  })

  it('does not count who came in after it', async () => {
    const { id } = await ann.node.send(group, 'before dan')
    await eventually(async () => (await own(id)).deliveredTo === 2)
    const dan = await world.person('dan', AT_ONCE)
    await world.introduce(ann, dan)
    await ann.node.addMembers(group, ['dan'])
    await eventually(() => dan.core.chats.all().some(s => s.chat.id === group))
    const later = await ann.node.send(group, 'after dan')
    await eventually(async () => (await own(later.id)).deliveredTo === 3)
    await dan.node.readChat(group)
    await eventually(async () => (await own(later.id)).readBy === 1)
    assert.deepEqual([(await own(id)).deliveredTo, (await own(id)).readBy, (await ann.node.listReaders(group, id)).length], [2, 0, 2])
  })

  it('no longer counts who is out', async () => {
    const { id } = await ann.node.send(group, 'hello')
    await eventually(async () => (await own(id)).deliveredTo === 3)
    await ann.node.removeMembers(group, ['cat'])
    assert.deepEqual([(await own(id)).deliveredTo, sideOf(ann).chat.cursor.marks.some(m => peerIdText(m.account) === peerIdText(cat.account.key))], [2, false])
  })
})

describe('marks in a log', () => {
  const members = (count: number): Array<{ account: KeyBytes, device: Signer, manifest: CheckedManifest }> => Array.from({ length: count }, () => {
    const [by, device] = [signerFromSeed(randomSeed()), signerFromSeed(randomSeed())]
    const cert = signCertificate({ v: 1, account: by.key, device: device.key, time: 1 }, by)
    const manifest = openManifest(signManifest({ v: 1, account: by.key, generation: 1, version: 1, prev: null, devices: [{ key: device.key, cert }], revoked: [], relays: [], inbox: null, keyPackages: [], time: 1 }, by))
    return { account: by.key, device, manifest }
  })

  it('of a group that is too large are not kept, and tell nothing', () => {
    const all = members(2)
    const [me, other] = [all[0]!, all[1]!]
    const [log, id, content] = [logIdOf(encodeGenesis({ v: 1, kind: 'log', salt: new Uint8Array(16), owner: me.account, home: me.account })), new Uint8Array(16).fill(1), new Uint8Array(32).fill(3)]
    const seen = { term: 1, seq: 5, hash: new Uint8Array(32) }
    for (const [size, kept] of [[LIMITS.receiptMembers, 1], [LIMITS.receiptMembers + 1, 0]] as const) {
      const signed = signMessage({ v: 1, chat: log, epoch: 1, id, account: other.account, devSeq: 1, prevOwn: null, seen, ts: 1000, body: encodeBody({ kind: 'mark', delivered: 5, read: 5 }) }, other.device)
      const payload = sealMessage(content, signed, { log, epoch: 1, id })
      const entry = { hash: new Uint8Array(32), payload, leaf: { v: 1, log, seq: 6, id, kind: ENTRY_KIND.data, base: null, caps: null, erasers: [], time: 1000, entry: entryHash(payload) } } as unknown as VerifiedEntry
      const rest = Array.from({ length: size - 2 }, () => me.manifest)
      const { cursor, effects, row } = takeEntry({ ...startCursor(new Uint8Array(32)), seq: 5 }, entry, {
        log, epoch: 1, content, me: me.account, members: [me.manifest, other.manifest, ...rest], policy: { title: 'Birds', about: '', owner: me.account, admins: [], permissions: DEFAULT_PERMISSIONS, slowMode: 0, history: true, restricted: [], banned: [] }, hashAt: () => undefined, now: 1000
      })
      assert.deepEqual([row.note ?? row.kind, cursor.marks.length, effects.length], ['mark', kept, kept], String(size))
    }
  })

  it('end with their members, and newcomers begin at the commit that adds them; of a group that grows too large the own one is left', () => {
    const [me, bob, cat, dan] = members(4).map(({ account }) => account) as [KeyBytes, KeyBytes, KeyBytes, KeyBytes]
    const marks = [me, bob, cat].map((account, n) => ({ account, delivered: n + 1, read: n }))
    assert.deepEqual(marksAfter({ marks }, 9, [me, bob, cat], [me, cat, dan], me), [marks[0], marks[2], { account: dan, delivered: 0, read: 0, since: 9 }])
    // Who was out and is back begins anew.
    assert.deepEqual(marksAfter({ marks }, 9, [me, bob], [me, bob, cat], me), [marks[0], marks[1], { account: cat, delivered: 0, read: 0, since: 9 }])
    const many = [me, ...members(LIMITS.receiptMembers).map(({ account }) => account)]
    assert.deepEqual(marksAfter({ marks }, 9, [me, bob, cat], many, me), [marks[0]])
  })
})
