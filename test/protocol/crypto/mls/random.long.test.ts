import { trusting } from './people.js'
import { randomGroup } from './random-group.js'

describe('MLS groups under many random operations', function () {
  this.timeout(600_000)
  for (const seed of [11, 12, 13, 14, 15]) {
    it(`keep all members in one epoch through 200 commits (seed ${seed})`, async () => {
      await randomGroup(trusting(), seed, 200)
    })
  }
})
