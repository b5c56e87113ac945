import assert from 'node:assert/strict'
import fc from 'fast-check'
import { decodeAppendRequest, decodeEntriesPush, encodeAppendReply, encodeAppendRun, EntriesPushBytes, pb, plainCall } from '../../../src/protocol/wire/index.js'

const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength }).map(given => Uint8Array.from(given))
const uint32 = fc.oneof(fc.nat(200), fc.integer({ min: 0, max: 2 ** 32 - 1 }))
const item: fc.Arbitrary<pb.AppendItem> = fc.record({
  id: bytes(20), kind: uint32, payload: bytes(300), erasers: fc.array(bytes(40), { maxLength: 3 }),
  base: fc.nat(), caps: bytes(50), expectHead: fc.nat(), expectTerm: fc.oneof(fc.nat(200), fc.maxSafeNat())
}, { requiredKeys: ['id', 'kind', 'payload', 'erasers'] })
const request: fc.Arbitrary<pb.AppendRequest> = fc.record({ log: bytes(40), items: fc.array(item, { maxLength: 5 }), pipeline: uint32, runs: fc.boolean() }, { requiredKeys: ['log', 'items', 'runs'] })
const LIMITS = { items: 1024, items$: { erasers: 2 } }

/** What comes of it, or that it was refused. */
function outcome<T> (decode: () => T): T | 'refused' {
  try {
    return decode()
  } catch {
    return 'refused'
  }
}

/** The bytes with one of them changed, left out or put in. */
const spoiled = (whole: Uint8Array, [at, byte, how]: readonly [number, number, number]): Uint8Array => {
  const all = [...whole]
  all.splice(at % (whole.length + 1), how === 0 ? 1 : how - 1, ...how === 1 ? [byte] : how === 2 ? [byte] : [])
  return Uint8Array.from(all)
}
const spoiling = fc.tuple(fc.nat(), fc.nat(255), fc.nat(2))

describe('messages that are read and written without the generated code', () => {
  it('an append is what the generated decoder makes of it, in whatever form it comes, whole or spoiled', () => {
    fc.assert(fc.property(request, fc.option(spoiling), (value, how) => {
      const whole = pb.AppendRequest.encode(value)
      const body = how === null ? whole : spoiled(whole, how)
      assert.deepEqual(outcome(() => decodeAppendRequest(body)), outcome(() => pb.AppendRequest.decode(body, { limits: LIMITS })))
    }), { numRuns: 2000 })
  })

  it('a call that is read is the one that the generated decoder reads, and a spoiled one is read as that does or not at all', () => {
    fc.assert(fc.property(fc.record({ id: uint32, method: uint32, body: bytes(300), deadlineMs: uint32 }), fc.option(spoiling), (call, how) => {
      const whole = pb.Frame.encode({ call })
      const read = plainCall(how === null ? whole : spoiled(whole, how))
      if (how === null && call.id > 0 && call.method > 0 && call.body.length > 0) assert.deepEqual(read, { ...call })
      if (read !== undefined) assert.deepEqual(read, pb.Frame.decode(how === null ? whole : spoiled(whole, how)).call)
    }), { numRuns: 2000 })
  })

  it('replies to appends are the generated encoder\'s bytes, with receipts and with refusals', () => {
    const failure = fc.record({ code: fc.constant('ERR_CONFLICT'), message: fc.string(), details: bytes(20) }) as unknown as fc.Arbitrary<pb.Failure>
    const one: fc.Arbitrary<pb.AppendOutcome> = fc.record({ receipt: bytes(2000), duplicate: fc.boolean(), failure: fc.option(failure, { nil: undefined, freq: 4 }) }, { requiredKeys: ['duplicate'] })
    fc.assert(fc.property(fc.array(one, { maxLength: 4 }), outcomes => {
      assert.deepEqual(Uint8Array.from(encodeAppendReply(outcomes)), Uint8Array.from(pb.AppendReply.encode({ outcomes })))
    }), { numRuns: 500 })
  })

  it('a run of appends is the generated encoder\'s bytes', () => {
    const one: fc.Arbitrary<pb.AppendRun> = fc.record({ receipt: fc.uint8Array({ minLength: 1, maxLength: 900 }), prev: fc.uint8Array({ minLength: 32, maxLength: 32 }), earlier: fc.array(uint32, { maxLength: 9 }) })
    fc.assert(fc.property(one, run => {
      const bytesOfRun = Uint8Array.from(encodeAppendRun(run))
      assert.deepEqual(bytesOfRun, Uint8Array.from(pb.AppendReply.encode({ outcomes: [], run })))
    }), { numRuns: 500 })
  })

  it('entries that are pushed are what the generated decoder makes of them, in whatever form they come, whole or spoiled', () => {
    const entry = fc.record({ leaf: bytes(200), payload: bytes(300) }, { requiredKeys: ['leaf'] })
    const push: fc.Arbitrary<pb.EntriesPush> = fc.record({ log: bytes(40), entries: fc.array(entry, { maxLength: 5 }), head: bytes(200), prev: bytes(40) }, { requiredKeys: ['log', 'entries', 'head'] })
    fc.assert(fc.property(push, fc.option(spoiling), (value, how) => {
      const whole = pb.EntriesPush.encode(value)
      const body = how === null ? whole : spoiled(whole, how)
      const reference = outcome(() => pb.EntriesPush.decode(body, { limits: { entries: 1024 } }))
      assert.deepEqual(outcome(() => decodeEntriesPush(body)), reference === 'refused' ? reference : { log: reference.log, head: reference.head, entries: reference.entries.map(({ leaf, payload = null }) => ({ leaf, payload })) })
    }), { numRuns: 2000 })
    const many = pb.EntriesPush.encode({ log: Uint8Array.of(1), head: Uint8Array.of(2), entries: Array.from({ length: 1025 }, () => ({ leaf: Uint8Array.of(3) })) })
    assert.equal(outcome(() => decodeEntriesPush(many)), 'refused')
  })

  it('pushed entries are the generated encoder\'s bytes, however long their head is, and without payload once erased', () => {
    const entry = fc.record({ leaf: bytes(200), payload: bytes(3000), erased: fc.boolean() })
    fc.assert(fc.property(bytes(40), fc.array(entry, { maxLength: 5 }), bytes(2000), (log, entries, head) => {
      const whole = pb.EntriesPush.encode({ log, head, entries: entries.map(({ leaf, payload, erased }) => erased ? { leaf } : { leaf, payload }) })
      assert.deepEqual(Uint8Array.from(new EntriesPushBytes(log, entries).with(head)), Uint8Array.from(whole))
    }), { numRuns: 500 })
  })
})
