import assert from 'node:assert/strict'
import { sevenMemberSelfTest } from '../../../../src/protocol/crypto/index.js'
import { trusting } from './people.js'
import { randomGroup } from './random-group.js'

describe('MLS groups under random operations', () => {
  for (const seed of [1, 2]) {
    it(`keep all members in one epoch through 40 commits (seed ${seed})`, async function () {
      this.timeout(60_000)
      const tally = await randomGroup(trusting(), seed, 40)
      for (const [what, count] of Object.entries(tally)) assert.ok(count > 0, `the run had none: ${what}`)
    })
  }

  it('carry seven members through add, update, add, and a slot filled in the commit that empties it', async () => {
    await sevenMemberSelfTest()
  })
})
