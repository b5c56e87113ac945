import { surviveKills } from './crashes.js'

describe('a store whose process is killed', () => {
  it('has every acknowledged append, once and in its place, after each of 3 kills', async () => {
    await surviveKills(3)
  }).timeout(60_000)
})
