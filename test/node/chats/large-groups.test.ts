/** Groups that are too large for a letter, and adding many of whom some cannot be had. In small worlds: what counts is the way, not the size. */
import assert from 'node:assert/strict'
import type { ChatSession } from '../../../src/node/chats/index.js'
import { LIMITS, peerIdText } from '../../../src/protocol/wire/index.js'
import { whatFits } from '../../../src/node/chats/group/candidates.js'
import type { Candidate } from '../../../src/node/chats/group/make-commit.js'
import { Family } from '../../protocol/wire/kit.js'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'

describe('a group too large for a letter', () => {
  let world: SmallWorld
  afterEach(async () => { await world.close() })

  /** Ann and others who know her; nothing of a group fits her letters. */
  async function people (names: readonly string[], relays = 1): Promise<SmallPerson[]> {
    world = await SmallWorld.make(relays)
    const ann = await world.person('ann', { letterRosterBytes: 0 })
    const others: SmallPerson[] = []
    for (const [i, name] of names.entries()) {
      const one = await world.person(name, { marks: { groupMarkMs: 0, groupMarkSpreadMs: 0 } }, world.relays[Math.min(i, relays - 1)])
      await world.introduce(ann, one)
      others.push(one)
    }
    return [ann, ...others]
  }
  const groupOf = (person: SmallPerson): ChatSession | undefined => person.core.chats.all().find(({ chat }) => chat.policy !== undefined)
  const reads = async (person: SmallPerson, text: string): Promise<void> => {
    await eventually(async () => groupOf(person) !== undefined && (await person.node.showChat('Birds')).messages.some(m => m.text === text))
  }

  it('lets its newcomers in by a file beside their letters, which goes when all have come', async () => {
    const [ann, bob, cat] = await people(['bob', 'cat']) as [SmallPerson, SmallPerson, SmallPerson]
    const { chat } = await ann.node.createGroup('Birds', { members: ['bob', 'cat'] })
    const files = async (): Promise<number> => (await Array.fromAsync(ann.core.media.table.files())).length
    assert.equal(await files(), 1)
    await eventually(() => groupOf(bob) !== undefined && groupOf(cat) !== undefined)
    await ann.node.send(chat.id, 'hello')
    for (const one of [bob, cat]) await reads(one, 'hello')
    await cat.node.send('Birds', 'hi')
    await reads(bob, 'hi')
    assert.equal((await bob.node.showGroup('Birds')).members.length, 3)
    for (const one of [bob, cat]) await eventually(() => [...one.core.vault.list('coming/')].length === 0)
    // Both were heard since: the letters are done with, and so is the file.
    await bob.node.send('Birds', 'me too')
    await reads(ann, 'me too')
    ann.core.post.kick(true)
    await eventually(async () => await files() === 0)
  })

  it('lets in who was killed between the letter and the file', async () => {
    const [ann, bob] = await people(['bob']) as [SmallPerson, SmallPerson]
    const { coming } = bob.core
    const keep = coming.keep.bind(coming)
    const kept = new Promise<void>(resolve => {
      coming.keep = async (invitation, sender) => {
        await coming.stop()
        await keep(invitation, sender)
        resolve()
        await new Promise(() => undefined)
      }
    })
    await ann.node.createGroup('Birds', { members: ['bob'] })
    await kept
    assert.deepEqual([[...bob.core.vault.list('coming/')].length, groupOf(bob)], [1, undefined])
    await bob.crash()
    await ann.node.send('Birds', 'hello')
    await reads(bob, 'hello')
  })

  it('takes whom it can, tells who is missing, and takes those when they can be had', async () => {
    const [ann, bob, cat] = await people(['bob', 'cat'], 2) as [SmallPerson, SmallPerson, SmallPerson]
    world.relays[1]!.cut(true)
    const { chat, notAdded, pending } = await ann.node.createGroup('Birds', { members: ['bob', 'cat'] })
    assert.deepEqual(notAdded.map(({ account, waits }) => [account, waits]), [[peerIdText(cat.account.key), true]])
    assert.deepEqual([chat.members, pending], [2, 1])
    // Nothing else waits for her.
    assert.equal((await ann.node.editGroup('Birds', { about: 'of the garden' })).about, 'of the garden')
    await eventually(() => groupOf(bob) !== undefined)
    world.relays[1]!.back()
    await eventually(async () => (await ann.node.showGroup('Birds')).chat.members === 3)
    await ann.node.send('Birds', 'hello cat')
    await reads(cat, 'hello cat')
  })

  it('does not add later whom somebody removed meanwhile', async () => {
    const [ann, , cat] = await people(['bob', 'cat'], 2) as [SmallPerson, SmallPerson, SmallPerson]
    world.relays[1]!.cut(true)
    await ann.node.createGroup('Birds', { members: ['bob', 'cat'] })
    await groupOf(ann)!.committer.wish({ id: new Uint8Array(16).fill(3), remove: [cat.account.key] })
    await eventually(async () => (await ann.node.showGroup('Birds')).pending === 0)
    assert.equal((await ann.node.showGroup('Birds')).chat.members, 2)
  })
})

describe('a commit that adds many', () => {
  const candidate = (bytes: number): Candidate => ({ manifest: new Family(10).sign(new Family(10).first()), keyPackage: new Uint8Array(bytes) })

  it('takes as many as fit its entry, and at least one', () => {
    const usual = Array.from({ length: 120 }, () => candidate(2065))
    assert.equal(whatFits(usual, { members: 10, hasPath: false }).length, LIMITS.groupAdds)
    assert.ok(whatFits(usual, { members: 1000, hasPath: true }).length < LIMITS.groupAdds)
    const large = Array.from({ length: 100 }, () => candidate(LIMITS.keyPackageBytes))
    const fit = whatFits(large, { members: 10, hasPath: false })
    assert.ok(fit.length > 1 && fit.length * LIMITS.keyPackageBytes < LIMITS.commitBytes)
    assert.equal(whatFits([candidate(2 * LIMITS.commitBytes)], { members: 1000, hasPath: true }).length, 1)
  })
})
