/** An admin who was demoted and has kept the owner key of the group's log, alone and with the relay's help. */
import assert from 'node:assert/strict'
import { engineFor } from '../../src/node/chats/chat-keys.js'
import { takeCommit, type CommitOutcome } from '../../src/node/chats/commit-step.js'
import { requireGift } from '../../src/node/chats/group/owner-key.js'
import type { Chat, ChatRecord } from '../../src/node/chats/index.js'
import { manifestsOf } from '../../src/node/chats/member-manifests.js'
import { openHandshake, openOwnerKey, systemRandom } from '../../src/protocol/crypto/index.js'
import { decodeCommitPayload, decodeHandshake, encodePolicy, openCommitStatement, type OwnerGift } from '../../src/protocol/message/index.js'
import {
  decodeCaps, decodeLeaf, DecryptError, encodeCaps, encodeLeaf, ENTRY_KIND, handOver, PetrelError, RIGHT, sameBytes, signerFromSeed, signOwnerAction, walkRun,
  type Append, type Caps, type NextCaps, type OwnerAction, type Signer, type StoredEntry, type TermAction
} from '../../src/protocol/wire/index.js'
import { eventually, SmallWorld, type SmallPerson } from '../node/small-world.js'

describe('an admin who was demoted, and has kept the log\'s owner key', () => {
  let world: SmallWorld
  let ann: SmallPerson
  let bob: SmallPerson
  let cat: SmallPerson
  let id: string
  /** The key that Bob held. */
  let kept: Signer
  /** Cat as it was before Bob was demoted, and the entry that did it. */
  let earlier: Pick<Chat, 'record' | 'keys' | 'place'>
  let demotion: StoredEntry

  const chatOf = (who: SmallPerson): Chat => who.core.chats.all().find(({ chat }) => chat.id === id)!.chat
  const entryAt = async (seq: number): Promise<StoredEntry> => {
    const { entries: [entry] } = await world.relay.services.store.logs.read(chatOf(ann).log, seq - 1, 1, 1 << 20)
    return entry!
  }
  const stateOf = ({ record, keys, place }: Chat): typeof earlier => ({ record, keys, place })

  before(async () => {
    world = await SmallWorld.make(2)
    ann = await world.person('ann')
    bob = await world.person('bob')
    cat = await world.person('cat')
    for (const one of [bob, cat]) await world.introduce(ann, one)
    id = (await ann.node.createGroup('Birds', { members: ['bob', 'cat'] })).chat.id
    for (const one of [bob, cat]) await eventually(() => one.core.chats.all().some(s => s.chat.id === id))
    await ann.node.editMember(id, 'bob', { rights: ['deleteMessages', 'banUsers'] })
    await eventually(() => chatOf(bob).record.ownerSeed !== null && chatOf(cat).keys.epoch === chatOf(bob).keys.epoch)
    await cat.node.send(id, 'a word of cat', { wait: 'stored' })
    await eventually(() => [ann, bob, cat].every(who => chatOf(who).cursor.seq === chatOf(cat).cursor.seq))
    kept = signerFromSeed(chatOf(bob).record.ownerSeed!)
    earlier = stateOf(chatOf(cat))
    await ann.node.editMember(id, 'bob', { rights: ['none'] })
    await eventually(() => [ann, bob, cat].every(who => chatOf(who).keys.epoch === earlier.keys.epoch + 1))
    demotion = await entryAt(chatOf(ann).cursor.lastCommit)
  })
  after(async () => { await world.close() })

  async function goesOn (): Promise<void> {
    const text = systemRandom(4).join('-')
    for (const who of [bob, cat, ann]) await who.node.send(id, text, { wait: 'stored' })
    const seen = async (who: SmallPerson): Promise<number> => (await who.node.showChat(id, { limit: 100 })).messages.filter(m => m.text === text).length
    await eventually(async () => (await Promise.all([ann, bob, cat].map(seen))).every(n => n === 3))
    assert.ok([ann, bob, cat].every(who => chatOf(who).cursor.alarm === null && !sameBytes(chatOf(who).place.owner, kept.key)))
  }

  it('orders nothing at the log\'s home: no void, no move, no trim, no erasure, no other key', async () => {
    const { link, log, cursor: { seq, hash, lastCommit, term }, keys } = chatOf(bob)
    const caps: Caps = { append: keys.append.key, read: keys.read.key }
    const order = (action: OwnerAction): Uint8Array => signOwnerAction(action, kept)
    const append = async (item: Partial<Append>): Promise<string | undefined> => {
      const [result] = await link.append(log, [{ id: systemRandom(16), kind: ENTRY_KIND.control, payload: systemRandom(9), ...item }])
      return result instanceof PetrelError ? result.code : undefined
    }
    const move: TermAction = { op: 'term', log, term: term + 1, home: world.relays[1]!.signer.key, addrs: [], seq, hash, by: 'agreement' }
    assert.equal(await append({ payload: order({ op: 'void', log, seq: lastCommit, caps }) }), 'ERR_PROOF')
    assert.equal(await append({ payload: order(move), expectHead: seq }), 'ERR_PROOF')
    assert.equal(await append({ kind: ENTRY_KIND.commit, base: lastCommit, caps: handOver(log, { ...caps, owner: bob.device.key }, kept) }), 'ERR_FORBIDDEN')
    link.setCapability(log, RIGHT.owner, kept)
    await assert.rejects(link.ownerAction(log, order({ op: 'trim', log, seq, hash })), { code: 'ERR_FORBIDDEN' })
    // Anybody may show a takeover, and it counts by who signed it.
    await assert.rejects(link.ownerAction(log, order({ ...move, by: 'takeover' })), { code: 'ERR_PROOF' })
    const word = (await cat.node.showChat(id, { limit: 100 })).messages.find(m => m.text === 'a word of cat')!
    await assert.rejects(link.erase(log, word.seq!, order({ op: 'erase', log, id: decodeLeaf((await entryAt(word.seq!)).leaf).id })), { code: 'ERR_FORBIDDEN' })
    link.dropCapability(log, RIGHT.owner)
    await goesOn()
  })

  it('leads no member to another home', async () => {
    const { log, cursor: { seq, hash, term } } = chatOf(bob)
    for (const by of ['agreement', 'takeover'] as const) {
      const order = signOwnerAction({ op: 'term', log, term: term + 1, home: world.relays[1]!.signer.key, addrs: [], seq, hash, by }, kept)
      for (const who of [ann, cat]) await assert.rejects(who.core.chats.get(log)!.heardOfMove(order), { code: 'ERR_PROOF' })
    }
    // From before the demotion, where the key was in force: that says only somebody who holds the key of now.
    const { place } = earlier
    const below = signOwnerAction({ op: 'term', log, term: term + 1, home: world.relays[1]!.signer.key, addrs: [], seq: place.seq, hash: place.hash, by: 'takeover' }, kept)
    for (const who of [ann, cat]) for (const by of [undefined, bob.account.key, cat.account.key]) await assert.rejects(who.core.chats.get(log)!.heardOfMove(below, by), { code: 'ERR_PROOF' })
    await goesOn()
  })

  /** Cat's view of the demotion, had its leaf named other keys: chained by a relay that helps Bob. */
  async function shown (change: (caps: NextCaps) => Caps): Promise<CommitOutcome> {
    const leaf = decodeLeaf(demotion.leaf)
    const caps = decodeCaps(leaf.caps!)
    const { record, keys, place } = earlier
    const entry = { leaf: encodeLeaf({ ...leaf, seq: place.seq + 1, caps: encodeCaps(change({ ...caps, owner: caps.owner! })) }), payload: demotion.payload }
    const { entries: [walked] } = walkRun(record.log, place, [entry])
    return await takeCommit(record, keys, walked!, { now: Date.now(), me: cat.account.key, hashAt: () => undefined })
  }

  it('puts no key of its own in the place of the one that takes its key away, though a relay helps', async () => {
    const honest = await shown(caps => caps)
    assert.ok(honest.ok && !sameBytes(kept.key, decodeCaps(decodeLeaf(demotion.leaf).caps!).owner!))
    const { log } = earlier.record
    for (const change of [
      ({ handover: _handover, ...caps }: NextCaps) => handOver(log, { ...caps, owner: bob.device.key }, kept),
      ({ handover: _handover, owner: _owner, ...caps }: NextCaps) => caps
    ]) {
      const outcome = await shown(change)
      assert.ok(!outcome.ok)
      assert.match(outcome.error.message, /another owner key than its maker says/)
    }
    await assert.rejects(shown(caps => ({ ...caps, owner: bob.device.key })), { code: 'ERR_PROOF' }, 'without a signature nobody follows the chain at all')
  })

  it('opens nobody\'s copy of a later key, though it reads the commit that brings it', async () => {
    const { record, keys } = chatOf(bob)
    await ann.node.editMember(id, 'cat', { rights: ['banUsers'] })
    await eventually(() => chatOf(bob).keys.epoch > keys.epoch && chatOf(cat).record.ownerSeed !== null)
    const { leaf, payload } = await entryAt(chatOf(bob).cursor.lastCommit)
    const { mls, manifests } = decodeHandshake(openHandshake(keys.handshake, decodeCommitPayload(payload!).handshake, { log: record.log, epoch: record.epoch, id: decodeLeaf(leaf).id }))
    const engine = engineFor(manifestsOf([...record.members, ...manifests.map(manifest => ({ manifest }))]), Date.now)
    const state = engine.decodeState(record.mls)
    let gift: OwnerGift | undefined
    await engine.process(state, mls, ({ aad }) => { gift = openCommitStatement(aad).statement.owner })
    assert.deepEqual(gift!.boxes.map(({ account }) => account), [cat.account.key])
    for (const account of [bob.account.key, cat.account.key]) await assert.rejects(openOwnerKey(engine, state, gift!.boxes[0]!.sealed, { log: record.log, id: decodeLeaf(leaf).id, account }), DecryptError)
    assert.equal(chatOf(bob).record.ownerSeed, null)
    await goesOn()
  })

  it('gives the log another key in no commit of its own, nor does anybody who may not hold one, nor to others than may', () => {
    const { members, policy } = chatOf(ann).record
    const group: Pick<ChatRecord, 'members' | 'policy'> = { members, policy: policy! }
    const key = systemRandom(34)
    const sealed = systemRandom(81)
    const others = [cat.account.key]
    const gift = (accounts: readonly Uint8Array[]): { owner: OwnerGift } => ({ owner: { key, boxes: accounts.map(account => ({ account, sealed })) } })
    requireGift(group, group, gift(others), key, ann.account.key)
    assert.throws(() => { requireGift(group, group, gift(others), key, bob.account.key) }, { code: 'ERR_FORBIDDEN' })
    for (const accounts of [[], [bob.account.key], [ann.account.key, cat.account.key].sort((a, b) => Buffer.compare(a, b))]) assert.throws(() => { requireGift(group, group, gift(accounts), key, ann.account.key) }, { code: 'ERR_FORBIDDEN' })
    assert.throws(() => { requireGift(group, group, gift(others), undefined, ann.account.key) }, { code: 'ERR_PROOF' })
    assert.throws(() => { requireGift(group, group, {}, key, ann.account.key) }, { code: 'ERR_PROOF' })
    assert.throws(() => { requireGift({ members }, { members }, gift([]), key, ann.account.key) }, { code: 'ERR_FORBIDDEN' }, 'in a direct chat')
    requireGift(group, { members, policy: encodePolicy({ ...chatOf(ann).policy!, admins: [] }) }, gift([]), key, ann.account.key)
  })
})
