import assert from 'node:assert/strict'
import { adoptUnderKills } from './kit/adopt-kills.js'
import { appendUnderKills } from './kit/kills.js'

describe('relay: killed 25 times in the middle of its work', () => {
  it('has every entry that it acknowledged, once and in its place', async () => {
    const { acknowledged, unknown } = await appendUnderKills(25, 400)
    assert.equal(acknowledged, 26 * 400)
    assert.ok(unknown > 0, 'no kill met an append under way')
  })
})

describe('relay: killed 15 times in the middle of a log that is brought to it', () => {
  it('goes on from what it has, and serves the log whole and as it was', async () => {
    const { kept } = await adoptUnderKills(15, 60)
    assert.deepEqual(kept.toSorted((a, b) => a - b), kept)
  })
})
