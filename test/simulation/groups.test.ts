import assert from 'node:assert/strict'
import { playCrowd } from './crowd-story.js'
import { playGroup, playSlow } from './group-story.js'
import { runSeed } from './run.js'

/** One, and those that once found something. groups.long.test.ts has many. */
const SEEDS = [1, 36, 241]
/** With slow mode: in this one somebody whom another relay serves is removed while it is away. */
const SLOW = 34

describe('the simulation of groups', () => {
  it(`gives all members one state and one transcript under ${SEEDS.length} seeds`, async function () {
    this.timeout(300_000)
    for (const seed of SEEDS) {
      const { failure } = await runSeed(seed, {}, {}, playGroup)
      if (failure !== undefined) assert.fail(`seed ${seed} (npm run simulate -- --groups --seeds 1 --from ${seed} shows it again): ${failure.message}`)
    }
  })

  it('does so while slow mode comes and goes, and who was removed while it was away soon knows', async function () {
    this.timeout(120_000)
    const { failure } = await runSeed(SLOW, {}, {}, playSlow)
    if (failure !== undefined) assert.fail(`seed ${SLOW} (npm run simulate -- --slow --seeds 1 --from ${SLOW} shows it again): ${failure.message}`)
  })

  it('carries out what six admins want in one moment, or says why not, and all end with one state', async function () {
    this.timeout(120_000)
    const { failure } = await runSeed(1, {}, {}, async world => { await playCrowd(world, 6) })
    if (failure !== undefined) throw failure
  })
})
