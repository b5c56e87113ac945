/** The thief of a device commits first with the leaf that it holds, so that the account itself is out; the others put that right. */
import assert from 'node:assert/strict'
import { engineFor, keysOf, type ChatKeys } from '../../src/node/chats/chat-keys.js'
import { makeGroupCommit } from '../../src/node/chats/group/make-commit.js'
import type { Chat, ChatRecord } from '../../src/node/chats/index.js'
import { joinChat } from '../../src/node/chats/join.js'
import type { RelayLink } from '../../src/node/gateway/index.js'
import { inspectCommit, openHandshake, openLink, openMessage, sealMessage, systemRandom } from '../../src/protocol/crypto/index.js'
import { decodeCommitPayload, decodeHandshake, encodeBody, openCommitStatement, signMessage, type ChatInvitation } from '../../src/protocol/message/index.js'
import { decodeCaps, decodeLeaf, DecryptError, ENTRY_KIND, openManifest, peerIdText, PetrelError, RIGHT, sameBytes, signerFromSeed, type Leaf } from '../../src/protocol/wire/index.js'
import { decodeMeta } from '../../src/relay/logs/meta.js'
import { SharedVaults } from '../node/shared-vaults.js'
import { eventually, SmallWorld, type SmallPerson } from '../node/small-world.js'

const repair = { repairAfterMs: 20, repairSpreadMs: 0 }

/** What the thief has: its last state, the keys of its last two epochs, where its commit stands, and the private parts of the account's key packages. */
interface Thief { readonly record: ChatRecord, readonly keys: readonly ChatKeys[], readonly seq: number, readonly packages: readonly Uint8Array[] }

describe('the leaf of an account, in the hands of a thief', () => {
  let world: SmallWorld
  let ann: SmallPerson
  let bob: SmallPerson
  let cat: SmallPerson
  let stolen: SmallPerson
  let eve: RelayLink
  let group: string
  let direct: string

  beforeEach(async () => {
    world = await SmallWorld.make()
    ann = await world.person('ann', { spareDevices: 1, shared: new SharedVaults(), repair })
    bob = await world.person('bob', { repair })
    cat = await world.person('cat', { repair })
    for (const one of [bob, cat]) await world.introduce(ann, one)
    direct = ann.core.chats.all().find(({ chat }) => chat.peer !== undefined && Buffer.compare(chat.peer, bob.account.key) === 0)!.chat.id
    group = (await ann.node.createGroup('Birds', { members: ['bob', 'cat'] })).chat.id
    for (const one of [bob, cat]) await eventually(() => has(one, group))
    stolen = await world.second(ann)
    await says(ann, group, 'before', [bob, cat, stolen])
    await says(ann, direct, 'before', [bob, stolen])
    eve = (await world.person('eve')).core.pool.link(world.relay.signer.key, [world.relay.address])
  })
  afterEach(async () => { await world.close() })

  const has = (who: SmallPerson, id: string): boolean => who.core.chats.all().some(({ chat }) => chat.id === id)
  const chatOf = (who: SmallPerson, id: string): Chat => who.core.chats.all().find(({ chat }) => chat.id === id)!.chat
  const texts = async (who: SmallPerson, id: string): Promise<string[]> => (await who.node.showChat(id, { limit: 100 })).messages.filter(m => m.kind === 'text').map(m => m.text)
  async function says (who: SmallPerson, id: string, text: string, to: readonly SmallPerson[]): Promise<void> {
    await who.node.send(id, text, { wait: 'stored' })
    for (const one of to) await eventually(async () => (await texts(one, id)).includes(text))
  }

  /** The thief renews the leaf for itself; as a stranger, who needs no more than the chat's keys. */
  async function hijack (id: string): Promise<Thief> {
    const { record, keys, cursor: { term, seq, hash, lastCommit }, deps, log } = chatOf(stolen, id)
    const { commit } = await makeGroupCommit({
      record, keys, me: deps.manifest(), device: deps.device, seen: { term, seq, hash }, base: lastCommit, done: [], todo: { add: [], remove: [], update: true }, candidates: [], now: Date.now()
    })
    eve.setCapability(log, RIGHT.append, keys.append)
    const [result] = await eve.append(log, [{ id: commit.id, kind: ENTRY_KIND.commit, payload: commit.payload, base: commit.base, caps: decodeCaps(commit.caps) }])
    if (result instanceof PetrelError) throw result
    const engine = engineFor(chatOf(stolen, id).manifests, Date.now)
    const state = engine.decodeState(commit.mls)
    return { record: { ...record, mls: commit.mls, epoch: state.epoch }, keys: [keys, await keysOf(engine, state, record.gpq, log)], seq: result!.receipt.statement.seq, packages: stolen.core.account.keyPackages().map(({ privatePart }) => privatePart) }
  }

  /** The account revokes the device, and is in the chat again. */
  async function repaired (id: string): Promise<void> {
    await ann.node.revokeDevice(peerIdText(stolen.device.key))
    await eventually(() => chatOf(ann, id).record.stage === 'ready' && chatOf(ann, id).current)
  }

  /** What the relay holds beyond a number. */
  async function beyond (id: string, seq: number): Promise<Array<{ leaf: Leaf, payload: Uint8Array }>> {
    const { entries } = await world.relay.services.store.logs.read(chatOf(bob, id).log, seq, 1000, 1 << 24)
    return entries.map(({ leaf, payload }) => ({ leaf: decodeLeaf(leaf), payload }))
  }

  /** The thief is first, the account revokes it, and goes on in the chat. */
  async function goesOn (id: string, others: readonly SmallPerson[]): Promise<void> {
    await stolen.close()
    const { seq, keys: [, last] } = await hijack(id)
    await eventually(() => chatOf(ann, id).record.stage === 'out')
    assert.equal((await ann.node.status()).warnings.some(text => text.includes('used this account\'s place')), id === direct)
    await assert.rejects(ann.node.send(id, 'I'), { code: 'ERR_FORBIDDEN' })
    await says(bob, id, 'to the thief', others)
    await repaired(id)
    await says(ann, id, 'back again', others)
    await says(bob, id, 'among us', [ann, ...others])
    await eventually(async () => (await texts(ann, id)).includes('to the thief'))
    assert.deepEqual(await texts(ann, id), await texts(bob, id))
    assert.deepEqual([ann, ...others].map(who => chatOf(who, id).cursor.alarm), [ann, ...others].map(() => null))
    const [repairing] = (await beyond(id, seq)).filter(({ leaf }) => leaf.kind === ENTRY_KIND.commit)
    const { log } = chatOf(bob, id)
    const { mls } = decodeHandshake(openHandshake(last!.handshake, decodeCommitPayload(repairing!.payload).handshake, { log, epoch: last!.epoch, id: repairing!.leaf.id }))
    assert.deepEqual(openCommitStatement(inspectCommit(mls).aad).statement.owner?.boxes ?? [], [], 'no owner key is sealed to the leaf that the thief has')
    const thief = signerFromSeed(chatOf(stolen, id).record.ownerSeed!).key
    await eventually(() => [ann, ...others].every(who => !sameBytes(chatOf(who, id).place.owner, thief)))
    assert.deepEqual(signerFromSeed(chatOf(ann, id).record.ownerSeed!).key, chatOf(bob, id).place.owner, 'the account holds the log\'s next owner key')
  }

  it('in a group is repaired by who hears of the revocation, and the account goes on there, with all that was said', async () => { await goesOn(group, [bob, cat]) })
  it('in a direct chat is repaired by who hears of the revocation, and the account goes on there, with all that was said', async () => { await goesOn(direct, [bob]) })

  it('that its account cannot renew in time is repaired too: it is out until the letter comes, however late, and misses nothing', async () => {
    await stolen.close()
    await cat.close()
    ann.options.fate = (_log, items) => items.some(({ kind }) => kind === ENTRY_KIND.commit) ? 'lost-before' : 'pass'
    await ann.node.revokeDevice(peerIdText(stolen.device.key))
    await bob.core.post.stop()
    await eventually(() => chatOf(ann, group).record.stage === 'out')
    assert.deepEqual((await ann.node.showChat(group)).messages.filter(m => m.kind === 'service' && m.text.includes('removed')), [])
    // Its owner key lets it read on.
    await bob.node.send(group, 'meanwhile', { wait: 'stored' })
    await eventually(() => chatOf(ann, group).cursor.seq === chatOf(bob, group).cursor.seq)
    ann.options.fate = () => 'pass'
    bob.core.post.start()
    await eventually(() => chatOf(ann, group).record.stage === 'ready')
    await says(ann, group, 'here', [bob])
    await eventually(async () => (await texts(ann, group)).join() === 'before,meanwhile,here')
    assert.deepEqual([ann, bob].map(who => chatOf(who, group).cursor.alarm), [null, null])
  })

  it('reads nothing once it is repaired: no message, no commit, no way back, and not the letter that lets the account in again', async () => {
    await stolen.close()
    const thief = await hijack(group)
    await eventually(() => chatOf(ann, group).record.stage === 'out')
    await says(bob, group, 'to the thief', [cat])
    const letters: ChatInvitation[] = []
    const { post } = bob.core
    const op = post.op.bind(post)
    post.op = (to, chat, link) => {
      if (chat !== null) letters.push(chat)
      return op(to, chat, link)
    }
    // Whoever hears of it first repairs it.
    await cat.close()
    await repaired(group)
    await says(bob, group, 'among us', [ann])
    const { log } = chatOf(bob, group)
    const later = await beyond(group, thief.seq)
    const opens = (open: (keys: ChatKeys) => unknown): boolean => thief.keys.some(keys => {
      try {
        open(keys)
        return true
      } catch (error) {
        if (error instanceof DecryptError) return false
        throw error
      }
    })
    const [repair_, ...commits] = later.filter(({ leaf }) => leaf.kind === ENTRY_KIND.commit)
    const [told, ...more] = later.filter(({ leaf }) => leaf.kind === ENTRY_KIND.data)
    const rest = more.filter(({ leaf: { seq } }) => seq > repair_!.leaf.seq)
    assert.equal(opens(keys => openMessage(keys.content, told!.payload, { log, epoch: keys.epoch, id: told!.leaf.id })), true)
    for (const { leaf: { id }, payload } of rest) for (let epoch = 0; epoch < 6; epoch++) assert.equal(opens(keys => openMessage(keys.content, payload, { log, epoch, id })), false)
    const keys = thief.keys[1]!
    const { mls, manifests } = decodeHandshake(openHandshake(keys.handshake, decodeCommitPayload(repair_!.payload).handshake, { log, epoch: keys.epoch, id: repair_!.leaf.id }))
    const engine = engineFor([...thief.record.members.map(m => m.manifest), ...manifests].map(m => openManifest(m)), Date.now)
    assert.equal((await engine.process(engine.decodeState(thief.record.mls), mls, () => undefined)).removedSelf, true)
    for (const { leaf: { id }, payload } of commits) for (let epoch = 0; epoch < 6; epoch++) assert.equal(opens(({ handshake }) => openHandshake(handshake, decodeCommitPayload(payload).handshake, { log, epoch, id })), false)
    for (const { payload } of [repair_!, ...commits]) for (let epoch = 0; epoch < 6; epoch++) assert.equal(opens(({ link }) => openLink(link, decodeCommitPayload(payload).link!, log, epoch)), false)
    const [letter] = letters
    assert.equal(thief.packages.length > 0, true)
    for (const keyPackage of thief.packages) await assert.rejects(joinChat({ me: ann.account.key, sender: bob.core.account.manifest, invitation: letter!, keyPackage, now: Date.now() }), PetrelError)
  })

  it('writes nothing more, however it dates it, though the relay puts it into the log', async () => {
    await stolen.close()
    const thief = await hijack(group)
    await eventually(() => chatOf(ann, group).record.stage === 'out')
    await repaired(group)
    await says(ann, group, 'it is me', [bob, cat])
    const { log, cursor: { term, hash } } = chatOf(bob, group)
    const { appender, store } = world.relay.services
    const append = appender.appendFor.bind(appender)
    const write = async (keys: ChatKeys, text: string, ts: number): Promise<unknown> => {
      const id = systemRandom(16)
      const signed = signMessage({ v: 1, chat: log, epoch: keys.epoch, id, account: ann.account.key, devSeq: 1, prevOwn: null, seen: { term, seq: thief.seq, hash }, ts, body: encodeBody({ kind: 'text', text }) }, stolen.device)
      eve.setCapability(log, RIGHT.append, keys.append)
      const [result] = await eve.append(log, [{ id, kind: ENTRY_KIND.data, payload: sealMessage(keys.content, signed, { log, epoch: keys.epoch, id }) }]).catch((error: unknown) => [error])
      return result
    }
    for (const keys of thief.keys) assert.ok(await write(keys, 'refused', Date.now()) instanceof PetrelError, 'an honest home takes none of the keys')
    appender.appendFor = (peer, to, request, sink) => {
      store.logs.head(to.log).then(({ meta }) => {
        peer.prove(to.name, 'append', { key: decodeMeta(meta).append })
        append(peer, to, request, sink)
      }).catch((error: unknown) => { sink.failed(error) })
    }
    for (const keys of thief.keys) for (const ts of [Date.now(), 1]) assert.ok(!(await write(keys, 'the thief', ts) instanceof PetrelError))
    await says(bob, group, 'after that', [ann, cat])
    for (const one of [ann, bob, cat]) assert.deepEqual((await texts(one, group)).filter(text => text !== 'after that'), ['before', 'it is me'])
  })

  it('hears nothing that is said by who knows of the revocation, before it is repaired', async () => {
    await stolen.close()
    bob.options.repair = { ...repair, repairAfterMs: 3600_000 }
    await bob.crash()
    const { seq } = await hijack(direct)
    await eventually(() => chatOf(ann, direct).record.stage === 'out')
    await ann.node.revokeDevice(peerIdText(stolen.device.key))
    await eventually(() => chatOf(bob, direct).repairs.holds)
    await bob.node.send(direct, 'not for a thief', { wait: 'queued' })
    await says(bob, group, 'elsewhere', [cat])
    assert.deepEqual(await beyond(direct, seq), [])
    bob.options.repair = repair
    await bob.crash()
    await eventually(async () => (await texts(ann, direct)).includes('not for a thief'))
    const [commit, ...rest] = await beyond(direct, seq)
    assert.deepEqual([commit!.leaf.kind, rest.length > 0], [ENTRY_KIND.commit, true], 'the repair stands before what waited')
  })
})
