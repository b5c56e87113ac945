/** A log with its world, as most tests of logs begin. */
import { ENTRY_KIND, RIGHT, type Append, type PetrelError } from '../../../src/protocol/wire/index.js'
import { data, type Client } from './client.js'
import type { Epoch, TestLog } from './people.js'
import { Person, World } from './world.js'

/** Outcomes in short. */
export const codes = (outcomes: Array<PetrelError | { receipt: unknown }>): string[] => outcomes.map(one => (one instanceof Error ? one.code : 'ok'))

/** A commit that installs an epoch's keys. */
export const commit = (log: TestLog, base: number, epoch: Epoch, change: Partial<Append> = {}): Append => data('commit', { kind: ENTRY_KIND.commit, base, caps: log.caps(epoch), ...change })

/** Proves an epoch's keys. */
export const provesEpoch = (client: Client, log: TestLog, epoch = log.epoch): Promise<void> =>
  client.prove(client.proof(log.id, RIGHT.append, epoch.append), client.proof(log.id, RIGHT.read, epoch.read))

/** A world in which Ann's phone has made a log. */
export async function start (options = {}): Promise<{ world: World, ann: Person, phone: Client, log: TestLog }> {
  const world = await World.create(options)
  const ann = new Person()
  const phone = await world.client(ann)
  return { world, ann, phone, log: await world.log(phone) }
}
