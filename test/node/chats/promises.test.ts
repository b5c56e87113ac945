import assert from 'node:assert/strict'
import { Promises } from '../../../src/node/chats/promises.js'
import { LIMITS } from '../../../src/protocol/wire/index.js'
import { fill } from '../../protocol/wire/kit.js'

describe('what a home signed for and has not shown', () => {
  it('is held against it until the log shows it', () => {
    const promises = new Promises()
    assert.equal(promises.highest, 0)
    assert.equal(promises.add(5, fill(32), 1), true)
    assert.equal(promises.add(3, fill(32, 1), 1), true)
    assert.equal(promises.add(5, fill(32, 9), 1), false)
    assert.equal(promises.highest, 5)
    assert.deepEqual([promises.holds(3, fill(32, 1)), promises.holds(3, fill(32)), promises.holds(4, fill(32))], [true, false, true])
    promises.shown(5)
    assert.equal(promises.highest, 3)
    promises.forget()
    assert.deepEqual([promises.highest, promises.size, promises.holds(3, fill(32))], [0, 0, true])
  })

  it('is not held against it beyond where the log was taken over from it, and what the next one signs is', () => {
    const promises = new Promises()
    promises.add(4, fill(32, 4), 2)
    promises.add(5, fill(32, 5), 2)
    promises.add(6, fill(32, 6), 2)
    assert.deepEqual([promises.add(6, fill(32, 60), 3), promises.add(6, fill(32, 6), 2), promises.highestTerm], [true, true, 3])
    const left = { term: 3, seq: 4 }
    assert.deepEqual([promises.holds(5, fill(32, 50)), promises.holds(5, fill(32, 50), [left]), promises.holds(4, fill(32), [left]), promises.holds(6, fill(32, 6), [left])], [false, true, false, false])
    promises.forget(left)
    assert.deepEqual([promises.size, promises.holds(5, fill(32, 50)), promises.holds(4, fill(32)), promises.holds(6, fill(32, 60))], [2, true, false, true])
  })

  it('is bounded, and the highest number of all is kept', () => {
    const promises = new Promises()
    promises.add(2 ** 40, fill(32), 1)
    for (let seq = 1; seq <= LIMITS.promisesPerChat + 1000; seq++) promises.add(seq, fill(32, seq), 1)
    assert.equal(promises.size, LIMITS.promisesPerChat)
    assert.equal(promises.highest, 2 ** 40)
    assert.equal(promises.holds(2 ** 40, fill(32, 1)), false)
    assert.equal(promises.holds(LIMITS.promisesPerChat + 1000, fill(32)), false)
  })
})
