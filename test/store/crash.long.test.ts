import { surviveKills } from './crashes.js'

describe('a store whose process is killed often', () => {
  it('has every acknowledged append, once and in its place, after each of 25 kills', async () => {
    await surviveKills(25)
  }).timeout(600_000)
})
