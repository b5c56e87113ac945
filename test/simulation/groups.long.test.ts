import assert from 'node:assert/strict'
import { playCrowd } from './crowd-story.js'
import { playErasing, playGroup, playSlow } from './group-story.js'
import { runSeed } from './run.js'

/** Seeds of groups. */
const SEEDS = 300
/** And of those in which people take back what they said. */
const ERASING = 60
/** And of those with slow mode. */
const SLOW = 60

describe('the simulation of many groups', () => {
  it('carries out what twenty admins want in one moment, or says why not, and all end with one state', async function () {
    this.timeout(600_000)
    const { failure } = await runSeed(1, {}, {}, async world => { await playCrowd(world, 20) })
    if (failure !== undefined) throw failure
  })

  it(`gives all members one state and one transcript under ${SEEDS} seeds`, async function () {
    this.timeout(1_800_000)
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { failure } = await runSeed(seed, {}, {}, playGroup)
      if (failure !== undefined) assert.fail(`seed ${seed} (npm run simulate -- --groups --seeds 1 --from ${seed} shows it again): ${failure.message}`)
    }
  })

  it(`does so under ${ERASING} seeds when people take back for all what they said`, async function () {
    this.timeout(900_000)
    for (let seed = 1; seed <= ERASING; seed++) {
      const { failure } = await runSeed(seed, {}, {}, playErasing)
      if (failure !== undefined) assert.fail(`seed ${seed} (npm run simulate -- --erasing --seeds 1 --from ${seed} shows it again): ${failure.message}`)
    }
  })

  it(`does so under ${SLOW} seeds while slow mode comes and goes`, async function () {
    this.timeout(900_000)
    for (let seed = 1; seed <= SLOW; seed++) {
      const { failure } = await runSeed(seed, {}, {}, playSlow)
      if (failure !== undefined) assert.fail(`seed ${seed} (npm run simulate -- --slow --seeds 1 --from ${seed} shows it again): ${failure.message}`)
    }
  })
})
