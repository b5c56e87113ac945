/** Who copies a device's directory, with all that opens it, and has every frame that ever passed. */
import assert from 'node:assert/strict'
import { WatchedWorld } from './thief.js'

describe('a device\'s directory that was copied', () => {
  let watched: WatchedWorld
  before(async () => { watched = await WatchedWorld.make() })
  after(async () => { await watched.close() })

  it('of who accepted it opens nothing that was sent before, and nothing behind the next round trip', async () => {
    const { ann, bob } = watched
    const { before, soon, later } = await watched.stolenFrom(bob, ann)
    assert.ok(before.frames > 4 && later.frames > 1)
    assert.deepEqual(before.read, [])
    // So it is a thief that would read if it could.
    assert.ok(soon.read.includes('said'))
    assert.deepEqual(later.read, [])
  })
})
