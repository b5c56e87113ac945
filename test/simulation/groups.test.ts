import assert from 'node:assert/strict'
import { playGroup } from './group-story.js'
import { runSeed } from './run.js'

/** The first seeds, and those that once found something. */
const SEEDS = [...Array.from({ length: 10 }, (_, i) => i + 1), 36, 104]

describe('the simulation of groups', () => {
  it(`gives all members one state and one transcript under ${SEEDS.length} seeds`, async function () {
    this.timeout(300_000)
    for (const seed of SEEDS) {
      const { failure } = await runSeed(seed, {}, {}, playGroup)
      if (failure !== undefined) assert.fail(`seed ${seed} (npm run simulate -- --groups --seeds 1 --from ${seed} shows it again): ${failure.message}`)
    }
  })
})
