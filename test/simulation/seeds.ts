/** Every run of a span of seeds must hold. */
import assert from 'node:assert/strict'
import { runSeed } from './run.js'

/** Seeds in one test. */
const AT_ONCE = 20

/** How to see a run again. */
function again (seed: number): string { return `seed ${seed} (npm run simulate -- --seeds 1 --from ${seed} shows it again)` }

/** The tests of the seeds from one to another, both included. */
export function describeSeeds (first: number, last: number): void {
  describe('the simulation', () => {
    for (let from = first; from <= last; from += AT_ONCE) {
      const to = Math.min(last, from + AT_ONCE - 1)
      it(`loses nothing, doubles nothing and accuses nobody under the seeds ${from} to ${to}`, async function () {
        // Many tests share a machine with this one; a run that goes in circles ends by its own count.
        this.timeout(300_000)
        for (let seed = from; seed <= to; seed++) {
          const { failure } = await runSeed(seed)
          if (failure !== undefined) assert.fail(`${again(seed)}: ${failure.message}`)
        }
      })
    }
  })
}
