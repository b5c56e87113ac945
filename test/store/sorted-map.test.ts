import assert from 'node:assert/strict'
import fc from 'fast-check'
import { SortedMap } from '../../src/store/memory/sorted-map.js'

describe('the ordered map in memory', () => {
  it('gives every range in the keys\' order, however many were set and taken away between two looks', () => {
    const key = fc.uint8Array({ minLength: 1, maxLength: 3 })
    const step = fc.oneof(
      fc.record({ do: fc.constant('set' as const), keys: fc.array(key, { maxLength: 40 }) }),
      fc.record({ do: fc.constant('delete' as const), keys: fc.array(key, { maxLength: 5 }) }),
      fc.record({ do: fc.constant('look' as const), gte: key, lt: key, reverse: fc.boolean(), limit: fc.integer({ min: 1, max: 30 }) })
    )
    fc.assert(fc.property(fc.array(step, { maxLength: 12 }), steps => {
      const [map, model] = [new SortedMap(), new Map<string, Uint8Array>()]
      const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
      for (const [n, one] of steps.entries()) {
        if (one.do === 'set') for (const k of one.keys) { map.set(k, Uint8Array.of(n)); model.set(hex(k), Uint8Array.of(n)) }
        if (one.do === 'delete') for (const k of one.keys) { map.delete(k); model.delete(hex(k)) }
        if (one.do !== 'look') continue
        const { gte, lt, reverse, limit } = one
        const want = [...model].filter(([k]) => k >= hex(gte) && k < hex(lt)).sort(([a], [b]) => a < b ? -1 : 1)
        if (reverse) want.reverse()
        assert.deepEqual(map.slice({ gte, lt, reverse, limit }).map(([k, v]) => [hex(k), v]), want.slice(0, limit))
      }
      assert.deepEqual(map.slice({}).map(([k]) => hex(k)), [...model.keys()].sort())
      for (const [k, v] of model) assert.deepEqual(map.get(Buffer.from(k, 'hex')), v)
    }))
  })
})
