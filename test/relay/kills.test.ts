import assert from 'node:assert/strict'
import { adoptUnderKills } from './kit/adopt-kills.js'
import { appendUnderKills } from './kit/kills.js'

describe('relay: killed in the middle of its work', () => {
  it('has every entry that it acknowledged, once and in its place', async () => {
    const { acknowledged } = await appendUnderKills(2, 300)
    assert.equal(acknowledged, 900)
  }).timeout(60_000)
})

describe('relay: killed in the middle of a log that is brought to it', () => {
  it('goes on from what it has, and serves the log whole and as it was', async () => {
    const { seq, kept } = await adoptUnderKills(1, 8)
    assert.ok(seq > 400)
    assert.equal(kept[0], 0)
    assert.ok(kept[1]! > 0)
  }).timeout(60_000)
})
