import assert from 'node:assert/strict'
import { appendUnderKills } from './kit/kills.js'

describe('relay: killed 25 times in the middle of its work', () => {
  it('has every entry that it acknowledged, once and in its place', async () => {
    const { acknowledged, unknown } = await appendUnderKills(25, 400)
    assert.equal(acknowledged, 26 * 400)
    assert.ok(unknown > 0, 'no kill met an append under way')
  })
})
