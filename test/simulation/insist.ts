/** Doing something in a world where machines crash and networks fail. */
import { PetrelError, ProofError } from '../../src/protocol/wire/index.js'
import { Crashed, type SimPerson } from './person.js'
import type { World } from './world.js'

/** Does something until it has worked, whatever crashes meanwhile. */
export async function insist<T> (world: World, person: SimPerson, what: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      if (person.isUp) return await what()
    } catch (error) {
      if (!(error instanceof Crashed || error instanceof PetrelError) || error instanceof ProofError || tries > 400) throw error
      world.onLog?.(`${world.now.toFixed(0)} ${person.place} retries after ${String(error)}`)
    }
    await world.pause(400)
  }
}
