/** Lets others have their turn: a commit of a large group is thousands of small computations, which would hold up all that this process does. */
import { webcrypto } from 'node:crypto'

/** Signatures take some ten microseconds each, and most other steps less. */
const STEPS = 128
const NOTHING = new Uint8Array()

let steps = 0

/** Waits now and then until another thread has done next to nothing: what waits in this one goes first. */
export async function breathe (): Promise<void> {
  if (++steps % STEPS === 0) await webcrypto.subtle.digest('SHA-256', NOTHING)
}
