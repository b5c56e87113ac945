/** What tests of secret chats do again and again. */
import type { SecretInfo, SecretLine } from '../../../src/protocol/api/index.js'
import { World, type Person as Whole } from '../world.js'

type Person = Pick<Whole, 'node' | 'name'>

/** Two people who know each other, over one relay. */
export async function annAndBob (): Promise<{ world: World, ann: Whole, bob: Whole }> {
  const world = await World.make()
  const [ann, bob] = [await world.person('ann'), await world.person('bob')]
  await world.introduce(ann, bob)
  return { world, ann, bob }
}

/** Resolves once there is something, looked for again at each update about secret chats. */
export async function seen<T> ({ node }: Pick<Person, 'node'>, look: () => Promise<T | undefined>): Promise<T> {
  const stop = new AbortController()
  try {
    const first = await look()
    if (first !== undefined) return first
    for await (const { event } of node.receive({ after: 0, follow: true, signal: stop.signal })) {
      if (event.type !== 'secret') continue
      const found = await look()
      if (found !== undefined) return found
    }
    throw new Error('the updates ended')
  } finally {
    stop.abort()
  }
}

/** What was said, oldest first. */
export const said = async ({ node }: Person, id: string): Promise<string[]> => (await node.secretLines(id, { limit: 500 })).reverse().map(line => line.text ?? line.note ?? line.kind)

/** Waits until somebody has this text. */
export const hears = async (person: Person, id: string, text: string): Promise<SecretLine> => await seen(person, async () => (await person.node.secretLines(id)).find(line => line.text === text))

/** Waits until a condition of a chat holds. */
export const stands = async (person: Person, id: string, fits: (secret: SecretInfo) => boolean): Promise<SecretInfo> => await seen(person, async () => (await person.node.listSecrets()).find(one => one.id === id && fits(one)))

/** A secret chat that `a` has begun and `b` accepted. */
export async function openSecretChat (a: Person, b: Person, options: { timer?: number } = {}): Promise<SecretInfo> {
  const { id } = await a.node.startSecret(b.name, options)
  await stands(b, id, ({ state }) => state === 'asked')
  await b.node.acceptSecret(id)
  return await stands(a, id, ({ state }) => state === 'open')
}
