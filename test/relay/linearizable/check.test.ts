import assert from 'node:assert/strict'
import { requireLinearizable, type Seen } from './check.js'

const append = (seq: number, begin: number, end: number, change: Partial<Seen> = {}): Seen => ({ what: `append ${seq}`, begin, end, appended: { seq, id: `id ${seq}`, duplicate: false }, ...change })
const read = (head: number, begin: number, end: number, change: Partial<Seen> = {}): Seen => ({ what: `read up to ${head}`, begin, end, head, ...change })
const LOG = ['id 1', 'id 2', 'id 3']

describe('the check that a log is linearizable', () => {
  it('accepts calls that overlap in any order that fits', () => {
    requireLinearizable([append(1, 0, 10), append(2, 0, 10), read(0, 1, 2), read(1, 3, 4), read(2, 5, 6), append(3, 7, Infinity), read(2, 8, 9), read(3, 11, 12)], LOG)
  })

  it('rejects a read that began after an append was acknowledged and does not have it', () => {
    assert.throws(() => { requireLinearizable([append(1, 0, 1), read(0, 2, 3)], LOG.slice(0, 1)) }, /entry 1 was there for append 1.*read up to 0/)
  })

  it('rejects two reads of which the later one sees less', () => {
    assert.throws(() => { requireLinearizable([append(1, 0, 10), append(2, 0, 10), read(2, 1, 2), read(1, 3, 4)], LOG.slice(0, 2)) }, /which began later/)
  })

  it('rejects an order that contradicts the order of calls that did not overlap', () => {
    assert.throws(() => { requireLinearizable([append(2, 0, 1), append(1, 2, 3)], LOG.slice(0, 2)) }, /which began later/)
  })

  it('rejects an acknowledged entry that is not in the log, and another in its place', () => {
    assert.throws(() => { requireLinearizable([append(2, 0, 1)], LOG.slice(0, 1)) }, /nothing there/)
    assert.throws(() => { requireLinearizable([append(1, 0, 1)], ['another']) }, /has another there/)
    assert.throws(() => { requireLinearizable([read(1, 0, 1, { entries: [{ seq: 1, id: 'another' }] })], LOG) }, /has id 1 there/)
  })

  it('rejects a condition that was taken when it did not hold, and one that was refused when it did', () => {
    assert.throws(() => { requireLinearizable([append(2, 0, 1, { expected: { head: 0 } })], LOG) }, /wanted to follow 0/)
    assert.throws(() => { requireLinearizable([read(1, 0, 1, { expected: { head: 1 } })], LOG) }, /did end at 1/)
  })

  it('lets an append without an answer have happened at any time, or never', () => {
    requireLinearizable([{ what: 'lost', begin: 0, end: Infinity }, append(1, 5, 6)], LOG.slice(0, 1))
  })
})
