/** Waiting until a simulated world has come to rest. */
import type { World } from './world.js'

/** No run takes longer to come to rest, in milliseconds of its own time. */
export const MOST_REST_MS = 15 * 60_000

/** Waits until nothing is under way, twice in a row. `restless` says what is. @throws Error when that does not end */
export async function untilRest (world: World, restless: () => Promise<string | undefined>): Promise<void> {
  const until = world.now + MOST_REST_MS
  let still = 0
  let why: string | undefined
  for (;;) {
    why = await restless()
    still = why === undefined ? still + 1 : 0
    // At once: what was found at rest is judged, and not what a mark that is due has set going since.
    if (still === 2) return
    if (world.now > until) throw new Error(`the run does not come to rest: ${why ?? ''}`)
    await world.pause(1000)
  }
}
