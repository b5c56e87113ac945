import assert from 'node:assert/strict'
import { dropOf } from '../../../src/node/chats/snapshot.js'

describe('the snapshots of a chat', () => {
  for (const keep of [3, 6, 32]) {
    it(`are the first, the newest and between them ever fewer, when ${keep} are kept`, () => {
      const all: number[] = []
      for (let commit = 1; commit <= 1000; commit++) {
        all.push(commit)
        const dropped = dropOf(all, keep)
        assert.deepEqual([dropped.length, all.length], commit > keep ? [1, keep] : [0, commit])
      }
      const newest = Math.ceil(keep / 2)
      assert.equal(all[0], 1)
      assert.deepEqual(all.slice(-newest), Array.from({ length: newest }, (_, i) => 1001 - newest + i))
      assert.deepEqual(all, all.toSorted((a, b) => a - b))
      // How many commits are replayed at most, for how far it goes back.
      const far = (back: number): number => 1000 - back - all.findLast(at => at <= 1000 - back)!
      if (keep === 32) for (const back of [20, 50, 100, 300, 900]) assert.ok(far(back) <= back / 2, `${back} back: ${far(back)}`)
      if (keep === 6) for (const back of [5, 20, 60]) assert.ok(far(back) <= 30, `${back} back: ${far(back)}`)
    })
  }
})
