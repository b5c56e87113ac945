import { Schedule } from './schedule.js'

describe('blobs under thousands of random schedules', () => {
  it('never lose a block that somebody keeps, and lose all others in the end', async () => {
    for (let seed = 1000; seed < 3000; seed++) {
      try {
        await new Schedule(seed).run(30)
      } catch (cause) {
        throw new Error(`seed ${seed}: ${cause instanceof Error ? cause.message : 'unknown'}`, { cause })
      }
    }
  })
})
