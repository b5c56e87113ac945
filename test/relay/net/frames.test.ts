import assert from 'node:assert/strict'
import fc from 'fast-check'
import { AbortedError, CorruptError, pb, PetrelError, ReadOnlyError, UnavailableError } from '../../../src/protocol/wire/index.js'
import { failureOf } from '../../../src/relay/failures.js'
import { Budget } from '../../../src/relay/net/budget.js'
import { errorFromFailure, failureFrom } from '../../../src/relay/net/failure.js'
import { decodeFrame } from '../../../src/relay/net/frame-decode.js'
import { FrameReader } from '../../../src/relay/net/frame-reader.js'
import { FrameWriter } from '../../../src/relay/net/frame-writer.js'
import { hostOf } from '../../../src/relay/net/gate.js'
import { PendingConnections } from '../../../src/relay/net/pending-connections.js'
import { multiaddr } from '@multiformats/multiaddr'
import { framed } from './support.js'

const MAX = 10_000

/** Cuts bytes at the given fractions. */
function cut (bytes: Uint8Array, sizes: number[]): Uint8Array[] {
  const chunks: Uint8Array[] = []
  let at = 0
  for (const size of sizes) {
    chunks.push(bytes.subarray(at, at + size))
    at += size
  }
  chunks.push(bytes.subarray(at))
  return chunks
}

describe('the frame reader', () => {
  it('gives the same frames however the bytes are cut', () => {
    fc.assert(fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 3000 }), { maxLength: 8 }),
      fc.array(fc.nat(700), { maxLength: 60 }),
      (frames, sizes) => {
        const reader = new FrameReader(MAX)
        const out: Uint8Array[] = []
        for (const chunk of cut(Buffer.concat(frames.map(framed)), sizes)) {
          reader.read(chunk, bytes => {
            out.push(Uint8Array.from(bytes))
            return true
          })
        }
        assert.deepEqual(out, frames.map(bytes => Uint8Array.from(bytes)))
        assert.equal(reader.partial, false)
        assert.equal(reader.frames, frames.length)
      }
    ), { numRuns: 300 })
  })

  it('meets any bytes with frames or a typed error, and reads nothing after an error', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 }), chunks => {
      const reader = new FrameReader(100)
      let failed = false
      for (const chunk of chunks) {
        try {
          reader.read(chunk, bytes => {
            assert.equal(failed, false)
            assert.ok(bytes.length > 0 && bytes.length <= 100)
            return true
          })
        } catch (error) {
          assert.ok(error instanceof PetrelError)
          failed = true
        }
      }
    }), { numRuns: 500 })
  })

  it('takes no memory for a length alone', () => {
    const before = process.memoryUsage().arrayBuffers
    const readers = Array.from({ length: 200 }, () => {
      const reader = new FrameReader(64 * 1024 * 1024)
      reader.read(Uint8Array.of(0x80, 0x80, 0x80, 0x10, 1), () => true)
      return reader
    })
    assert.ok(process.memoryUsage().arrayBuffers - before < 8 * 1024 * 1024)
    assert.ok(readers.every(reader => reader.partial && reader.partialLength === 32 * 1024 * 1024))
  })

  it('copies a frame that comes in single bytes in linear time', () => {
    const reader = new FrameReader(4 * 1024 * 1024)
    const bytes = framed(new Uint8Array(1024 * 1024).fill(5))
    let got = 0
    const begun = performance.now()
    for (let at = 0; at < bytes.length; at++) {
      reader.read(bytes.subarray(at, at + 1), frame => {
        got = frame.length
        return true
      })
    }
    assert.equal(got, 1024 * 1024)
    assert.ok(performance.now() - begun < 3000)
  })

  it('stops when its user has seen enough', () => {
    const reader = new FrameReader(MAX)
    let seen = 0
    reader.read(Buffer.concat([framed(Uint8Array.of(1)), framed(Uint8Array.of(2))]), () => {
      seen++
      return false
    })
    assert.equal(seen, 1)
  })
})

describe('the frame writer', () => {
  const body = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 4000, max: 70_000 }).map(length => new Uint8Array(length).fill(3)))
  const number = fc.oneof(fc.nat(300), fc.integer({ min: 1, max: 0xffff_ffff }))

  it('writes what the generated encoder writes, byte for byte, and what the decoder reads back', () => {
    const value = fc.oneof(
      fc.record({ call: fc.record({ id: number, method: number, body, deadlineMs: number }) }),
      fc.record({ reply: fc.record({ id: number, body }) }),
      fc.record({ push: fc.record({ kind: number, body }) }),
      fc.record({ cancel: fc.record({ id: number }) })
    )
    fc.assert(fc.property(fc.array(value as fc.Arbitrary<pb.Frame>, { maxLength: 40 }), frames => {
      const writer = new FrameWriter()
      for (const frame of frames) {
        if (frame.call !== undefined) writer.call(frame.call.id, frame.call.method, frame.call.body, frame.call.deadlineMs)
        else if (frame.reply !== undefined) writer.reply(frame.reply.id, frame.reply.body!)
        else if (frame.push !== undefined) writer.push(frame.push.kind, frame.push.body)
        else writer.frame(frame)
      }
      const expected = Buffer.concat(frames.map(frame => framed(pb.Frame.encode(frame))))
      assert.equal(writer.bytes, expected.length)
      assert.ok(expected.equals(writer.take().subarray()))
      assert.equal(writer.bytes, 0)
    }), { numRuns: 200 })
  })
})

describe('the frame decoder', () => {
  it('meets any bytes with a frame or a typed error', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), bytes => {
      try {
        decodeFrame(bytes)
      } catch (error) {
        assert.ok(error instanceof PetrelError)
        assert.equal(error.code, 'ERR_BAD_INPUT')
      }
    }), { numRuns: 3000 })
  })

  it('meets every changed byte of a real frame with a frame or a typed error', () => {
    const whole = pb.Frame.encode({ hello: { min: 1, max: 1, features: ['a'], maxFrameBytes: 1 << 21, maxCalls: 1, creditBytes: 1, nonce: new Uint8Array(32), agent: 'x', maxCallBytes: 9 } })
    assert.equal(decodeFrame(whole).kind, 'hello')
    for (let at = 0; at < whole.length; at++) {
      for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
        const changed = Uint8Array.from(whole)
        changed[at] = value
        try { decodeFrame(changed) } catch (error) { assert.ok(error instanceof PetrelError, String(error)) }
      }
    }
  })
})

describe('failures', () => {
  it('keep code, message and facts, and cut what is too long', () => {
    const error = errorFromFailure(failureFrom(new UnavailableError('ü'.repeat(5000), { details: { a: 1, b: ['x'], c: true } })))
    assert.ok(error instanceof UnavailableError)
    assert.equal(error.message, 'ü'.repeat(1024))
    assert.deepEqual(error.details, { a: 1, b: ['x'], c: true })
  })

  it('tell nothing of where the data lies, and whose disk it is', () => {
    const level = Object.assign(new Error('IO error: /srv/petrel/store/level/000003.log: Input/output error'), { code: 'LEVEL_IO_ERROR' })
    const told = [
      new ReadOnlyError(`the store is read-only: the disk is full (${level.message}): free some space`, { details: { unknown: true } }),
      new ReadOnlyError(`the store is read-only: the disk refused a write (${level.message})`),
      new CorruptError('the database is damaged (/srv/petrel/store)'),
      new UnavailableError(`the disk did not answer a read (${level.message})`, { cause: level })
    ].map(error => errorFromFailure(failureFrom(error)))
    assert.deepEqual(told.map(({ code }) => code), ['ERR_READ_ONLY', 'ERR_READ_ONLY', 'ERR_CORRUPT', 'ERR_UNAVAILABLE'])
    for (const { message } of told) assert.match(message, /where this is kept/)
    for (const { message } of told) assert.doesNotMatch(message, /srv|free some space/)
    assert.match(told[0]!.message, /the disk is full/)
    assert.deepEqual(told[0]!.details, { unknown: true })
    const restored = new ReadOnlyError('this log ends at entry 4', { details: { restored: true, head: 4, seen: 5 } })
    assert.equal(errorFromFailure(failureFrom(restored)).message, restored.message)
    assert.equal(errorFromFailure(failureOf(told[0]!)).message, told[0]!.message)
  })

  it('keep a code this build does not know', () => {
    assert.equal(errorFromFailure({ code: 'ERR_NEW', message: 'm', details: Uint8Array.of(0xff) }).code, 'ERR_NEW')
  })

  it('leave out facts that are none', () => {
    const details = Uint8Array.of(0xa2, 0x61, 0x61, 0xa0, 0x61, 0x62, 0x01) // {a: {}, b: 1}
    assert.deepEqual(errorFromFailure({ code: 'ERR_NEW', message: 'm', details }).details, { b: 1 })
  })
})

describe('a budget', () => {
  it('serves in order, and lets nobody overtake one that waits for more', async () => {
    const budget = new Budget(10)
    const order: string[] = []
    await budget.take(8)
    const large = budget.take(5).then(() => order.push('large'))
    const small = budget.take(1).then(() => order.push('small'))
    assert.equal(budget.tryTake(1), false)
    budget.give(8)
    await Promise.all([large, small])
    assert.deepEqual(order, ['large', 'small'])
    assert.equal(budget.free, 4)
  })

  it('lets those behind through when the first gives up', async () => {
    const budget = new Budget(10)
    await budget.take(8)
    const controller = new AbortController()
    const large = budget.take(5, controller.signal)
    const small = budget.take(2)
    controller.abort()
    await assert.rejects(large, AbortedError)
    await small
    assert.equal(budget.waiting, 0)
  })

  it('takes back no more than it gave, and rejects all when closed', async () => {
    const budget = new Budget(2)
    assert.equal(budget.give(1), false)
    await budget.take(2)
    const waiting = budget.take(1)
    budget.close(new UnavailableError('gone'))
    await assert.rejects(waiting, UnavailableError)
    await assert.rejects(budget.take(1), UnavailableError)
  })
})

describe('pending connections', () => {
  it('refuse one address that has too many, and make room by cutting the oldest of the heaviest', () => {
    const pending = new PendingConnections<number>({ total: 4, perAddress: 3, deadlineMs: 5000 })
    const cut: number[] = []
    const add = (key: number, address: string): boolean => pending.add(key, address, () => { cut.push(key) })
    assert.deepEqual([add(1, 'a'), add(2, 'a'), add(3, 'a'), add(4, 'a')], [true, true, true, false])
    assert.equal(add(5, 'b'), true)
    assert.equal(add(6, 'c'), true)
    assert.deepEqual(cut, [1])
    pending.done(2)
    pending.done(2)
    assert.equal(add(7, 'c'), true)
    assert.deepEqual(cut, [1])
    assert.equal(pending.size, 4)
  })

  it('count an IPv6 network as one address', () => {
    assert.equal(hostOf(multiaddr('/ip6/2001:db8:0:1::7/tcp/1')), '2001:db8:0:1::/64')
    assert.equal(hostOf(multiaddr('/ip6/2001:db8:0:1:a:b:c:d/tcp/1')), '2001:db8:0:1::/64')
    assert.equal(hostOf(multiaddr('/ip6/::1/tcp/1')), '0:0:0:0::/64')
    assert.equal(hostOf(multiaddr('/ip4/192.0.2.7/tcp/1')), '192.0.2.7')
  })
})
