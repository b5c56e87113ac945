import assert from 'node:assert/strict'
import fc from 'fast-check'
import { readBody } from '../../../src/protocol/message/body.js'
import { readMessage } from '../../../src/protocol/message/envelope.js'
import { decodeBody, encodeBody, openMessage, signMessage } from '../../../src/protocol/message/index.js'
import { plainMessage } from '../../../src/protocol/message/plain-message.js'
import { encodeCbor, LIMITS, openRecord, PetrelError, signRecord, type Signer } from '../../../src/protocol/wire/index.js'
import { readRecord } from '../../../src/protocol/wire/signed.js'
import { fill, key } from '../wire/kit.js'

const bytes = (length: number, more = 0): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length + more }).map(given => Uint8Array.from(given))
const uint = fc.oneof(fc.nat(30), fc.nat(70_000), fc.maxSafeNat())
const tagged = bytes(34).map(given => Uint8Array.from([0xed, 1, ...given.subarray(2)]))
const often = <T> (usual: fc.Arbitrary<T>, other: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => fc.oneof({ weight: 30, arbitrary: usual }, { weight: 1, arbitrary: other })

/** The fields of messages, now and then with one that no message has. */
const fields = fc.record({
  v: often(fc.constant(1), fc.nat(3)), chat: often(bytes(34), bytes(33, 2)), epoch: often(uint, fc.integer({ max: -1 })), id: often(bytes(16), bytes(0, 40)), account: often(tagged, bytes(34)),
  dev_seq: often(uint, fc.constant('1')), prev_own: often(fc.option(bytes(32)), bytes(31)), seen: often(fc.tuple(uint, uint, bytes(32)), fc.tuple(uint, uint)), ts: often(uint, fc.double({ noNaN: true, noDefaultInfinity: true })),
  body: often(bytes(0, 300), fc.string()), timer: fc.nat()
}, { requiredKeys: ['v', 'chat', 'epoch', 'id', 'account', 'dev_seq', 'prev_own', 'seen', 'ts', 'body'] })

/** The bytes with one of them changed, left out or put in. */
const spoiled = (whole: Uint8Array, how: readonly [number, number, number] | null): Uint8Array => {
  if (how === null) return whole
  const all = [...whole]
  all.splice(how[0] % (whole.length + 1), how[2] === 0 ? 1 : how[2] - 1, ...how[2] === 0 ? [] : [how[1]])
  return Uint8Array.from(all)
}
const spoiling = fc.option(fc.tuple(fc.nat(), fc.nat(255), fc.nat(2)), { freq: 1 })

/** What comes of it, or how it was refused. */
function outcome<T> (read: () => T): T | string {
  try {
    return read()
  } catch (error) {
    assert.ok(error instanceof PetrelError)
    return `${error.code}: ${error.message}`
  }
}

const ann: Signer = key(3)
/** A signer whose signature nobody checks: what is signed may be anything. */
const anybody: Signer = { key: ann.key, sign: () => fill(64) }

describe('messages that are read where they lie', () => {
  it('are what the general decoder makes of their bytes, whole or spoiled, and are refused in its words', () => {
    let taken = 0
    fc.assert(fc.property(fields, spoiling, (value, how) => {
      const body = spoiled(encodeCbor(value), how)
      if (plainMessage(body) !== undefined) taken++
      assert.deepEqual(outcome(() => openMessage(signRecord('any', body, anybody), () => true).message), outcome(() => readMessage(body)))
    }), { numRuns: 3000 })
    assert.ok(taken > 300, `only ${taken} of them went the short way`)
  })

  it('have numbers in one spelling alone, and none over what a number holds', () => {
    const whole = encodeCbor({ v: 1, chat: fill(34), epoch: 1, id: fill(16), account: ann.key, dev_seq: 1, prev_own: null, seen: [1, 0, fill(32)], ts: 5, body: fill(9) })
    const at = Buffer.from(whole).indexOf('epoch') + 5
    const withEpoch = (...spelled: number[]): Uint8Array => Uint8Array.from([...whole.subarray(0, at), ...spelled, ...whole.subarray(at + 1)])
    for (const spelled of [[0x18, 1], [0x18, 23], [0x19, 0, 255], [0x1a, 0, 0, 255, 255], [0x1b, 0, 0, 0, 0, 255, 255, 255, 255], [0x1b, 0, 32, 0, 0, 0, 0, 0, 0], [0x1c], [0x1f], [0x20], [0x41, 1], [0x61, 1]]) {
      assert.equal(plainMessage(withEpoch(...spelled)), undefined)
      assert.equal(outcome(() => openMessage(signRecord('any', withEpoch(...spelled), anybody), () => true)), outcome(() => readMessage(withEpoch(...spelled))))
    }
    assert.equal(plainMessage(withEpoch(0x1b, 0, 31, 255, 255, 255, 255, 255, 255))?.epoch, Number.MAX_SAFE_INTEGER)
  })

  it('lie in records that are what the general decoder makes of these, whole or spoiled', () => {
    fc.assert(fc.property(bytes(0, 400), tagged, bytes(64), spoiling, (body, signer, signature, how) => {
      const whole = spoiled(encodeCbor([body, signer, signature]), how)
      const read = outcome(() => openRecord('any', whole, LIMITS.entryBytes, 'it', () => true))
      const other = outcome(() => readRecord(whole, LIMITS.entryBytes, 'it'))
      assert.deepEqual(typeof read === 'string' ? read : [read.body, read.signer], typeof other === 'string' ? other : [other.body, other.signer])
    }), { numRuns: 3000 })
  })

  it('are checked by their signature, over just the bytes that were read', () => {
    const message = { v: 1 as const, chat: fill(34), epoch: 1, id: fill(16), account: ann.key, devSeq: 1, prevOwn: null, seen: { term: 1, seq: 0, hash: fill(32) }, ts: 5, body: encodeBody({ kind: 'text', text: 'hello' }) }
    const signed = signMessage(message, ann)
    assert.deepEqual(openMessage(signed), { message, device: ann.key, bytes: signed })
    for (let at = 0; at < signed.length; at++) assert.throws(() => openMessage(signed.with(at, signed[at]! ^ 0x10)), { code: /ERR_(PROOF|BAD_INPUT)/ })
  })

  it('are taken out of a Buffer as out of any bytes: nothing of what is given is a Buffer', () => {
    const signed = signRecord('any', encodeCbor({ v: 1, chat: fill(34), epoch: 1, id: fill(16), account: ann.key, dev_seq: 1, prev_own: fill(32), seen: [1, 0, fill(32)], ts: 5, body: fill(90) }), anybody)
    const { message, device } = openMessage(Buffer.from(signed), () => true)
    for (const one of [message.body, message.chat, message.id, message.account, message.prevOwn, message.seen.hash, device]) assert.equal(Object.getPrototypeOf(one), Uint8Array.prototype)
  })

  it('have what was likely, if they do, and else what they have', () => {
    const body = encodeCbor({ v: 1, chat: fill(34), epoch: 1, id: fill(16), account: ann.key, dev_seq: 1, prev_own: fill(32, 5), seen: [1, 0, fill(32)], ts: 5, body: fill(9) })
    const same = { id: fill(16), prevOwn: fill(32, 5) }
    const read = plainMessage(body, same)!
    assert.ok(read.id === same.id && read.prevOwn === same.prevOwn)
    for (const other of [{ id: fill(16, 1), prevOwn: fill(32, 6) }, { id: fill(15), prevOwn: fill(33, 5) }, {}]) assert.deepEqual(plainMessage(body, other), read)
  })

  it('name an account, a chat and a device that stay the same, whatever comes after them', () => {
    const of = (n: number): Uint8Array => signRecord('any', encodeCbor({ v: 1, chat: fill(34, n), epoch: 1, id: fill(16), account: key(n % 7).key, dev_seq: 1, prev_own: null, seen: [1, 0, fill(32)], ts: 5, body: fill(9) }), { ...anybody, key: key(n % 5).key })
    const all = Array.from({ length: 256 }, (_, n) => openMessage(of(n), () => true))
    for (const [n, { message: { chat, account }, device }] of all.entries()) assert.deepEqual([chat, account, device], [fill(34, n), key(n % 7).key, key(n % 5).key])
  })
})

describe('texts that are read without a map', () => {
  it('are what the general decoder makes of their bytes, whole or spoiled, and are refused in its words', () => {
    const body = fc.record({ k: often(fc.constant('text'), fc.string()), text: often(fc.string({ unit: 'binary' }), fc.nat()), silent: fc.boolean(), fallback: fc.string(), more: fc.nat() }, { requiredKeys: ['k', 'text'] })
    fc.assert(fc.property(body, spoiling, (value, how) => {
      const whole = spoiled(encodeCbor(value), how)
      assert.deepEqual(outcome(() => decodeBody(whole)), outcome(() => readBody(whole)))
    }), { numRuns: 3000 })
  })

  it('keep a byte order mark at their start, and are refused over their length and with bytes that are no text', () => {
    assert.deepEqual(decodeBody(encodeCbor({ k: 'text', text: '\ufeffa' })), { kind: 'text', text: '\ufeffa' })
    for (const text of ['a'.repeat(LIMITS.textUnits + 1), 'a'.repeat(LIMITS.entryBytes)]) assert.equal(outcome(() => decodeBody(encodeCbor({ k: 'text', text }))), outcome(() => readBody(encodeCbor({ k: 'text', text }))))
    const ill = encodeCbor({ k: 'text', text: 'abc' }).with(-2, 0xff)
    assert.equal(outcome(() => decodeBody(ill)), outcome(() => readBody(ill)))
  })
})
