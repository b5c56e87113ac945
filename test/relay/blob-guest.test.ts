import assert from 'node:assert/strict'
import { cidOf, CODEC, LIMITS } from '../../src/protocol/wire/index.js'
import { Guest, type GuestParts } from '../../src/relay/blob-streams/guest.js'
import { KeyedBuckets } from '../../src/relay/rate-limit.js'

describe('a guest on a stream of blocks', () => {
  it('is a stranger, and pays for blocks that are not there too', async () => {
    const guests = new KeyedBuckets({ perSecond: 1, burst: LIMITS.blobAbsentCost })
    const parts = {
      blobs: { read: async () => await Promise.resolve(undefined) }, sessions: { hostedAccount: () => undefined },
      clock: { now: () => 0 }, hosted: new KeyedBuckets({ perSecond: 1, burst: 1 }), guests, pulls: undefined
    }
    const guest = new Guest(parts as unknown as GuestParts, new Uint8Array(34), '/ip4/192.0.2.1/tcp/1')
    assert.equal(guest.isStranger, true)
    const { signal } = new AbortController()
    for (let n = 0; n < 2; n++) assert.equal(await guest.get(cidOf(CODEC.raw, Uint8Array.of(n)), { signal }), undefined)
    assert.equal(guests.wait('192.0.2.1', 0), LIMITS.blobAbsentCost * 1000)
    assert.equal(guests.wait('192.0.2.2', 0), 0)
  })

  it('gets a block that came while it was looked for', async () => {
    const pulls = { arrivals: 0 }
    let reads = 0
    const read = async (): Promise<Uint8Array | undefined> => {
      await Promise.resolve()
      if (++reads > 1) return Uint8Array.of(1)
      pulls.arrivals++
      return undefined
    }
    const buckets = new KeyedBuckets({ perSecond: 1, burst: LIMITS.blobAbsentCost })
    const parts = { blobs: { read }, sessions: { hostedAccount: () => undefined }, clock: { now: () => 0 }, hosted: buckets, guests: buckets, pulls }
    const guest = new Guest(parts as unknown as GuestParts, new Uint8Array(34), '/ip4/192.0.2.1/tcp/1')
    assert.deepEqual(await guest.get(cidOf(CODEC.raw, Uint8Array.of(1)), { signal: new AbortController().signal }), Uint8Array.of(1))
  })
})
