import assert from 'node:assert/strict'
import { capsOf } from '../../../src/node/chats/chat-keys.js'
import type { Chat } from '../../../src/node/chats/index.js'
import { dueVoid, faultOfVoid, voidIn } from '../../../src/node/chats/void-step.js'
import { systemRandom } from '../../../src/protocol/crypto/index.js'
import {
  ENTRY_KIND, entryHash, PetrelError, randomSeed, signerFromSeed, signOwnerAction, type Caps, type OwnerAction, type Signer, type VerifiedEntry
} from '../../../src/protocol/wire/index.js'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'
import { until } from '../world.js'

const strangeKeys = (): Caps => ({ append: signerFromSeed(randomSeed()).key, read: signerFromSeed(randomSeed()).key })
const chatOf = ({ core }: SmallPerson): Chat => core.chats.all()[0]!.chat

/** What no honest node does: a commit that is noise, which installs keys that nobody has. */
async function garbage (member: SmallPerson): Promise<void> {
  const chat = chatOf(member)
  await eventually(() => chat.cursor.lastCommit > 0)
  const [result] = await chat.link.append(chat.log, [{ id: systemRandom(16), kind: ENTRY_KIND.commit, payload: systemRandom(300), base: chat.cursor.lastCommit, caps: strangeKeys() }])
  if (result instanceof PetrelError) throw result
}

describe('a commit that does not hold', () => {
  let world: SmallWorld
  let owner: SmallPerson
  let member: SmallPerson

  beforeEach(async () => {
    world = await SmallWorld.make()
    owner = await world.person('owner')
    member = await world.person('member')
    await world.introduce(owner, member)
    await owner.node.send('member', 'before', { wait: 'delivered' })
    // The member has no owner key, or will not use it.
    const chat = chatOf(member)
    chat.record = { ...chat.record, ownerSeed: null }
  })
  afterEach(async () => { await world.close() })

  const alarms = (): Array<string | undefined> => [owner, member].map(person => chatOf(person).cursor.alarm?.kind)

  it('is voided by the owner\'s node by itself, and the chat goes on for all', async () => {
    await garbage(member)
    for (const { node } of [owner, member]) await until(node, e => e.type === 'chat' && e.change === 'voided')
    assert.deepEqual(alarms(), [undefined, undefined])
    assert.equal((await owner.node.send('member', 'after', { wait: 'delivered' })).state, 'delivered')
    assert.equal((await member.node.send('owner', 'and back', { wait: 'delivered' })).state, 'delivered')
    assert.deepEqual((await member.node.showChat('owner')).messages.map(m => m.kind === 'held' ? 'HELD' : m.text), ['before', 'HELD', 'after', 'and back'])
  })

  it('stops the chat while the owner is away, and no longer', async () => {
    const { options } = owner
    options.fate = () => 'lost-before'
    await garbage(member)
    for (const { node } of [owner, member]) await until(node, e => e.type === 'chat' && e.change === 'alarm')
    await assert.rejects(member.node.send('owner', 'x'), { code: 'ERR_PROOF' })
    await assert.rejects(member.node.resumeChat('owner'), { code: 'ERR_CONFLICT' })
    delete options.fate
    await owner.crash()
    await until(member.node, e => e.type === 'chat' && e.change === 'voided')
    assert.equal((await member.node.send('owner', 'after', { wait: 'delivered' })).state, 'delivered')
  })

  it('is voided once, however often the owner\'s node asks', async () => {
    let lost = 0
    owner.options.fate = (_log, [first]) => first?.kind === ENTRY_KIND.control && ++lost < 3 ? 'lost-after' : 'pass'
    await garbage(member)
    for (const { node } of [owner, member]) await until(node, e => e.type === 'chat' && e.change === 'voided')
    assert.equal((await owner.node.send('member', 'after', { wait: 'delivered' })).state, 'delivered')
    const { log, link, cursor } = chatOf(owner)
    const { entries } = await link.read(log, 0, 100)
    assert.equal(entries.filter(e => e.payload !== null && isVoid(e.payload)).length, 1)
    assert.equal(cursor.alarm, null)
  })

  it('again and again ends with the chat as it was', async () => {
    for (let i = 0; i < 3; i++) {
      const before = chatOf(member).cursor.lastCommit
      await garbage(member)
      await eventually(() => [owner, member].every(person => chatOf(person).cursor.lastCommit > before + 1 && chatOf(person).cursor.alarm === null))
    }
    assert.equal((await member.node.send('owner', 'after', { wait: 'delivered' })).state, 'delivered')
  })
})

const isVoid = (payload: Uint8Array): boolean => voidIn({ leaf: { kind: ENTRY_KIND.control }, payload } as unknown as VerifiedEntry) !== undefined

describe('a commit that only this node cannot take', () => {
  it('is not voided: the own one whose outcome was lost here, and one of a later version', async () => {
    const chat = (note: string): Chat => ({
      record: { log: systemRandom(34), ownerSeed: randomSeed() }, cursor: { lastCommit: 5 }, keys: { append: signerFromSeed(randomSeed()), read: signerFromSeed(randomSeed()) },
      timeline: { at: async () => await Promise.resolve({ kind: 'held', note }) }
    }) as unknown as Chat
    for (const note of ['ERR_NOT_FOUND: this is the own leaf\'s commit', 'ERR_UNSUPPORTED: a later version']) assert.equal(await dueVoid(chat(note)), undefined)
    assert.equal((await dueVoid(chat('ERR_PROOF: it does not hold')))?.kind, ENTRY_KIND.control)
  })
})

describe('an order that voids a commit', () => {
  const owner = signerFromSeed(randomSeed())
  const log = systemRandom(34)
  const keys = { append: signerFromSeed(randomSeed()), read: signerFromSeed(randomSeed()) } as unknown as Chat['keys']
  const entry = (change: Partial<Extract<OwnerAction, { op: 'void' }>> = {}, by: Signer = owner): VerifiedEntry => {
    const payload = signOwnerAction({ op: 'void', log, seq: 5, caps: capsOf(keys), ...change }, by)
    return { leaf: { seq: 7, id: systemRandom(16), kind: ENTRY_KIND.control, base: null, caps: null, erasers: [], time: 1, entry: entryHash(payload) }, hash: systemRandom(32), payload }
  }
  const fault = (given: VerifiedEntry): string | undefined => faultOfVoid(given, { log, owner: owner.key, lastCommit: 5, keys })

  it('holds when it is the owner\'s, of the last commit, and puts back the keys that the members have', () => { assert.equal(fault(entry()), undefined) })

  it('does not hold otherwise', () => {
    assert.match(fault(entry({}, signerFromSeed(randomSeed()))) ?? '', /owner key/)
    assert.match(fault(entry({ log: systemRandom(34) })) ?? '', /another log/)
    assert.match(fault(entry({ seq: 4 })) ?? '', /about commit 4, and the last one is 5/)
    assert.match(fault(entry({ caps: strangeKeys() })) ?? '', /other keys/)
    assert.match(fault(entry({ caps: { ...capsOf(keys), owner: owner.key } })) ?? '', /other keys/)
    assert.match(fault({ ...entry(), payload: null }) ?? '', /no such order/)
  })
})
