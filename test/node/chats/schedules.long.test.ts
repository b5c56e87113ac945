import { runSchedule } from './schedule.js'

describe('messages under many schedules of losses, refusals, crashes and commits', () => {
  for (let seed = 100; seed < 140; seed++) {
    it(`arrive once and in order (seed ${seed})`, async () => { await runSchedule(seed, 150, 20) })
  }
})
