import assert from 'node:assert/strict'
import fc from 'fast-check'
import { BLOCK_ROWS, decodeShard, encodeShard, placesIn, shardOf } from '../../../src/node/search/shard.js'
import { decodeHead, decodeTaken, encodeHead } from '../../../src/node/search/records.js'
import { LIMITS, PetrelError } from '../../../src/protocol/wire/index.js'

const shards = fc.dictionary(fc.string({ unit: fc.constantFrom('a', 'b', 'ü', '東', '👍'), minLength: 1, maxLength: 4 }), fc.uniqueArray(fc.integer({ min: 0, max: BLOCK_ROWS - 1 }), { minLength: 1, maxLength: 20 }))

describe('a shard of the index', () => {
  it('comes back as it was, word by word and by beginnings', () => {
    fc.assert(fc.property(shards, words => {
      const shard = new Map(Object.entries(words).map(([term, places]) => [term, places.toSorted((a, b) => a - b)]))
      if (shard.size === 0) return
      const bytes = encodeShard(shard)
      assert.deepEqual(new Map([...decodeShard(bytes)].sort()), new Map([...shard].sort()))
      for (const [term, places] of shard) {
        assert.deepEqual(placesIn(bytes, { term, prefix: false }), places)
        const all = new Set([...shard].filter(([other]) => other.startsWith(term)).flatMap(([, some]) => some))
        assert.deepEqual(placesIn(bytes, { term, prefix: true }), [...all].sort((a, b) => a - b))
      }
      assert.deepEqual(placesIn(bytes, { term: 'zz', prefix: true }), [])
    }), { numRuns: 200 })
  })

  it('is refused when it is anything else', () => {
    const bytes = encodeShard(new Map([['ab', [1, 5]], ['b', [511]]]))
    fc.assert(fc.property(fc.integer({ min: 0, max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const damaged = bytes.slice()
      damaged[at]! ^= by
      try {
        for (const places of decodeShard(damaged).values()) for (const place of places) assert.ok(place < BLOCK_ROWS)
      } catch (error) {
        assert.ok(error instanceof PetrelError, String(error))
      }
    }), { numRuns: 400 })
    assert.throws(() => decodeHead(Uint8Array.of(1)), PetrelError)
    assert.throws(() => decodeTaken(encodeHead({ messages: 1, time: [1, 2], at: [1, 2] })), PetrelError)
  })

  it('holds a letter of an alphabet, or some neighbours of other scripts: so there are never more than fit', () => {
    assert.notEqual(shardOf('apple'), shardOf('bear'))
    assert.equal(shardOf('apple'), shardOf('a'))
    const all = new Set<string>()
    for (let code = 1; code <= 0x10FFFF; code++) if (code < 0xD800 || code > 0xDFFF) all.add(shardOf(String.fromCodePoint(code)))
    assert.ok(all.size < LIMITS.searchShards, String(all.size))
  })
})
