/** Random operations on a group, from a seed; every member must agree after each. */
import assert from 'node:assert/strict'
import type { CommitOptions, MlsEngine, PendingCommit } from '../../../../src/protocol/crypto/index.js'
import { MLS_EXTENSIONS } from '../../../../src/protocol/crypto/mls/extensions.js'
import { accept, bytes, groupOf, keyPackage, spread, text, type Person } from './people.js'

/** A small seeded generator (mulberry32): the same seed gives the same run of operations. */
function seeded (seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

interface Intent { options: CommitOptions, newcomers: Array<{ name: string, private: Uint8Array }>, leaving: string[] }

export interface Tally { commits: number, added: number, removed: number, replaced: number, updated: number, lost: number, outsiders: number }

const MAX = 8

export async function randomGroup (engine: MlsEngine, seed: number, commits: number): Promise<Tally> {
  const random = seeded(seed)
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!
  const tally: Tally = { commits: 0, added: 0, removed: 0, replaced: 0, updated: 0, lost: 0, outsiders: 0 }
  const people = await groupOf(engine, ['p0', 'p1', 'p2'])
  const outside: Person[] = []
  let names = 3

  const intent = async (by: Person): Promise<Intent> => {
    const others = people.filter(p => p !== by)
    const result: Intent = { options: { aad: bytes(`aad ${tally.commits}`) }, newcomers: [], leaving: [] }
    const join = async (): Promise<Uint8Array> => {
      const name = `p${names++}`
      const fresh = await keyPackage(engine, name)
      result.newcomers.push({ name, private: fresh.private })
      return fresh.public
    }
    const roll = random()
    if (roll < 0.35 && people.length < MAX) {
      const add = [await join()]
      if (people.length + 1 < MAX && random() < 0.3) add.push(await join())
      result.options = { ...result.options, add }
    } else if (roll < 0.55 && people.length > 2) {
      const leaving = pick(others)
      result.leaving.push(leaving.name)
      result.options = { ...result.options, remove: [leaving.state.ownLeaf] }
    } else if (roll < 0.7) {
      // The slot of the removed member is filled again in the same commit.
      const leaving = pick(others)
      result.leaving.push(leaving.name)
      result.options = { ...result.options, remove: [leaving.state.ownLeaf], add: [await join()] }
    } else if (roll < 0.8) {
      result.options = { ...result.options, extensions: [{ type: MLS_EXTENSIONS.roles, data: bytes(`roles ${names}`) }] }
    } else if (roll < 0.9) {
      result.options = { ...result.options, update: { identity: bytes(by.name) } }
    }
    return result
  }

  const count = (won: Intent): void => {
    tally.commits++
    tally.added += won.newcomers.length
    tally.removed += won.leaving.length
    if (won.newcomers.length > 0 && won.leaving.length > 0) tally.replaced++
    if (won.newcomers.length === 0 && won.leaving.length === 0) tally.updated++
  }

  while (tally.commits < commits) {
    // One to three members commit on the same epoch; the log takes one, the losers drop theirs.
    const racers = new Set(Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(people)))
    const made: Array<{ by: Person, plan: Intent, pending: PendingCommit }> = []
    for (const by of racers) {
      const plan = await intent(by)
      made.push({ by, plan, pending: await engine.commit(by.state, plan.options) })
    }
    const { by, plan, pending } = pick(made)
    tally.lost += made.length - 1
    const removed = await spread(engine, people, by, pending)
    assert.deepEqual(removed.map(p => p.name), plan.leaving)
    for (const { name, private: secret } of plan.newcomers) people.push({ name, state: await engine.join({ welcome: pending.welcome!, keyPackage: secret }) })
    count(plan)
    await checkAgreement(engine, people)
    // Who was removed cannot follow: what they had opens nothing that comes after.
    for (const person of outside) await assert.rejects(engine.process(person.state, pending.commit, accept))
    tally.outsiders += outside.length
    outside.splice(0, outside.length, ...removed)
    if (random() < 0.2) {
      const person = pick(people)
      person.state = engine.decodeState(engine.encodeState(person.state))
    }
  }
  return tally
}

async function checkAgreement (engine: MlsEngine, people: Person[]): Promise<void> {
  const first = people[0]!
  const names = engine.members(first.state).map(m => `${m.leaf} ${text(m.identity)}`)
  const secret = await engine.exportSecret(first.state, 'test', bytes('context'), 32)
  assert.deepEqual(names.map(n => n.split(' ')[1]).sort(), people.map(p => p.name).sort())
  for (const { name, state } of people) {
    assert.deepEqual(engine.epochAuthenticator(state), engine.epochAuthenticator(first.state), `${name} is in another epoch`)
    assert.deepEqual(await engine.exportSecret(state, 'test', bytes('context'), 32), secret)
    assert.deepEqual(engine.members(state).map(m => `${m.leaf} ${text(m.identity)}`), names)
    assert.equal(engine.members(state).find(m => m.leaf === state.ownLeaf)?.identity.toString(), bytes(name).toString())
  }
}
