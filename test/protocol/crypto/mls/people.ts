/** Members of a group for the tests of the MLS engine. */
import { createMlsEngine, type CommitPolicy, type MlsEngine, type MlsKeyPackage, type MlsState, type PendingCommit } from '../../../../src/protocol/crypto/index.js'

export const NOW = 1_700_000_000_000
export const DAY = 24 * 3600_000
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
export const text = (data: Uint8Array): string => new TextDecoder().decode(data)

export const trusting = (): MlsEngine => createMlsEngine({ validateCredential: () => true, now: () => NOW })

export interface Person { name: string, state: MlsState }

export const accept: CommitPolicy = () => undefined

export async function keyPackage (engine: MlsEngine, name: string): Promise<MlsKeyPackage> {
  return await engine.createKeyPackage({ identity: bytes(name), notBefore: NOW - DAY, notAfter: NOW + 30 * DAY })
}

/** A group of these people, each added by the first. */
export async function groupOf (engine: MlsEngine, names: string[], options: { gpq?: Uint8Array } = {}): Promise<Person[]> {
  const own = await keyPackage(engine, names[0]!)
  const people: Person[] = [{ name: names[0]!, state: await engine.createGroup({ groupId: bytes('test group'), keyPackage: own.private, ...options }) }]
  for (const name of names.slice(1)) {
    const fresh = await keyPackage(engine, name)
    const pending = await engine.commit(people[0]!.state, { add: [fresh.public] })
    await spread(engine, people, people[0]!, pending)
    people.push({ name, state: await engine.join({ welcome: pending.welcome!, keyPackage: fresh.private, ...options }) })
  }
  return people
}

/** Everyone takes the commit, its maker adopts it. Returns those who were removed, and takes them out. */
export async function spread (engine: MlsEngine, people: Person[], by: Person, pending: PendingCommit): Promise<Person[]> {
  const removed: Person[] = []
  for (const person of [...people]) {
    if (person === by) continue
    const taken = await engine.process(person.state, pending.commit, accept)
    if (taken.removedSelf) {
      removed.push(person)
      people.splice(people.indexOf(person), 1)
    } else person.state = taken.state
  }
  by.state = pending.state
  return removed
}
