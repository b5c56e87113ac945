import assert from 'node:assert/strict'
import fc from 'fast-check'
import { decodeCbor, encodeBriefly, encodeCbor, LIMITS, shape } from '../../../src/protocol/wire/index.js'
import { read, write, type Value } from '../reference/cbor.js'
import { fill, hex, refuses, unhex } from './kit.js'

const decode = (text: string): unknown => decodeCbor(unhex(text.replaceAll(' ', '')), 100)

describe('strict dag-cbor', () => {
  it('reads back what it wrote, and writes what another encoder writes', () => {
    const value = fc.letrec<{ value: Value }>(tie => ({
      value: fc.oneof({ depthSize: 'small' },
        fc.constant(null), fc.boolean(), fc.maxSafeInteger(), fc.string({ unit: 'binary', maxLength: 40 }).filter(s => s.isWellFormed()), fc.uint8Array({ maxLength: 70 }),
        fc.array(tie('value'), { maxLength: 25 }), fc.dictionary(fc.string({ maxLength: 30 }).filter(name => name !== '__proto__'), tie('value'), { maxKeys: 5, noNullPrototype: true }))
    })).value
    fc.assert(fc.property(value, v => {
      const bytes = encodeCbor(v)
      assert.deepEqual(Buffer.from(bytes), write(v))
      assert.deepEqual(decodeCbor(bytes, bytes.length), v)
      assert.deepEqual(read(bytes, bytes.length), v)
    }))
  })

  it('writes and reads what is too long, too deep or too rare for its short way as any other value', () => {
    const numbers = [0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER].flatMap(n => [n, -1 - n]).filter(n => Number.isSafeInteger(n))
    const deep = (depth: number): Value => depth === 1 ? [] : [deep(depth - 1)]
    const values: Value[] = [
      ...numbers, numbers, 1.5, [1.5, 'x'], 2n ** 63n, -(2n ** 63n), deep(LIMITS.cborDepth), 'é'.repeat(23), `${'x'.repeat(30)}🦀`, { é: 1, z: 2, aa: 3 }, { ['k'.repeat(40)]: 1, b: 2 }, { '/': 1, b: 2 },
      // A key that looks like the one before it, in its length and both ends.
      { abba: 1, acca: 2 }, { acca: 1, adda: 2 }, [{ abba: 1 }, { acca: 1 }, { abba: 2 }],
      ...[0, 47, 48, 49, 65_522, 65_523, 65_524, 65_532, 65_533, 65_534, 70_000].flatMap(n => [new Uint8Array(n).fill(7), 'y'.repeat(n), ['a', new Uint8Array(n)]])
    ]
    for (const value of values) {
      const bytes = encodeCbor(value)
      assert.deepEqual(Buffer.from(bytes), write(value))
      assert.deepEqual(decodeCbor(bytes, bytes.length), value)
    }
    refuses(() => decodeCbor(write(deep(LIMITS.cborDepth + 1)), 1000), 'ERR_BAD_INPUT')
  })

  it('gives bytes of their own: nothing that is done to them later changes another value', () => {
    const bytes = encodeCbor([fill(32), 'x'.repeat(100)])
    const before = hex(bytes)
    const [inside] = decodeCbor(bytes, 1000) as [Uint8Array]
    assert.equal(inside.constructor, Uint8Array)
    inside.fill(0)
    encodeCbor([fill(32, 9), 'y'.repeat(100)])
    assert.equal(hex(bytes), before)
    // As when a Buffer is read.
    assert.equal((decodeCbor(Buffer.from(bytes), 1000) as [Uint8Array])[0].constructor, Uint8Array)
  })

  it('gives briefly what it gives else, and none of it changes by what is given later', () => {
    const values = [0, 30, 60, 500, 1000, 1100, 9000, 70_000].flatMap(n => [fill(n, n % 251), ['x', fill(n, 3)]])
    const given = Array.from({ length: 5 }, () => values.map(value => encodeBriefly(value))).flat()
    for (const [i, bytes] of given.entries()) assert.deepEqual(bytes, encodeCbor(values[i % values.length]))
    refuses(() => encodeBriefly(undefined), 'ERR_BAD_INPUT')
  })

  it('writes a value of which a part is written while it is read', () => {
    const inner = { get a () { return encodeCbor(['inside', 1]) }, b: 'outside' }
    assert.equal(hex(encodeCbor(inner)), hex(encodeCbor({ a: encodeCbor(['inside', 1]), b: 'outside' })))
    refuses(() => encodeCbor({ get a () { throw new Error('no') } }), 'ERR_BAD_INPUT')
  })

  for (const [what, bytes] of [
    ['a byte behind the value', '01 00'],
    ['nothing', ''],
    ['keys out of order', 'a2 61 62 01 61 61 01'],
    ['a longer key before a shorter one', 'a2 62 61 61 01 61 62 01'],
    ['the same key twice', 'a2 61 61 01 61 61 01'],
    ['a number in more bytes than it needs', '18 17'],
    ['a length in more bytes than it needs', '58 01 00'],
    ['an array of no stated length', '9f 01 ff'],
    ['a byte string in pieces', '5f 41 00 41 01 ff'],
    ['text that is not UTF-8', '62 c3 28'],
    ['text with half a surrogate pair', '63 ed a0 80'],
    ['undefined', 'f7'],
    ['a short float', 'f9 3c 00'],
    ['a float that is an integer', 'fb 3f f0 00 00 00 00 00 00'],
    ['negative zero', 'fb 80 00 00 00 00 00 00 00'],
    ['NaN', 'fb 7f f8 00 00 00 00 00 00'],
    ['infinity', 'fb 7f f0 00 00 00 00 00 00'],
    ['a tag', 'c1 01'],
    ['a key that is no text', 'a1 01 01'],
    ['an array cut short', '82 01'],
    ['an array that promises four billion items', '9a ff ff ff ff'],
    ['bytes that promise eight exabytes', '5b 7f ff ff ff ff ff ff ff']
  ] as const) {
    it(`refuses ${what}`, () => {
      refuses(() => decode(bytes), 'ERR_BAD_INPUT')
      assert.throws(() => read(unhex(bytes.replaceAll(' ', '')), 100))
    })
  }

  it('keeps a byte order mark at the start of a text and of a key, as any other character', () => {
    for (const text of ['\ufeff', '\ufeffhello', '\ufeff\ufeff', `\ufeff${'x'.repeat(300)}`, `\ufeff${'ü'.repeat(40_000)}`, '\ufeffü', 'x\ufeff']) {
      const value = { [text]: [text, '', 'after'] }
      const bytes = encodeCbor(value)
      assert.deepEqual(decodeCbor(bytes, bytes.length), value)
    }
    assert.deepEqual(decode('82 60 43 ef bb bf'), ['', Uint8Array.of(0xef, 0xbb, 0xbf)])
  })

  it('refuses more bytes than the limit before it looks at them', () => {
    refuses(() => decodeCbor(new Uint8Array(101).fill(0xff), 100), 'ERR_TOO_LARGE', /101 bytes/)
  })

  it('refuses nesting beyond its bound, and takes what is within it, wherever it stands', () => {
    for (const [open, last] of [['81', '80'], ['81', 'a0'], ['a16161', 'a0'], ['8200', '8101']] as const) {
      const nested = (depth: number): Uint8Array => unhex(open.repeat(depth - 1) + last)
      assert.equal(hex(encodeCbor(decodeCbor(nested(LIMITS.cborDepth), 1000))), hex(nested(LIMITS.cborDepth)))
      refuses(() => decodeCbor(nested(LIMITS.cborDepth + 1), 1000), 'ERR_BAD_INPUT', /not valid/)
    }
    // Many beside each other are not nested.
    const wide = encodeCbor(Array.from({ length: 200 }, (_, i) => ({ [`k${i}`]: [[], [[i]], {}] })))
    assert.equal(hex(encodeCbor(decodeCbor(wide, wide.length))), hex(wide))
    for (const byte of [0x81, 0x9f, 0xbf, 0xc1]) refuses(() => decodeCbor(new Uint8Array(1_000_000).fill(byte), 1_000_000), 'ERR_BAD_INPUT')
  })

  it('keeps a key named __proto__ from becoming a prototype, and a shape refuses it', () => {
    const value = decode('a1 69 5f5f70726f746f5f5f a1 61 76 01') as object
    assert.equal(Object.getPrototypeOf(value), Object.prototype)
    assert.equal('v' in value, false)
    refuses(() => shape.struct({ v: shape.optional(shape.uint()) })(value, 'it'), 'ERR_BAD_INPUT', /__proto__/)
    assert.deepEqual(Object.keys(Object.prototype), [])
  })

  it('has no form for undefined, functions, NaN and infinity', () => {
    for (const value of [undefined, { a: undefined }, () => 1, Number.NaN, Number.POSITIVE_INFINITY, Symbol('s')]) refuses(() => encodeCbor(value), 'ERR_BAD_INPUT')
  })

  it('writes no other character for half a surrogate pair', () => {
    for (const value of ['a\ud83e', ['\udd80'], { a: { b: '\ud83e\ud83e' } }, { '\ud83e': 1 }]) refuses(() => encodeCbor(value), 'ERR_BAD_INPUT')
    assert.deepEqual(encodeCbor('🦀'), unhex('64f09fa680'))
  })

  it('keeps numbers beyond 2^53 exact, and no shape takes them', () => {
    const value = decode('1b ff ff ff ff ff ff ff ff')
    assert.equal(value, 2n ** 64n - 1n)
    refuses(() => shape.uint()(value, 'n'), 'ERR_BAD_INPUT')
  })
})

describe('shapes', () => {
  const point = shape.struct({ x: shape.uint(), label: shape.optional(shape.text(4)) })
  const line = shape.struct({ from: point, to: shape.nullable(point), more: shape.optional(shape.array(point, 2)) })

  it('keep unknown fields at every depth through a round trip, byte for byte', () => {
    const made = { from: { x: 1, new: [1, { unknown: 2 }] }, to: { x: 2, label: 'b', unknown: { v: 1 } }, more: [{ x: 3, z: null }], later: { deep: new Uint8Array([1]) } }
    const bytes = encodeCbor(made)
    const read = line(decodeCbor(bytes, 1000), 'line')
    assert.equal(read.from.x, 1)
    assert.deepEqual(Object.keys(read), ['from', 'to', 'more', 'unknown'])
    assert.deepEqual(encodeCbor(shape.open(read)), bytes)
  })

  it('keep unknown fields when a known one is changed', () => {
    const read = point(decodeCbor(encodeCbor({ x: 1, later: 'kept' }), 100), 'point')
    assert.deepEqual(shape.open(Object.assign(read, { x: 2, label: undefined })), { x: 2, later: 'kept' })
  })

  it('say where the fault is', () => {
    refuses(() => line({ from: { x: 1 }, to: null, more: [{ x: 1 }, { x: -1 }] }, 'line'), 'ERR_BAD_INPUT', /^line\.more\[1\]\.x: expected an integer/)
    refuses(() => line({ to: null }, 'line'), 'ERR_BAD_INPUT', /^line\.from: .*missing/)
  })

  it('take no array, byte string, link or null for a map', () => {
    const link = decode('d82a 58 25 00 01 55 12 20 0000000000000000000000000000000000000000000000000000000000000000')
    for (const value of [[], new Uint8Array(2), null, 'map', 1, link]) refuses(() => point(value, 'it'), 'ERR_BAD_INPUT', /a map/)
  })

  it('hold counts, lengths and texts to their bounds', () => {
    refuses(() => shape.array(shape.uint(), 2)([1, 2, 3], 'a'), 'ERR_BAD_INPUT', /0 to 2 items/)
    refuses(() => shape.tuple(shape.uint(), shape.uint())([1], 't'), 'ERR_BAD_INPUT', /exactly 2/)
    refuses(() => shape.bytes(2)(new Uint8Array(3), 'b'), 'ERR_BAD_INPUT', /2 bytes/)
    refuses(() => shape.bytes({ min: 1, max: 2 })(new Uint8Array(), 'b'), 'ERR_BAD_INPUT', /1 to 2 bytes/)
    refuses(() => shape.text(5)('ééé', 't'), 'ERR_BAD_INPUT', /5 bytes/)
    refuses(() => shape.text(5)('\ud800', 't'), 'ERR_BAD_INPUT', /well-formed/)
    refuses(() => shape.uint(5, 2)(1, 'n'), 'ERR_BAD_INPUT', /from 2 to 5/)
    refuses(() => shape.uint()(1.5, 'n'), 'ERR_BAD_INPUT')
    refuses(() => shape.literal(1)(2, 'v'), 'ERR_BAD_INPUT', /expected 1/)
    refuses(() => shape.bool(1, 'b'), 'ERR_BAD_INPUT', /true or false/)
  })
})
