import { runSchedule } from './schedule.js'

describe('messages under any schedule of losses, refusals, crashes and commits', () => {
  for (const seed of [1, 3]) {
    it(`arrive once and in order (seed ${seed})`, async () => { await runSchedule(seed, 40, 6) })
  }
})
