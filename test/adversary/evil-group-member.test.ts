import assert from 'node:assert/strict'
import { capsOf } from '../../src/node/chats/chat-keys.js'
import type { Chat } from '../../src/node/chats/index.js'
import { historyKeys, sealHandshake, sealLink, systemRandom } from '../../src/protocol/crypto/index.js'
import { decodeCommitPayload, encodeCommitPayload, encodeHandshake, type ChatInvitation } from '../../src/protocol/message/index.js'
import { decodeCaps, ENTRY_KIND, openManifest, peerIdText, PetrelError, ProofError, sameBytes, signCertificate, signerFromSeed, signManifest, type Caps } from '../../src/protocol/wire/index.js'
import { decodeMeta } from '../../src/relay/logs/meta.js'
import type { Todo } from '../../src/node/chats/group/intent.js'
import { makeGroupCommit, type Candidate } from '../../src/node/chats/group/make-commit.js'
import { eventually, SmallWorld, type SmallPerson } from '../node/small-world.js'

describe('a member of a group who commits what it may not', () => {
  let world: SmallWorld
  let ann: SmallPerson
  let bob: SmallPerson
  let cat: SmallPerson
  let id: string

  before(async () => {
    world = await SmallWorld.make()
    ann = await world.person('ann')
    bob = await world.person('bob')
    cat = await world.person('cat')
    for (const one of [bob, cat]) await world.introduce(ann, one)
    const { chat } = await ann.node.createGroup('Birds', { members: ['bob', 'cat'] })
    id = chat.id
    for (const one of [bob, cat]) await eventually(() => one.core.chats.all().some(s => s.chat.id === id))
  })
  after(async () => { await world.close() })

  const chatOf = (who: SmallPerson): Chat => who.core.chats.all().find(({ chat }) => chat.id === id)!.chat

  /** Bob commits something, whatever the policy says. */
  async function bobCommits (todo: Partial<Todo>, change: (caps: Caps) => Caps = caps => caps, { candidates = [], payload = (made: Uint8Array) => made }: { candidates?: Candidate[], payload?: (made: Uint8Array) => Uint8Array } = {}): Promise<number> {
    const { record, keys, cursor: { term, seq, hash, lastCommit }, deps, link, log } = chatOf(bob)
    const { commit } = await makeGroupCommit({
      record, keys, me: deps.manifest(), device: deps.device, seen: { term, seq, hash }, base: lastCommit, done: [],
      todo: { add: [], remove: [], update: false, ...todo }, candidates, now: Date.now()
    })
    const [result] = await link.append(log, [{ id: commit.id, kind: ENTRY_KIND.commit, payload: payload(commit.payload), base: commit.base, caps: change(decodeCaps(commit.caps)) }])
    if (result === undefined || result instanceof PetrelError) throw result ?? assert.fail('no result')
    return result.receipt.statement.seq
  }

  /** The owner's node has voided it, and all go on as they were. */
  async function changesNothing (seq: number): Promise<void> {
    await eventually(() => [ann, bob, cat].every(who => chatOf(who).cursor.seq > seq && chatOf(who).cursor.alarm === null))
    await cat.node.send(id, `after ${seq}`, { wait: 'stored' })
    await ann.node.send(id, `and ${seq}`, { wait: 'stored' })
    await bob.node.send(id, `still ${seq}`, { wait: 'stored' })
    const texts = async (who: SmallPerson): Promise<string[]> => (await who.node.showChat(id, { limit: 100 })).messages.filter(m => m.kind === 'text').map(m => m.text)
    for (const who of [ann, bob, cat]) await eventually(async () => (await texts(who)).includes(`still ${seq}`))
    for (const who of [ann, cat]) {
      const { policy, record } = chatOf(who)
      assert.deepEqual([policy!.title, record.members.length, policy!.admins], ['Birds', 3, []])
      const held = (await who.node.showChat(id, { limit: 100 })).messages.find(m => m.seq === seq)
      assert.deepEqual([held?.kind, held?.from], ['held', peerIdText(bob.account.key)], 'who did it is named')
    }
  }

  it('changes nothing by a new name, and is named', async () => {
    const { policy } = chatOf(bob)
    await changesNothing(await bobCommits({ policy: { ...policy!, title: 'Bob\'s birds' } }))
  })

  it('makes itself no admin and no owner', async () => {
    const { policy, deps: { me } } = chatOf(bob)
    await changesNothing(await bobCommits({ policy: { ...policy!, admins: [{ account: me, rights: 63, by: policy!.owner }] } }))
    await changesNothing(await bobCommits({ policy: { ...policy!, owner: me } }))
  })

  it('removes nobody', async () => {
    await changesNothing(await bobCommits({ remove: [cat.account.key] }))
  })

  it('takes no mirror its right by a commit that does not hold', async () => {
    const mirrorsNow = async (): Promise<readonly Uint8Array[]> => decodeMeta((await world.relay.services.store.logs.head(chatOf(ann).log)).meta).mirrors
    const [before] = await mirrorsNow()
    await changesNothing(await bobCommits({ remove: [cat.account.key] }, caps => ({ ...caps, mirrors: [bob.device.key] })))
    const [now] = await mirrorsNow()
    assert.ok(before !== undefined && now !== undefined && sameBytes(before, now))
  })

  it('locks nobody out by keys that nobody derives', async () => {
    await changesNothing(await bobCommits({}, caps => ({ ...caps, append: bob.device.key, read: bob.device.key })))
  })

  it('removes nobody as an admin by a commit that does not hold: who cannot tell is a member again once it is void', async () => {
    await ann.node.editMember(id, 'bob', { rights: ['banUsers'] })
    await eventually(() => chatOf(bob).policy!.admins.length === 1 && chatOf(cat).policy!.admins.length === 1)
    const seq = await bobCommits({ remove: [cat.account.key] }, caps => ({ ...caps, read: bob.device.key }))
    await eventually(async () => (await cat.node.showChat(id, { limit: 100 })).messages.some(m => m.seq === seq && m.kind === 'service'))
    await eventually(() => chatOf(cat).record.stage === 'ready' && chatOf(cat).cursor.seq > seq)
    await ann.node.send(id, 'she is here', { wait: 'stored' })
    await eventually(async () => (await cat.node.showChat(id, { limit: 100 })).messages.some(m => m.text === 'she is here'))
    await cat.node.send(id, 'I am', { wait: 'stored' })
  })

  it('hands a newcomer no other records of the members than the group has: it takes no part, and says why', async () => {
    const { chat } = await bob.node.createGroup('Bees')
    const eve = await world.person('eve')
    await world.introduce(bob, cat)
    await world.introduce(bob, eve)
    await bob.node.addMembers(chat.id, ['cat'])
    await eventually(() => cat.core.chats.all().some(s => s.chat.id === chat.id))
    const bees = (who: SmallPerson): Chat => who.core.chats.all().find(s => s.chat.id === chat.id)!.chat
    // A newer manifest of cat's, with a device that the group does not know of.
    const known = openManifest(bees(bob).record.members.find(m => sameBytes(m.account, cat.account.key))!.manifest)
    const tablet = signerFromSeed(systemRandom(32))
    const cert = signCertificate({ v: 1, account: cat.account.key, device: tablet.key, time: 1 }, cat.account)
    const newer = signManifest({ ...known.manifest, version: known.manifest.version + 1, prev: known.hash, devices: [...known.manifest.devices, { key: tablet.key, cert }] }, cat.account)
    const { post } = bob.core
    const op = post.op.bind(post)
    post.op = (to, invitation, ...rest) => op(to, invitation === null ? null : { ...invitation, manifests: invitation.manifests.map(one => sameBytes(one, known.bytes) ? newer : one) } satisfies ChatInvitation, ...rest)
    try {
      await bob.node.addMembers(chat.id, ['eve'])
      await eventually(() => eve.core.chats.all().some(s => s.chat.id === chat.id && s.chat.cursor.alarm !== null))
      assert.match(bees(eve).cursor.alarm!.message, /other records of the members than the group has/)
      await assert.rejects(eve.node.send(chat.id, 'hello'), ProofError)
    } finally {
      post.op = op
    }
  })

  it('brings nobody in by a commit that says something else of the members than they are', async () => {
    await ann.node.editMember(id, 'bob', { rights: ['inviteUsers'] })
    await eventually(() => [bob, cat].every(who => chatOf(who).policy!.admins.some(one => one.rights !== 0)))
    const fay = await world.person('fay')
    await world.introduce(bob, fay)
    const fays = await chatOf(bob).deps.candidate(fay.account.key, { signal: new AbortController().signal })
    const seq = await bobCommits({ add: [fay.account.key] }, undefined, { candidates: [fays], payload: made => encodeCommitPayload({ ...decodeCommitPayload(made), members: systemRandom(32) }) })
    await eventually(() => [ann, cat].every(who => chatOf(who).cursor.seq > seq && chatOf(who).cursor.alarm === null))
    for (const who of [ann, cat]) assert.equal(chatOf(who).record.members.length, 3)
  })

  it('takes the past from no newcomer, and makes up none, by a commit that is sealed like the beginning of the epoch', async () => {
    await cat.node.send(id, 'that was before', { wait: 'stored' })
    await eventually(async () => (await bob.node.showChat(id, { limit: 200 })).messages.some(m => m.text === 'that was before'))
    const { keys, cursor: { lastCommit, seq: before }, link, log } = chatOf(bob)
    const [entryId, madeUp, epoch] = [systemRandom(16), systemRandom(32), keys.epoch - 1]
    const handshake = encodeHandshake({ v: 1, mls: systemRandom(100), manifests: [], before: { by: ann.account.key, manifests: [], added: [cat.account.key] } })
    const payload = encodeCommitPayload({
      v: 1, handshake: sealHandshake(historyKeys(madeUp, log, epoch).handshake, handshake, { log, epoch, id: entryId }), link: sealLink(keys.link, madeUp, log, keys.epoch)
    })
    const [result] = await link.append(log, [{ id: entryId, kind: ENTRY_KIND.commit, payload, base: lastCommit, caps: capsOf(keys) }])
    assert.ok(result !== undefined && !(result instanceof PetrelError))
    await eventually(() => [ann, bob, cat].every(who => chatOf(who).cursor.seq > before + 1 && chatOf(who).cursor.alarm === null))
    const dan = await world.person('dan')
    await dan.node.joinGroup((await ann.node.createGroupLink(id)).link, { waitMs: 20_000 })
    await eventually(() => dan.core.chats.all().some(s => s.chat.id === id))
    const rows = async (who: SmallPerson): Promise<unknown[]> => (await who.node.showChat(id, { limit: 200 })).messages.map(m => [m.seq, m.kind, m.from, m.kind === 'text' ? m.text : ''])
    await eventually(async () => !(await dan.node.showChat(id, { limit: 200 })).hasMore)
    await eventually(() => chatOf(ann).cursor.seq === chatOf(dan).cursor.seq)
    const honest = async (who: SmallPerson): Promise<unknown[]> => (await rows(who)).filter(row => (row as unknown[])[1] !== 'held')
    assert.match(JSON.stringify(await rows(dan)), /that was before/)
    assert.deepEqual(await honest(dan), await honest(ann))
  })
})
