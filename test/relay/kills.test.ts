import assert from 'node:assert/strict'
import { appendUnderKills } from './kit/kills.js'

describe('relay: killed in the middle of its work', () => {
  it('has every entry that it acknowledged, once and in its place', async () => {
    const { acknowledged } = await appendUnderKills(2, 300)
    assert.equal(acknowledged, 900)
  }).timeout(60_000)
})
