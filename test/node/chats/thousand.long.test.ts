/** A group of a thousand accounts: three nodes and a crowd of leaves, which have keys and manifests as everybody has, and no nodes. */
import assert from 'node:assert/strict'
import type { ChatSession } from '../../../src/node/chats/index.js'
import type { Candidate } from '../../../src/node/chats/group/make-commit.js'
import { LIMITS, peerIdText, type KeyBytes } from '../../../src/protocol/wire/index.js'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'
import { person, type Person } from './ready-people.js'

describe('a group of a thousand', () => {
  let world: SmallWorld
  after(async () => { await world.close() })

  it('takes all of them, newcomers come in by the file, everybody follows, and it outlives a restart', async () => {
    world = await SmallWorld.make()
    const [ann, bob, cat] = [await world.person('ann'), await world.person('bob'), await world.person('cat')]
    for (const one of [bob, cat]) await world.introduce(ann, one)
    const { chat: { id } } = await ann.node.createGroup('The crew')
    const of = (who: SmallPerson): ChatSession | undefined => who.core.chats.all().find(({ chat }) => chat.id === id)
    const groupOf = (who: SmallPerson): ChatSession => of(who)!
    const crowd = await Promise.all(Array.from({ length: 997 }, person))
    standIn(groupOf(ann), crowd)
    for (let at = 0; at < crowd.length; at += LIMITS.groupAdds) await add(groupOf(ann), crowd.slice(at, at + LIMITS.groupAdds).map(p => p.account.key))
    assert.equal(groupOf(ann).chat.record.members.length, 998)

    // Who comes into a full group reads it by the file.
    assert.deepEqual((await ann.node.addMembers(id, ['bob'])).notAdded, [])
    await eventually(() => of(bob) !== undefined)
    assert.deepEqual((await ann.node.addMembers(id, ['cat'])).notAdded, [])
    await eventually(() => of(cat) !== undefined && groupOf(bob).chat.record.members.length === 1000)
    const texts = async (who: SmallPerson): Promise<string[]> => (await who.node.showChat(id, { limit: 50 })).messages.filter(m => m.kind === 'text').map(m => m.text)
    const reads = async (text: string): Promise<void> => { for (const one of [ann, bob, cat]) await eventually(async () => (await texts(one)).includes(text)) }
    await bob.node.send(id, 'hello, all of you')
    await reads('hello, all of you')

    // A path through a tree of a thousand empty nodes, in one entry.
    await ann.node.removeMembers(id, [peerIdText(crowd[500]!.account.key)])
    await eventually(() => [bob, cat].every(one => groupOf(one).chat.record.members.length === 999))
    const commit = await groupOf(ann).chat.raw.at(groupOf(ann).chat.cursor.lastCommit)
    assert.ok(commit!.payload!.length > LIMITS.entryBytes && commit!.payload!.length <= LIMITS.commitBytes)

    for (const one of [ann, bob]) await one.crash()
    assert.equal(groupOf(ann).chat.record.members.length, 999)
    await ann.node.editGroup(id, { title: 'The old crew' })
    await eventually(() => [bob, cat].every(one => groupOf(one).chat.title === 'The old crew'))
    await cat.node.send(id, 'still here')
    await reads('still here')
    for (const one of [ann, bob, cat]) {
      const { cursor, keys, record } = groupOf(one).chat
      assert.deepEqual([cursor.alarm, keys.epoch, record.members.length, cursor.holes], [null, groupOf(ann).chat.keys.epoch, 999, cursor.holes])
      assert.ok(cursor.snapshots!.length < 32)
    }
  }).timeout(900_000)
})

/** Key packages of the crowd come from here; others' as always. */
function standIn ({ chat: { deps } }: ChatSession, crowd: readonly Person[]): void {
  const known = new Map(crowd.map(({ account, manifest, keyPackage }): [string, Candidate] => [peerIdText(account.key), { manifest, keyPackage }]))
  const ask = deps.candidate
  Object.assign(deps, { candidate: async (account: KeyBytes, options: { signal: AbortSignal }) => known.get(peerIdText(account)) ?? await ask(account, options) })
}

async function add ({ committer }: ChatSession, accounts: readonly KeyBytes[]): Promise<void> {
  const id = crypto.getRandomValues(new Uint8Array(16))
  await committer.wish({ id, add: [...accounts] })
  assert.deepEqual(await committer.ended(id), [])
}
