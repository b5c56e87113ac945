/**
 * The cases that an unpatched ts-mls fails, as a check that runs anywhere: `petrel doctor` and the test
 * of the packed package call it.
 */
import { InternalError, sameBytes } from '../../wire/index.js'
import { createMlsEngine, type MlsEngine } from './engine.js'
import type { MlsState } from './state.js'

const NOW = 1_700_000_000_000
const DAY = 24 * 3600_000

interface Person { readonly name: string, state: MlsState }

/**
 * Seven members through add → update → add, then one removed and its slot filled in the same commit.
 * All must stay in one epoch, and the removed one must notice. Takes a fraction of a second.
 *
 * @throws InternalError naming what went wrong
 */
export async function sevenMemberSelfTest (): Promise<void> {
  const engine = createMlsEngine({ validateCredential: () => true, now: () => NOW })
  try {
    const group = await foundGroup(engine, ['ann', 'bob', 'cem'])
    await commitBy(engine, group, 0)
    // Dan and Eve stay unmerged below nodes that Ann's path filled; Eve's path then renews the root alone.
    await addTo(engine, group, 'dan')
    await addTo(engine, group, 'eve')
    await commitBy(engine, group, 4)
    await addTo(engine, group, 'fay')
    await commitBy(engine, group, 5)
    await addTo(engine, group, 'gil')
    await commitBy(engine, group, 6)
    requireOneEpoch(engine, group, 7)
    await replaceLast(engine, group)
    requireOneEpoch(engine, group, 7)
  } catch (cause) {
    if (cause instanceof InternalError) throw cause
    throw new InternalError('the MLS self-test failed', { cause })
  }
}

async function keyPackageOf (engine: MlsEngine, name: string): Promise<{ public: Uint8Array, private: Uint8Array }> {
  return await engine.createKeyPackage({ identity: new TextEncoder().encode(name), notBefore: NOW - DAY, notAfter: NOW + DAY })
}

async function foundGroup (engine: MlsEngine, names: string[]): Promise<Person[]> {
  const [first = 'ann', ...others] = names
  const own = await keyPackageOf(engine, first)
  const group: Person[] = [{ name: first, state: await engine.createGroup({ groupId: new TextEncoder().encode('self-test'), keyPackage: own.private }) }]
  for (const name of others) await addTo(engine, group, name)
  return group
}

function person (group: Person[], index: number): Person {
  const found = group[index]
  if (found === undefined) throw new InternalError('the MLS self-test ran out of members')
  return found
}

/** Everyone but `by` takes the commit; `by` adopts its own. */
async function spread (engine: MlsEngine, group: Person[], by: Person, pending: { commit: Uint8Array, state: MlsState }): Promise<Person[]> {
  const removed: Person[] = []
  for (const other of group) {
    if (other === by) continue
    const taken = await engine.process(other.state, pending.commit, () => undefined)
    if (taken.removedSelf) removed.push(other)
    else other.state = taken.state
  }
  by.state = pending.state
  return removed
}

async function addTo (engine: MlsEngine, group: Person[], name: string): Promise<void> {
  const fresh = await keyPackageOf(engine, name)
  const by = person(group, 0)
  const pending = await engine.commit(by.state, { add: [fresh.public] })
  await spread(engine, group, by, pending)
  group.push({ name, state: await engine.join({ welcome: pending.welcome ?? new Uint8Array(), keyPackage: fresh.private }) })
}

async function commitBy (engine: MlsEngine, group: Person[], index: number): Promise<void> {
  const by = person(group, index)
  await spread(engine, group, by, await engine.commit(by.state))
}

async function replaceLast (engine: MlsEngine, group: Person[]): Promise<void> {
  const last = person(group, group.length - 1)
  const fresh = await keyPackageOf(engine, 'hal')
  const by = person(group, 0)
  const pending = await engine.commit(by.state, { remove: [last.state.ownLeaf], add: [fresh.public] })
  const removed = await spread(engine, group, by, pending)
  if (removed.length !== 1 || removed[0] !== last) throw new InternalError('the MLS self-test failed: a removed member did not notice that its slot was filled again')
  group.pop()
  group.push({ name: 'hal', state: await engine.join({ welcome: pending.welcome ?? new Uint8Array(), keyPackage: fresh.private }) })
}

function requireOneEpoch (engine: MlsEngine, group: Person[], size: number): void {
  const want = engine.epochAuthenticator(person(group, 0).state)
  if (group.length !== size || group.some(({ state }) => !sameBytes(engine.epochAuthenticator(state), want) || engine.members(state).length !== size)) {
    throw new InternalError('the MLS self-test failed: the members are not in one epoch')
  }
}
