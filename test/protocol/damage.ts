/** Input for decoders: noise, damaged bytes, and well-formed values that are not what they should be. */
import assert from 'node:assert/strict'
import { CID } from 'multiformats/cid'
import fc from 'fast-check'
import { decodeCbor, encodeCbor, PetrelError, signerFromSeed, signRecord, type Signer } from '../../src/protocol/wire/index.js'
import { readVectors } from './vectors.js'

/** A decoder, what it takes, and (where it has one) the encoder that must give the same bytes back. */
export interface Target {
  name: string
  /** The exported functions that it tries. */
  of: string[]
  valid: Uint8Array[]
  decode: (bytes: Uint8Array) => unknown
  encode?: (value: never) => Uint8Array
  /** Label and key of a signed record: damaged bodies are signed anew, so that they come past the signature. */
  signed?: { label: string, by: Signer }
  runs?: number
  /** The second implementation: it must take what the decoder takes, and refuse what it refuses. */
  reference?: (bytes: Uint8Array) => unknown
}

const CODES = new Set(['ERR_BAD_INPUT', 'ERR_TOO_LARGE', 'ERR_PROOF', 'ERR_UNSUPPORTED', 'ERR_DECRYPT'])
const link = CID.parse('bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy')

/** Values that stand where another one should. */
const strange = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, 1, 2, -1, 255, 256, 2 ** 53 - 1, 2n ** 63n, 0.5, '', 'x', '__proto__', '\u0000', 'x'.repeat(300), [], {}, link),
  fc.constantFrom(0, 1, 15, 16, 31, 32, 33, 34, 64, 1025).map(length => new Uint8Array(length)),
  fc.constantFrom(JSON.parse('{"__proto__":{"v":1}}') as unknown, { unknown: { v: 1 } }, { toString: 1 }, [[[[[[[[]]]]]]]], new Array(70).fill(null)),
  fc.string({ unit: 'grapheme', maxLength: 8 })
)

/** The value with something in it taken away, replaced, doubled or added. */
function twisted (value: unknown): fc.Arbitrary<unknown> {
  const inside: Array<fc.Arbitrary<unknown>> = []
  if (Array.isArray(value)) {
    value.forEach((v, i) => inside.push(twisted(v).map(t => value.with(i, t)), fc.constant(value.toSpliced(i, 1)), fc.constant(value.toSpliced(i, 0, v))))
    inside.push(strange.map(s => [...value as unknown[], s]))
  } else if (value instanceof Uint8Array) {
    inside.push(damaged(value))
  } else if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    const entries = Object.entries(value)
    entries.forEach(([name, v], i) => inside.push(twisted(v).map(t => Object.fromEntries(entries.with(i, [name, t]))), fc.constant(Object.fromEntries(entries.toSpliced(i, 1)))))
    inside.push(fc.tuple(fc.constantFrom('__proto__', 'unknown', 'zz', 'v', ''), strange).map(([name, s]) => Object.fromEntries([...entries.filter(([n]) => n !== name), [name, s]])))
  }
  return fc.oneof({ weight: 1, arbitrary: strange }, ...inside.map(arbitrary => ({ weight: 3, arbitrary })))
}

/** Small damages, which come further into a decoder than noise does. */
function damaged (valid: Uint8Array): fc.Arbitrary<Uint8Array> {
  const at = fc.nat({ max: Math.max(0, valid.length - 1) })
  if (valid.length === 0) return fc.uint8Array({ maxLength: 40 })
  return fc.oneof(
    fc.tuple(at, fc.integer({ min: 1, max: 255 })).map(([i, x]) => valid.with(i, valid[i]! ^ x)),
    fc.tuple(at, fc.constantFrom(0, 0x17, 0x18, 0x1b, 0x3f, 0x40, 0x5f, 0x60, 0x7f, 0x80, 0x9f, 0xa0, 0xbf, 0xd8, 0xf6, 0xf7, 0xfb, 0xff)).map(([i, x]) => valid.with(i, x)),
    at.map(i => valid.slice(0, i)),
    fc.tuple(at, fc.uint8Array({ minLength: 1, maxLength: 8 })).map(([i, extra]) => new Uint8Array([...valid.subarray(0, i), ...extra, ...valid.subarray(i)])),
    fc.tuple(at, at).map(([a, b]) => new Uint8Array([...valid.subarray(0, Math.min(a, b)), ...valid.subarray(Math.max(a, b))]))
  )
}

function inputsOf ({ valid, signed }: Target): fc.Arbitrary<Uint8Array> {
  const one = (bytes: Uint8Array): fc.Arbitrary<Uint8Array> => {
    let value: unknown
    try {
      value = decodeCbor(bytes, bytes.length)
    } catch {
      return damaged(bytes)
    }
    const rebuilt = twisted(value).map(encodeCbor)
    if (signed === undefined) return fc.oneof(damaged(bytes), { weight: 3, arbitrary: rebuilt })
    const [body] = value as [Uint8Array]
    const resigned = twisted(decodeCbor(body, body.length)).map(v => signRecord(signed.label, encodeCbor(v), signed.by))
    return fc.oneof(damaged(bytes), rebuilt, { weight: 4, arbitrary: resigned })
  }
  return fc.oneof({ weight: 10, arbitrary: fc.oneof(...valid.map(one)) }, fc.uint8Array({ maxLength: 300 }))
}

/** Bytes of the vectors of a format, of one signer where it is signed: more to be damaged. */
export function vectorsOf (file: 'wire' | 'message' | 'vault-records', format: string, by?: Signer): Uint8Array[] {
  return readVectors(file).vectors.filter(v => v.format === format && (by === undefined || Buffer.from(signerFromSeed(v.seed!).key).equals(by.key))).map(v => v.bytes)
}

function takes (decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): boolean {
  try {
    decode(bytes)
    return true
  } catch {
    return false
  }
}

/** What a door exports that reads what others wrote, by name, and no target tries. */
export function untried (door: object, targets: readonly Target[]): string[] {
  const tried = new Set(targets.flatMap(target => target.of))
  return Object.entries(door).filter(([name, value]) => typeof value === 'function' && /^(decode|parse|verify|open|check|from|read|raw|require)|From/.test(name)).map(([name]) => name).filter(name => !tried.has(name))
}

/**
 * That the decoder takes what is valid, meets everything else with an error that a caller can act on, that what it
 * takes comes out as it went in, and that a second implementation judges the same.
 */
export function withstands (target: Target): void {
  const { name, decode, encode, valid, reference, runs = 200 } = target
  const check = (bytes: Uint8Array): void => {
    let taken = false
    try {
      const value = decode(bytes)
      taken = true
      if (encode !== undefined) assert.deepEqual(Buffer.from(encode(value as never)), Buffer.from(bytes), `${name}: what was taken comes out different`)
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error
      assert.ok(error instanceof PetrelError && CODES.has(error.code), `${name}: ${error instanceof Error ? error.stack ?? error.message : String(error)}`)
    }
    if (reference !== undefined) assert.equal(takes(reference, bytes), taken, `${name}: the second implementation judges otherwise of ${Buffer.from(bytes).toString('hex')}`)
  }
  for (const bytes of valid) {
    decode(bytes)
    check(bytes)
  }
  fc.assert(fc.property(inputsOf(target), check), { numRuns: runs * Number(process.env.FUZZ_RUNS ?? 1) })
  assert.deepEqual(Object.keys(Object.prototype), [])
}
