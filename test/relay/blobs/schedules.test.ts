import assert from 'node:assert/strict'
import { Schedule } from './schedule.js'

describe('blobs under random leases, uploads, pulls, releases, crashes and restarts', () => {
  it('never lose a block that somebody keeps, and lose all others in the end', async () => {
    let [crashes, collected] = [0, 0]
    for (let seed = 1; seed <= 8; seed++) {
      const schedule = new Schedule(seed)
      try {
        await schedule.run(30)
      } catch (cause) {
        throw new Error(`seed ${seed}: ${cause instanceof Error ? cause.message : 'unknown'}`, { cause })
      }
      crashes += schedule.crashes
      collected += schedule.collected
    }
    assert.ok(crashes > 2 && collected > 30, `${crashes} crashes, ${collected} collected`)
  })
})
