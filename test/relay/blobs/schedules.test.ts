import assert from 'node:assert/strict'
import { Schedule } from './schedule.js'

describe('blobs under random leases, uploads, pulls, releases, crashes and restarts', () => {
  it('never lose a block that somebody keeps, and lose all others in the end', async () => {
    let [crashes, collected] = [0, 0]
    // The last two once found a block that was taken while somebody began to keep it.
    for (const seed of [1, 2, 3, 4, 5, 1386, 2628]) {
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
