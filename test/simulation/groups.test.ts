import assert from 'node:assert/strict'
import { playGroup } from './group-story.js'
import { runSeed } from './run.js'

/** Seeds of groups. */
const SEEDS = 40

describe('the simulation of groups', () => {
  it(`gives all members one state and one transcript under ${SEEDS} seeds`, async function () {
    this.timeout(300_000)
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { failure } = await runSeed(seed, {}, {}, playGroup)
      if (failure !== undefined) assert.fail(`seed ${seed} (npm run simulate -- --groups --seeds 1 --from ${seed} shows it again): ${failure.message}`)
    }
  })
})
