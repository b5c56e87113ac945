import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { runSeed } from './run.js'

describe('a seed of the simulation', () => {
  it('decides all of its run: the same things happen at the same times again, whatever ran before or still runs beside it', async function () {
    this.timeout(120_000)
    const seeds = [3, 28, 37]
    const first = []
    for (const seed of seeds) first.push(await runSeed(seed))
    // As another test of this process may leave it.
    const leftover = setInterval(() => {
      setTimeout(() => { randomBytes(8) }, 1)
      Math.random()
    }, 1)
    try {
      for (const run of first.reverse()) {
        const { trace, steps, lasted } = await runSeed(run.seed)
        assert.deepEqual({ trace, steps, lasted }, { trace: run.trace, steps: run.steps, lasted: run.lasted }, `seed ${run.seed}`)
      }
    } finally {
      clearInterval(leftover)
    }
    assert.equal(new Set(first.map(run => run.trace)).size, seeds.length)
  })
})
