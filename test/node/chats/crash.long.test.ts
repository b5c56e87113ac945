import { everyCrash } from './story.js'

describe('a crash at each single write, from the first contact to a delivered message', () => {
  for (const who of ['alice', 'bob'] as const) {
    for (const when of ['before', 'after'] as const) it(`of ${who}, ${when} it is on the disk, loses and doubles nothing`, async () => { await everyCrash(who, when, 1, 1) })
  }
})
