import assert from 'node:assert/strict'
import { Passing } from '../../../src/relay/net/passing.js'

describe('what passes through', () => {
  it('is found and taken by its key, whichever goes first, and keeps its order', () => {
    const passing = new Passing<number, string>()
    for (const [key, value] of [[1, 'a'], [2, 'b'], [3, 'c'], [4, 'd']] as const) passing.add(key, value)
    assert.equal(passing.get(3), 'c')
    assert.equal(passing.take(3), 'c')
    assert.equal(passing.take(1), 'a')
    assert.equal(passing.take(1), undefined)
    assert.equal(passing.get(3), undefined)
    passing.add(3, 'e')
    assert.deepEqual(passing.entries(), [[2, 'b'], [4, 'd'], [3, 'e']])
    assert.deepEqual([...passing.values()], ['b', 'd', 'e'])
    assert.equal(passing.size, 3)
    passing.clear()
    assert.deepEqual([passing.size, passing.get(2), passing.take(4)], [0, undefined, undefined])
  })
})
