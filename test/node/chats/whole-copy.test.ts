/** A member's node has all of its chats' logs as they came, and the states to go back to. */
import assert from 'node:assert/strict'
import { LIMITS, openManifest, startPlace, walkRun, type StoredEntry } from '../../../src/protocol/wire/index.js'
import type { Chat } from '../../../src/node/chats/chat.js'
import { replayEntries, type ChatState } from '../../../src/node/chats/intake.js'
import { placeOf } from '../../../src/node/chats/cursor.js'
import { engineFor, keysOf } from '../../../src/node/chats/chat-keys.js'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'
import { renewLeaf } from './schedule.js'

async function stateAt (chat: Chat, seq: number): Promise<ChatState> {
  const snapshot = await chat.snapshots.at(seq)
  assert.ok(snapshot !== undefined)
  const engine = engineFor(snapshot.record.members.map(m => openManifest(m.manifest)), Date.now)
  return { ...snapshot, keys: await keysOf(engine, engine.decodeState(snapshot.record.mls), snapshot.record.gpq, chat.log) }
}

describe('a member\'s copy of a chat', () => {
  let world: SmallWorld
  let people: [SmallPerson, SmallPerson]
  const chatOf = (who: SmallPerson): Chat => who.core.chats.all()[0]!.chat

  before(async () => {
    world = await SmallWorld.make()
    people = [await world.person('alice'), await world.person('bob')]
    const [alice, bob] = people
    await world.introduce(alice, bob)
    await alice.node.send('bob', 'one', { wait: 'delivered' })
    await renewLeaf(bob)
    world.relay.cut()
    await eventually(() => chatOf(alice).keys.epoch === 2 && chatOf(bob).keys.epoch === 2)
    await bob.node.send('alice', 'two', { wait: 'delivered' })
    for (let i = 0; i < 20; i++) await alice.node.send('bob', 'x'.repeat(4000), { wait: 'queued' })
    await alice.node.send('bob', 'three', { wait: 'delivered' })
    await eventually(() => chatOf(alice).cursor.seq === chatOf(bob).cursor.seq)
  })
  after(async () => { await world.close() })

  it('is whole: the entries lead from the genesis to its place', async () => {
    for (const who of people) {
      const chat = chatOf(who)
      const { seq, hash } = chat.cursor
      const entries = await chat.raw.page(0, seq)
      assert.deepEqual(walkRun(chat.log, startPlace(chat.record.genesis), entries).to, { ...startPlace(chat.record.genesis), seq, hash })
      assert.deepEqual((await chat.raw.page(3, 5)).length, 2)
      const one = await chat.raw.at(seq)
      assert.deepEqual(one, entries.at(-1))
      assert.equal(await chat.raw.at(seq + 1), undefined)
    }
  })

  it('is read in pieces that fit a call, and up to the first that is missing', async () => {
    const chat = chatOf(people[0])
    const { seq } = chat.cursor
    const above = (await chat.raw.page(7, seq)).map((entry, i): [number, StoredEntry] => [8 + i, entry])
    const all = await chat.raw.page(0, seq)
    await chat.deps.kv.batch(await chat.raw.cutAfter(6))
    assert.deepEqual([await chat.raw.page(0, 100), await chat.raw.at(6), await chat.raw.at(7)], [all.slice(0, 6), all[5], undefined])
    await chat.deps.kv.batch(chat.raw.put(above))
    assert.equal((await chat.raw.page(0, 100)).length, 6)
    // What is there already may be written again with it.
    await chat.deps.kv.batch(chat.raw.put(all.map((entry, i): [number, StoredEntry] => [1 + i, entry]).slice(2, 9)))
    assert.deepEqual(await chat.raw.page(0, seq), all)
    const big = { leaf: new Uint8Array(10), payload: new Uint8Array(LIMITS.entryBytes) }
    await chat.deps.kv.batch(chat.raw.put(Array.from({ length: 40 }, (_, i) => [1000 + i, big])))
    assert.ok((await chat.raw.page(999, 2000)).length <= LIMITS.readBytes / LIMITS.entryBytes)
  })

  it('has the states at each commit, from which the entries lead to the state of now', async () => {
    const [alice, bob] = people.map(chatOf)
    assert.ok(alice !== undefined && bob !== undefined)
    const { snapshots = [] } = alice.cursor
    const renewed = snapshots.at(-1) ?? 0
    assert.deepEqual([snapshots.slice(0, 2), bob.cursor.snapshots], [[0, 1], [0, renewed]])
    assert.deepEqual([(await alice.snapshots.at(1))?.ownCommit, (await alice.snapshots.at(renewed))?.ownCommit, (await bob.snapshots.at(renewed))?.ownCommit], [true, false, true])
    for (const [chat, seqs] of [[alice, snapshots], [bob, [renewed]]] as const) {
      for (const seq of seqs) {
        const state = await stateAt(chat, seq)
        const entries = await chat.raw.page(seq, chat.cursor.seq)
        const after = await replayEntries(chat, state, placeOf(state.cursor, chat.genesis), entries)
        assert.deepEqual({ ...after.cursor, read: 0, unread: 0, snapshots }, { ...chat.cursor, read: 0, unread: 0, snapshots })
        assert.deepEqual([after.record.mls, after.keys.content], [chat.record.mls, chat.keys.content])
      }
    }
  })
})
