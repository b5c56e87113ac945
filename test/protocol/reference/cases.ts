/** What the vectors are made of. */
import { read, write, type Value, type ValueMap } from './cbor.js'
import type { Context, Format } from './format.js'
import { keyOf, makeRecord } from './proof.js'

/** Values to be made into vectors, and bytes that must be refused. */
export interface Cases {
  good: Array<{ format: string, note: string, value: Value, seed?: Uint8Array, context?: Context }>
  bad: Array<{ format: string, why: string, bytes: Uint8Array, context?: Context }>
}

/** `length` bytes that count up from `start`. */
export const fill = (length: number, start = 0): Uint8Array => Uint8Array.from({ length }, (_, i) => (start + i) & 0xff)
export const seed = (n: number): Uint8Array => fill(32, n)
export const key = (n: number): Uint8Array => Uint8Array.from(keyOf(seed(n)))
export const log = (n: number): Uint8Array => Uint8Array.from([0x12, 0x20, ...fill(32, n)])

/** The map without some fields and with others. */
export const but = (value: Value, change: Record<string, Value | undefined>): ValueMap =>
  Object.fromEntries(Object.entries({ ...value as ValueMap, ...change }).filter((entry): entry is [string, Value] => entry[1] !== undefined))

/** The cases as vectors. */
export function vectorsOf (formats: Record<string, Format>, cases: Cases): { vectors: ReturnType<typeof good>[], refused: Array<{ format: string, why: string, context: Context, bytes: Uint8Array }> } {
  return { vectors: cases.good.map(one => good(formats, one)), refused: cases.bad.map(({ context = {}, ...one }) => ({ ...one, context })) }
}

function good (formats: Record<string, Format>, one: Cases['good'][number]): { format: string, note: string, value: Value, seed?: Uint8Array, context: Context, bytes: Uint8Array } {
  return { ...one, context: one.context ?? {}, bytes: Uint8Array.from(formats[one.format]!.make(one.value, one.seed)) }
}

const ones = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))

/** Spellings of dag-cbor that are not the canonical one, of bytes that begin with `a` map. */
export function misspelled (format: string, value: ValueMap, context: Context = {}): Cases['bad'] {
  const bytes = write(value)
  const [first, ...others] = Object.keys(value).sort((a, b) => a.length - b.length || (a < b ? -1 : 1)).map(name => Buffer.concat([write(name), write(value[name]!)]))
  const count = others.length + 1
  const spellings: Array<[string, Uint8Array]> = [
    ['a byte follows', Buffer.concat([bytes, ones('00')])],
    ['the last byte is missing', bytes.subarray(0, -1)],
    ['its keys are not in order', Buffer.concat([Buffer.from([0xa0 | count]), ...others, first!])],
    ['a key stands twice', Buffer.concat([Buffer.from([0xa0 | count + 1]), first!, first!, ...others])],
    ['its length is written long', Buffer.concat([Buffer.from([0xb8, count]), first!, ...others])],
    ['it is of no stated length', Buffer.concat([Buffer.from([0xbf]), first!, ...others, ones('ff')])],
    ['a number is written long', Buffer.concat([write(but(value, { zzzzzzzz: null })).subarray(0, -1), ones('18 01')])],
    ['a text is not UTF-8', Buffer.concat([write(but(value, { zzzzzzzz: '' })).subarray(0, -1), ones('62 c3 28')])],
    ['a text holds half a surrogate pair', Buffer.concat([write(but(value, { zzzzzzzz: '' })).subarray(0, -1), ones('63 ed a0 80')])],
    ['a float is an integer', Buffer.concat([write(but(value, { zzzzzzzz: null })).subarray(0, -1), ones('fb 3f f0 00 00 00 00 00 00')])],
    ['a float is short', Buffer.concat([write(but(value, { zzzzzzzz: null })).subarray(0, -1), ones('f9 3e 00')])],
    ['it holds undefined', Buffer.concat([write(but(value, { zzzzzzzz: null })).subarray(0, -1), ones('f7')])],
    ['it holds a tag other than a link', Buffer.concat([write(but(value, { zzzzzzzz: null })).subarray(0, -1), ones('c1 01')])],
    ['it holds 64 arrays inside each other', Buffer.concat([write(but(value, { zzzzzzzz: null })).subarray(0, -1), ones('81'.repeat(63)), ones('80')])],
    ['it holds a field named __proto__', Buffer.concat([Buffer.from([0xa0 | count + 1]), first!, ...others, write('__proto__'), write({ v: 1 })])]
  ]
  if (Object.keys(value).some(name => name.length >= 8)) throw new Error('the last spelling would be out of order')
  return spellings.map(([why, b]) => ({ format, why, bytes: Uint8Array.from(b), context }))
}

/** A signed record damaged in each of its parts, or signed under another label. */
export function missigned (format: string, label: string, value: Value, by: Uint8Array, context: Context = {}): Cases['bad'] {
  const [body, signer, signature] = read(makeRecord(label, value, by), 2 ** 24) as [Uint8Array, Uint8Array, Uint8Array]
  const flipped = (bytes: Uint8Array, at: number): Uint8Array => bytes.with(at, bytes[at]! ^ 1)
  const parts: Array<[string, Value[]]> = [
    ['its body is altered', [flipped(body, body.length - 1), signer, signature]],
    ['its signer is another', [body, key(99), signature]],
    ['its signer has no tag', [body, signer.slice(2), signature]],
    ['its signer is tagged as X25519', [body, signer.with(0, 0xec), signature]],
    ['its signature is altered', [body, signer, flipped(signature, 63)]],
    ['its signature is cut', [body, signer, signature.slice(1)]],
    ['it has a fourth part', [body, signer, signature, null]]
  ]
  return [
    ...parts.map(([why, p]) => ({ format, why, bytes: Uint8Array.from(write(p)), context })),
    { format, why: 'it is signed under another label', bytes: Uint8Array.from(makeRecord('petrel/v1 another', value, by)), context },
    { format, why: 'it is signed without its label', bytes: Uint8Array.from(makeRecord('', value, by)), context }
  ]
}
