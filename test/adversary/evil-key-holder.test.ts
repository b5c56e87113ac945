/** An admin who holds the owner key of a group's log, and uses it to take the log from the others. */
import assert from 'node:assert/strict'
import { makeGroupCommit } from '../../src/node/chats/group/make-commit.js'
import type { Chat } from '../../src/node/chats/index.js'
import { decodeCaps, ENTRY_KIND, handOver, PetrelError, sameBytes, signerFromSeed } from '../../src/protocol/wire/index.js'
import { eventually, SmallWorld, type SmallPerson } from '../node/small-world.js'

describe('an admin who takes the log\'s owner key from the others', () => {
  let world: SmallWorld
  let ann: SmallPerson
  let bob: SmallPerson
  let cat: SmallPerson
  let id: string

  beforeEach(async () => {
    world = await SmallWorld.make(2)
    const [, second] = world.relays
    ann = await world.person('ann')
    bob = await world.person('bob', {}, second)
    cat = await world.person('cat', {}, second)
    for (const one of [bob, cat]) await world.introduce(ann, one)
    id = (await ann.node.createGroup('Birds', { members: ['bob', 'cat'] })).chat.id
    for (const one of [bob, cat]) await eventually(() => one.core.chats.all().some(s => s.chat.id === id))
    await ann.node.editMember(id, 'bob', { rights: ['banUsers'] })
    await eventually(() => chatOf(bob).record.ownerSeed !== null)
    await says(ann, 'before')
  })
  afterEach(async () => { await world.close() })

  const chatOf = (who: SmallPerson): Chat => who.core.chats.all().find(({ chat }) => chat.id === id)!.chat
  async function says (who: SmallPerson, text: string, to: readonly SmallPerson[] = [ann, bob, cat]): Promise<void> {
    await who.node.send(id, text, { wait: 'stored' })
    for (const one of to) await eventually(async () => (await one.node.showChat(id, { limit: 50 })).messages.some(m => m.text === text))
  }

  /** A commit of Bob's that gives the log a key of his own, and tells the members nothing of it. */
  async function usurp (): Promise<void> {
    const { record, keys, cursor: { term, seq, hash, lastCommit }, deps, link, log } = chatOf(bob)
    const { commit } = await makeGroupCommit({
      record, keys, me: deps.manifest(), device: deps.device, seen: { term, seq, hash }, base: lastCommit, done: [], todo: { add: [], remove: [], update: true }, candidates: [], now: Date.now()
    })
    const caps = handOver(log, { ...decodeCaps(commit.caps), owner: bob.device.key }, signerFromSeed(record.ownerSeed!))
    const [result] = await link.append(log, [{ id: commit.id, kind: ENTRY_KIND.commit, payload: commit.payload, base: commit.base, caps }])
    assert.ok(!(result instanceof PetrelError), 'the home takes it from whoever holds the key')
  }

  it('is found out by all, and the others go on elsewhere with the key that they have, without it', async () => {
    const [, second] = world.relays
    await usurp()
    await eventually(() => [ann, cat].every(who => chatOf(who).cursor.alarm?.kind === 'broken'))
    assert.match(chatOf(cat).cursor.alarm!.message, /replaces the owner key/)
    await ann.node.addRelay(second!.address)
    await ann.node.moveChat(id, { to: second!.address })
    await eventually(() => [bob, cat].every(who => sameBytes(chatOf(who).home.peer, second!.signer.key)))
    if (chatOf(cat).cursor.alarm !== null) await cat.node.resumeChat(id)
    await ann.node.editMember(id, 'bob', { rights: ['none'] })
    await ann.node.removeMembers(id, ['bob'])
    await says(cat, 'without him', [ann, cat])
    assert.deepEqual([ann, cat].map(who => [chatOf(who).cursor.alarm, chatOf(who).record.members.length]), [[null, 2], [null, 2]])
    assert.ok(sameBytes(chatOf(cat).place.owner, signerFromSeed(chatOf(ann).record.ownerSeed!).key))
  })
})
