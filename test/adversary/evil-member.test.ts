import assert from 'node:assert/strict'
import { capsOf, engineFor, keysOf } from '../../src/node/chats/chat-keys.js'
import { readCloudKeyPackage, sealHandshake, sealLink, systemRandom } from '../../src/protocol/crypto/index.js'
import { encodeBody, encodeCommitPayload, encodeHandshake, signCommitStatement } from '../../src/protocol/message/index.js'
import { ENTRY_KIND, keyFromPeerId, openKeyPackage, openManifest, randomSeed, sameBytes, signerFromSeed, type Caps, type CheckedManifest } from '../../src/protocol/wire/index.js'
import { until, untilText, World, type Person } from '../node/world.js'
import { Mallory } from './mallory.js'

const text = (words: string): Uint8Array => encodeBody({ kind: 'text', text: words })

/** Appends a commit; what it holds is the caller's. The relay takes it: it sees only that the keys are new. */
async function commit (mallory: Mallory, payload: (id: Uint8Array) => Uint8Array, caps: Caps, id = systemRandom(16)): Promise<void> {
  await mallory.append(payload(id), { id, kind: ENTRY_KIND.commit, base: mallory.chat.cursor.lastCommit, caps })
}

const strangeKeys = (): Caps => ({ append: signerFromSeed(randomSeed()).key, read: signerFromSeed(randomSeed()).key })

/** A commit that MLS accepts, made by the member that mallory is. */
async function validCommit (mallory: Mallory, change: { add?: { keyPackage: Uint8Array, manifest: CheckedManifest }, remove?: number }, caps?: Caps): Promise<void> {
  const { record, keys } = mallory.chat
  const own = record.members.find(m => sameBytes(m.account, mallory.core.account.key))!
  const manifests = [...record.members.map(m => openManifest(m.manifest)), ...change.add === undefined ? [] : [change.add.manifest]]
  const engine = engineFor(manifests, Date.now)
  const state = engine.decodeState(record.mls)
  const add = change.add === undefined ? [] : [(await readCloudKeyPackage(engine, openKeyPackage(change.add.keyPackage).record.bundle)).mls]
  const id = systemRandom(16)
  const aad = signCommitStatement({ v: 1, chat: record.log, epoch: record.epoch, id, seen: mallory.chat.sealing.seen, manifest: openManifest(own.manifest).hash }, mallory.device)
  const made = await engine.commit(state, { add, ...change.remove === undefined ? {} : { remove: [change.remove] }, update: true, aad })
  const next = await keysOf(engine, made.state, record.gpq, record.log)
  await commit(mallory, () => encodeCommitPayload({
    v: 1,
    handshake: sealHandshake(keys.handshake, encodeHandshake({ v: 1, mls: made.commit, manifests: change.add === undefined ? [] : [change.add.manifest.bytes] }), { log: record.log, epoch: record.epoch, id }),
    link: sealLink(next.link, keys.history, record.log, next.epoch)
  }), caps ?? capsOf(next), id)
}

describe('a member of a chat who breaks its rules', () => {
  let world: World
  let alice: Person
  let carol: Person
  let count = 0
  let mallory: Mallory

  before(async () => {
    world = await World.make()
    alice = await world.person('alice')
    carol = await world.person('carol')
    await world.introduce(carol, alice)
  })
  beforeEach(async () => {
    mallory = await Mallory.make(world, `mallory${++count}`)
    await mallory.befriend(alice)
    await mallory.say('before')
    await untilText(alice.node, 'before')
  })
  afterEach(async () => { await mallory.close() })
  after(async () => { await world.close() })

  /** Alice is told, sending there stops with the reason, the lines stay, and the other chat goes on. */
  async function stops (why: RegExp): Promise<void> {
    await until(alice.node, e => e.type === 'chat' && e.change === 'alarm' && e.chat === mallory.chat.id)
    await stands(why)
    assert.equal((await carol.node.send('alice', 'untouched', { wait: 'delivered' })).state, 'delivered')
  }

  async function stands (why: RegExp): Promise<void> {
    const { name } = mallory.core.account
    const info = (await alice.node.listChats()).find(c => c.title === name)
    assert.match(info?.alarm ?? '', why)
    await assert.rejects(alice.node.send(name, 'x'), (e: Error & { code: string }) => e.code === 'ERR_PROOF' && why.test(e.message))
    assert.equal((await alice.node.showChat(name)).messages[0]?.text, 'before')
  }

  it('is caught when its device uses a message number twice', async () => {
    await mallory.forge(text('the other one'), { message: { devSeq: 1, prevOwn: null } })
    await stops(/used one of its message numbers again/)
    await world.restart(alice)
    await stands(/used one of its message numbers again/)
  })

  it('is caught when it leaves out one of its own messages', async () => {
    await mallory.forge(text('the third'), { message: { devSeq: 3 } })
    await stops(/missing \(1\): the relay left them out, or the member lies/)
  })

  it('is caught when its messages do not name the one before', async () => {
    await mallory.forge(text('after what?'), { message: { prevOwn: systemRandom(32) } })
    await stops(/the relay put one in its place, or the member lies/)
  })

  it('is caught when it says to have seen another history', async () => {
    await mallory.forge(text('I saw something else'), { message: { seen: { term: 1, seq: 1, hash: systemRandom(32) } } })
    await stops(/another history of this chat, at number 1: .* or the author lies/)
  })

  it('is caught when it says to have seen what is not there yet', async () => {
    await mallory.forge(text('I come from the future'), { message: { seen: { term: 1, seq: 2 ** 53 - 1, hash: systemRandom(32) } } })
    await stops(/had seen 9007199254740991 entries: .* or the author lies/)
  })

  it('is caught when its commit is garbage', async () => {
    await commit(mallory, () => systemRandom(500), strangeKeys())
    await stops(/commit does not hold/)
    await world.restart(alice)
    await stands(/commit does not hold/)
  })

  it('is caught when its commit is empty', async () => {
    await commit(mallory, () => new Uint8Array(), strangeKeys())
    await stops(/commit does not hold/)
  })

  it('is caught when what is inside its sealed commit is garbage', async () => {
    const { record, keys } = mallory.chat
    await commit(mallory, id => encodeCommitPayload({
      v: 1, link: null, handshake: sealHandshake(keys.handshake, encodeHandshake({ v: 1, mls: systemRandom(3000), manifests: [systemRandom(300)] }), { log: record.log, epoch: record.epoch, id })
    }), strangeKeys())
    await stops(/commit does not hold/)
  })

  it('is caught when its commit tells the relay keys that nobody derives', async () => {
    await validCommit(mallory, {}, strangeKeys())
    await stops(/installs capability keys that its members do not derive/)
  })

  it('is caught when it adds a stranger to a direct chat', async () => {
    const stranger = keyFromPeerId((await carol.node.identity()).account)
    const link = mallory.core.publisher.home!
    const manifest = openManifest(await link.getManifest(stranger))
    await validCommit(mallory, { add: { keyPackage: (await link.getKeyPackage(stranger, 'cloud')).record, manifest } })
    await stops(/nobody may add, remove or change rights in a direct chat/)
  })

  it('is caught when it removes the other from a direct chat', async () => {
    const engine = engineFor(mallory.chat.manifests, Date.now)
    const { record } = mallory.chat
    const victim = engine.members(engine.decodeState(record.mls)).find(m => m.signatureKey !== undefined && m.leaf !== 0)!
    await validCommit(mallory, { remove: victim.leaf })
    await stops(/nobody may add, remove or change rights in a direct chat|commit does not hold/)
  })

  it('may renew its own leaf: the chat goes on in the new epoch', async () => {
    await validCommit(mallory, {})
    const sent = await alice.node.send(mallory.core.account.name, 'in which epoch?', { wait: 'queued' })
    await until(alice.node, e => e.type === 'messageState' && e.id === sent.id && e.state === 'stored')
    const info = (await alice.node.listChats()).find(c => c.id === mallory.chat.id)
    assert.equal(info?.alarm, null)
  })
})
