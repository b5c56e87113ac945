/** Admins of a group who all change it in the same moment, in a simulated world. */
import assert from 'node:assert/strict'
import type { PetrelNode } from '../../src/node/node.js'
import { peerIdText, PetrelError, sameBytes } from '../../src/protocol/wire/index.js'
import { groupOf } from './group-story.js'
import { insist } from './insist.js'
import { SimPerson } from './person.js'
import { SimRelay } from './relay.js'
import { untilRest } from './rest.js'
import { introduce } from './story.js'
import type { World } from './world.js'

/** Plays it with so many admins and judges it. @throws Error that says what does not hold */
export async function playCrowd (world: World, count: number): Promise<void> {
  const relay = new SimRelay(world, 'r0')
  await relay.start()
  world.network.latency = { least: 0.2, most: 20 }
  const people = Array.from({ length: count + 2 }, (_, i) => new SimPerson(world, `p${i}`, world.random.between(-60_000, 60_000)))
  for (const person of people) {
    await person.start()
    await person.ask(async node => await node.addRelay(relay.address))
  }
  const [owner, ...others] = people as [SimPerson, ...SimPerson[]]
  await Promise.all(others.map(async other => { await introduce(world, owner, other) }))
  const names = others.map(other => peerIdText(other.account.key))
  const { chat: { id } } = await owner.ask(async node => await node.createGroup('Crowd', { members: names }))
  const admins = others.slice(0, count)
  for (const name of names.slice(0, count)) await owner.ask(async node => await node.editMember(id, name, { rights: ['changeInfo', 'banUsers', 'inviteUsers'] }))
  await insist(world, owner, async () => { await untilAll(world, people, owner) })
  const victim = names.at(-1)!
  const ends = await Promise.all(admins.map(async (admin, i) => await admin.ask(async node => {
    try {
      await act(node, i, { id, victim, owner: peerIdText(owner.account.key) })
      return 'done'
    } catch (error) {
      if (error instanceof PetrelError) return error.code
      throw error
    }
  })))
  await untilRest(world, () => Promise.resolve(behind(people, owner)))
  judge(people, owner, ends, victim)
}

/** What the one with this number does: names, rules, the same removal, a ban, and what nobody may. */
async function act (node: PetrelNode, i: number, { id, victim, owner }: { id: string, victim: string, owner: string }): Promise<void> {
  switch (i % 5) {
    case 0: await node.editGroup(id, { title: `Crowd ${i}` }); break
    case 1: await node.editGroup(id, { about: `by ${i}` }); break
    case 2: await node.removeMembers(id, [victim], { ban: i > 10 }); break
    case 3: await node.editGroup(id, { slowMode: 10 * i }); break
    default: await node.removeMembers(id, [owner]); break
  }
}

async function untilAll (world: World, people: readonly SimPerson[], owner: SimPerson): Promise<void> { while (behind(people, owner) !== undefined) await world.pause(500) }

function behind (people: readonly SimPerson[], owner: SimPerson): string | undefined {
  const own = groupOf(owner)!.chat
  for (const person of people) {
    const chat = groupOf(person)?.chat
    if (chat === undefined) return `${person.place} has not heard of the group`
    if (chat.record.stage === 'out') continue
    if ((chat.record.intents?.length ?? 0) > 0 || chat.record.commit !== null || chat.cursor.seq !== own.cursor.seq) return `${person.place} is behind: ${chat.record.intents?.length ?? 0} wishes, ${chat.cursor.seq} of ${own.cursor.seq} read`
  }
  return undefined
}

function judge (people: readonly SimPerson[], owner: SimPerson, ends: readonly string[], victim: string): void {
  const own = groupOf(owner)!.chat
  const { policy } = own
  assert.match(policy!.title, /^Crowd \d+$/)
  assert.match(policy!.about, /^by \d+$/)
  assert.ok(policy!.slowMode >= 30 || ends.length < 4)
  assert.equal(own.record.members.some(({ account }) => peerIdText(account) === victim), false, 'who all wanted removed is out')
  assert.equal(own.record.members.length, people.length - 1)
  for (const person of people) {
    const { record, cursor } = groupOf(person)!.chat
    assert.equal(cursor.alarm, null)
    if (record.stage === 'out') continue
    assert.ok(sameBytes(record.policy!, own.record.policy!) && record.epoch === own.record.epoch && sameBytes(cursor.hash, own.cursor.hash), `${person.place} has another state than the owner`)
  }
  // A removal that was done by another first is done, or there is nobody to remove any more; nobody removes the owner.
  ends.forEach((end, i) => { assert.ok(i % 5 === 4 ? end === 'ERR_FORBIDDEN' : end === 'done' || (i % 5 === 2 && end === 'ERR_NOT_FOUND'), `admin ${i} was told ${end}`) })
}
