import assert from 'node:assert/strict'
import fc from 'fast-check'
import { plainPage } from '../../../src/node/chats/plain-page.js'
import { decodePage, encodePage, PAGE_ROWS, readPage } from '../../../src/node/chats/row-pages.js'
import { KINDS, type Row } from '../../../src/node/chats/row.js'
import { LIMITS, PetrelError } from '../../../src/protocol/wire/index.js'
import { key } from '../../protocol/wire/kit.js'

const bytes = (length: number, more = 0): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length + more }).map(given => Uint8Array.from(given))
const uint = fc.oneof(fc.nat(30), fc.nat(70_000), fc.maxSafeNat())
const author = fc.option(fc.nat(40).map(n => key(n).key))
const row: fc.Arbitrary<Row> = fc.record({ kind: fc.constantFrom(...KINDS), id: bytes(16), hash: bytes(32), time: uint, epoch: uint, from: author, device: author, at: uint, body: fc.option(bytes(0, 100)), note: fc.option(fc.string(), { freq: 60 }).map(note => note === null ? 'why' : null) }, { noNullPrototype: true })

function outcome (read: () => Row[]): Row[] | string {
  try {
    return read()
  } catch (error) {
    assert.ok(error instanceof PetrelError)
    return `${error.code}: ${error.message}`
  }
}

describe('pages of rows that are read without a shape', () => {
  const page = fc.array(row, { minLength: PAGE_ROWS, maxLength: PAGE_ROWS })

  it('are what the general decoder makes of their bytes, with notes and without', () => {
    let taken = 0
    fc.assert(fc.property(page, rows => {
      const whole = encodePage(rows)
      if (plainPage(whole, PAGE_ROWS) !== undefined) taken++
      assert.deepEqual(decodePage(whole), rows)
      assert.deepEqual(readPage(whole), rows)
    }), { numRuns: 100 })
    assert.ok(taken > 20 && taken < 100, `${taken} of 100 went the short way`)
  })

  it('are refused as by the general decoder when a byte of them is another, is missing or is one too many', () => {
    const whole = encodePage(Array.from({ length: PAGE_ROWS }, (_, i): Row => ({ kind: KINDS[i % KINDS.length]!, id: new Uint8Array(16).fill(i), hash: new Uint8Array(32).fill(i), time: 1_700_000_000_000 + i, epoch: i, from: key(i % 3).key, device: i % 9 === 0 ? null : key(i % 5).key, at: 5 * i, body: i % 4 === 0 ? null : new Uint8Array(3 * i), note: null })))
    assert.notEqual(plainPage(whole, PAGE_ROWS), undefined)
    const same = (spoiled: Uint8Array): void => { assert.deepEqual(outcome(() => decodePage(spoiled)), outcome(() => readPage(spoiled))) }
    for (let at = 0; at < whole.length; at += at < 200 ? 1 : 17) {
      for (const byte of [whole[at]! ^ 1, whole[at]! ^ 0x20, 0xff]) same(whole.with(at, byte))
      same(Uint8Array.from([...whole.subarray(0, at), ...whole.subarray(at + 1)]))
      same(Uint8Array.from([...whole.subarray(0, at), 0, ...whole.subarray(at)]))
    }
    for (const spoiled of [whole.subarray(0, 0), whole.subarray(0, 9), whole.subarray(0, -1)]) same(spoiled)
  })

  it('are refused with an author that they do not have, or a body that is too long', () => {
    const rows = Array.from({ length: PAGE_ROWS }, (): Row => ({ kind: 'message', id: new Uint8Array(16), hash: new Uint8Array(32), time: 0, epoch: 0, from: key(1).key, device: key(1).key, at: 0, body: null, note: null }))
    const whole = encodePage(rows)
    // The last row ends with its author, its device, its time, no body and no note.
    for (const back of [5, 4]) assert.throws(() => decodePage(whole.with(-back, 1)), { code: 'ERR_CORRUPT' })
    const long = encodePage([...rows.slice(1), { ...rows[0]!, body: new Uint8Array(LIMITS.entryBytes + 1) }])
    assert.throws(() => decodePage(long), { code: 'ERR_BAD_INPUT' })
  })

  it('give bytes of their own: who keeps a row keeps no page', () => {
    const whole = encodePage(Array.from({ length: PAGE_ROWS }, (): Row => ({ kind: 'message', id: new Uint8Array(16), hash: new Uint8Array(32), time: 0, epoch: 0, from: key(1).key, device: key(1).key, at: 0, body: new Uint8Array(200), note: null })))
    for (const { id, hash, from, body } of decodePage(whole)) for (const part of [id, hash, from, body]) assert.equal(part!.buffer.byteLength, part!.length)
  })
})
