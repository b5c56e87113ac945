import assert from 'node:assert/strict'
import fc from 'fast-check'
import { attest, decodeCbor, encodeCbor, PetrelError, verifyAttested, type Receipt, type Statement } from '../../../src/protocol/wire/index.js'
import { fill, flipped, key, refuses } from './kit.js'

type Parts = [statement: Uint8Array, index: number, size: number, path: Uint8Array[], home: Uint8Array, signature: Uint8Array]

const home = key(1)
const log = fill(34)
const receipt = (seq: number): Receipt => ({ type: 'receipt', log, term: 1, seq, prev: fill(32, seq), hash: fill(32, seq + 1), entry: fill(32, seq + 2), time: seq })
const batch = (n: number): Uint8Array[] => attest(Array.from({ length: n }, (_, i) => receipt(i + 1)), home)
const partsOf = (bytes: Uint8Array): Parts => decodeCbor(bytes, 10_000) as Parts
/** The attested bytes with some parts replaced. */
function altered (bytes: Uint8Array, change: (parts: Parts) => void): Uint8Array {
  const parts = partsOf(bytes)
  change(parts)
  return encodeCbor(parts)
}

describe('attested statements', () => {
  it('of a batch of 1 to 70 hold each by itself, under one signature', () => {
    for (let n = 1; n <= 70; n++) {
      const all = batch(n)
      assert.equal(new Set(all.map(bytes => Buffer.from(partsOf(bytes)[5]).toString('hex'))).size, 1)
      all.forEach((bytes, i) => {
        const { statement, home: by, bytes: kept } = verifyAttested(bytes)
        assert.deepEqual(statement, receipt(i + 1))
        assert.deepEqual(by, home.key)
        assert.equal(kept, bytes)
        assert.ok(partsOf(bytes)[3].length <= Math.ceil(Math.log2(n)))
      })
    }
  })

  it('do not hold at another place of the batch or in a batch of another size', () => {
    for (const n of [1, 2, 3, 5, 8, 13, 33, 70]) {
      for (const [i, bytes] of batch(n).entries()) {
        for (const index of new Set([0, i - 1, i + 1, i ^ 1, i + n, n - 1])) {
          if (index !== i && index >= 0) refuses(() => verifyAttested(altered(bytes, p => { p[1] = index })), 'ERR_PROOF')
        }
        for (const size of new Set([1, n - 1, n + 1, n * 2])) {
          if (size !== n && size >= 1) refuses(() => verifyAttested(altered(bytes, p => { p[2] = size })), 'ERR_PROOF')
        }
      }
    }
  })

  it('do not hold with a path that is longer, shorter, swapped or altered', () => {
    for (const bytes of batch(13)) {
      refuses(() => verifyAttested(altered(bytes, p => { p[3].push(fill(32)) })), 'ERR_PROOF')
      refuses(() => verifyAttested(altered(bytes, p => { p[3].pop() })), 'ERR_PROOF')
      refuses(() => verifyAttested(altered(bytes, p => { p[3].shift() })), 'ERR_PROOF')
      refuses(() => verifyAttested(altered(bytes, p => { p[3][0] = flipped(p[3][0]!, 5) })), 'ERR_PROOF')
      if (partsOf(bytes)[3].length > 1) refuses(() => verifyAttested(altered(bytes, p => { p[3].reverse() })), 'ERR_PROOF')
    }
  })

  it('do not hold under another key, another signature or with another statement', () => {
    const [a, b] = batch(2)
    refuses(() => verifyAttested(altered(a!, p => { p[4] = key(2).key })), 'ERR_PROOF')
    refuses(() => verifyAttested(altered(a!, p => { p[5] = flipped(p[5], 0) })), 'ERR_PROOF')
    refuses(() => verifyAttested(altered(a!, p => { p[0] = partsOf(b!)[0] })), 'ERR_PROOF')
  })

  it('do not hold when any bit is altered', () => {
    const bytes = batch(5)[2]!
    fc.assert(fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
      const bad = bytes.with(at, bytes[at]! ^ 1 << bit)
      assert.throws(() => verifyAttested(bad), (e: unknown) => e instanceof PetrelError && ['ERR_PROOF', 'ERR_BAD_INPUT'].includes(e.code))
    }))
  })

  it('are none when cut short, empty or of a kind of a later version', () => {
    const [bytes] = batch(1)
    for (const cut of [0, 1, bytes!.length - 1]) refuses(() => verifyAttested(bytes!.subarray(0, cut)), 'ERR_BAD_INPUT')
    refuses(() => verifyAttested(attest([{ ...receipt(1), type: 'rumour' } as unknown as Statement], home)[0]!), 'ERR_BAD_INPUT')
    refuses(() => verifyAttested(attest([{ ...receipt(1), seq: 0 }], home)[0]!), 'ERR_BAD_INPUT')
    refuses(() => verifyAttested(altered(bytes!, p => { p.push(fill(1)) })), 'ERR_BAD_INPUT')
  })

  it('are signed for one to 65,536 at once and no more', () => {
    refuses(() => attest([], home), 'ERR_BAD_INPUT')
    refuses(() => attest(new Array<Statement>(65_537).fill(receipt(1)), home), 'ERR_BAD_INPUT', /65537/)
  })

  it('of an empty log name number 0', () => {
    const [bytes] = attest([{ type: 'head', log, term: 1, seq: 0, hash: fill(32), time: 0 }], home)
    assert.deepEqual(verifyAttested(bytes!).statement, { type: 'head', log, term: 1, seq: 0, hash: fill(32), time: 0 })
  })
})
