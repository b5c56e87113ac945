import assert from 'node:assert/strict'
import { BUGS } from './bugs.js'
import { runSeed } from './run.js'

describe('the simulation, when a relay is broken on purpose', () => {
  for (const [name, bugs] of Object.entries(BUGS)) {
    it(`finds one that ${name}`, async function () {
      this.timeout(300_000)
      for (let seed = bugs.from ?? 1; seed <= 200; seed++) {
        const { failure } = await runSeed(seed, bugs)
        if (failure === undefined || !bugs.found.test(failure.message)) continue
        // It is the bug that was found, and not the seed.
        assert.equal((await runSeed(seed)).failure, undefined)
        return
      }
      assert.fail('no seed up to 200 finds it')
    })
  }
})
