/** Slow mode in a simulated group: it is turned on, made longer and ended while all write. */
import { insist } from './insist.js'
import type { SimPerson } from './person.js'
import type { World } from './world.js'

/** Seconds between two messages of a member; 0 ends it. The longest is shorter than {@link insist} goes on. */
const SECONDS = [0, 1, 3, 10, 30]

/** Sets it some times, as the owner. `idOf`: the group's id. */
export async function setSlow (world: World, owner: SimPerson, idOf: () => string): Promise<void> {
  const { random } = world
  for (let i = 0; i < random.between(1, 4); i++) {
    await world.pause(random.next() * 4000)
    const slowMode = random.pick(SECONDS)
    await insist(world, owner, async () => await owner.ask(async node => await node.editGroup(idOf(), { slowMode })))
    world.note(`slow mode of ${slowMode} s`)
  }
}

/** What somebody's node took, and says that it failed: it was on its way while slow mode came, and its person may write it again. */
export async function failed (one: SimPerson, chat: string): Promise<string[]> {
  const { messages } = await one.node.showChat(chat, { limit: 500 })
  return messages.filter(({ kind, state }) => kind === 'text' && state === 'failed').map(({ text }) => text)
}

/**
 * Numbers of what somebody's node holds back: whoever comes in later and reads what was before cannot tell that slow mode
 * was in its way, since it reads backwards.
 */
export async function heldBack (one: SimPerson, chat: string): Promise<Set<number>> {
  const { messages } = await one.node.showChat(chat, { limit: 500 })
  return new Set(messages.filter(({ kind }) => kind === 'held').map(({ seq }) => seq ?? 0))
}
