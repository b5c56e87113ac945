import assert from 'node:assert/strict'
import { everyCrash } from './story.js'

describe('a crash at any write, from the first contact to a delivered message', () => {
  it('of who begins, before it is on the disk, loses and doubles nothing', async () => {
    assert.ok(await everyCrash('alice', 'before', 1, 6) > 10)
  })
  it('of who begins, after it is on the disk, loses and doubles nothing', async () => {
    assert.ok(await everyCrash('alice', 'after', 4, 6) > 10)
  })
  it('of who is added loses and doubles nothing', async () => {
    assert.ok(await everyCrash('bob', 'before', 2, 6) > 5)
    assert.ok(await everyCrash('bob', 'after', 5, 6) > 5)
  })
})
