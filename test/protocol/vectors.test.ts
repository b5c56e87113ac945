/**
 * The formats as vectors: read and written by the project, and by the second implementation in reference/, which was
 * written from WIRE.md and MESSAGE.md.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { chainNext, chainStart, encodeLeaf, decodeLeaf, entryHash, eraserHash, logIdOf, openKeyPackage, openManifest, PetrelError, sha256, signerFromSeed, verifyRun } from '../../src/protocol/wire/index.js'
import { adapters, attestAgain } from './adapters.js'
import { write, type Value } from './reference/cbor.js'
import type { Format } from './reference/format.js'
import { choices, met } from './reference/forms.js'
import { messageFormats } from './reference/message.js'
import * as reference from './reference/wire.js'
import { LATER, readJson, readVectors, type Vector } from './vectors.js'

const formats: Record<string, Format> = { ...reference.wireFormats, ...messageFormats }
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const files = ['wire', 'message'].map(name => ({ name, ...readVectors(name) }))
const all = files.flatMap(file => file.vectors)

/** What the bytes of a vector say: of a batch, the one statement. */
const said = ({ format, value }: Vector): Value => format === 'attested' ? (value as [Value[], number])[0][(value as [Value[], number])[1]]! : value

/** Names that the project did not know, at every depth. */
function unknownIn (value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(unknownIn)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return []
  return Object.entries(value).flatMap(([name, v]) => name === 'unknown' ? Object.keys(v as object) : unknownIn(v))
}

describe('the formats', () => {
  for (const { name, vectors, refused } of files) {
    for (const format of new Set(vectors.map(v => v.format))) {
      const own = vectors.filter(v => v.format === format)

      it(`of ${name}: ${format} is read as the vectors say, and written as they are`, () => {
        for (const vector of own) {
          const { value, raw, signer, again } = adapters[format]!(vector.bytes, vector.context)
          const by = vector.seed === undefined ? undefined : signerFromSeed(vector.seed)
          // An order's fields of a later version stay in its bytes.
          const wanted = format === 'owner action' ? Object.fromEntries(Object.entries(said(vector) as object).filter(([field]) => Object.hasOwn(value as object, field))) : said(vector)
          assert.equal(hex(write(value as Value)), hex(write(wanted)), vector.note)
          assert.deepEqual(unknownIn(raw).filter(field => !LATER.has(field)), [], `${vector.note}: a known field is not known any more`)
          assert.equal(signer === undefined ? undefined : hex(signer), by === undefined ? undefined : hex(by.key), vector.note)
          if (format === 'attested') {
            const [batch, index] = vector.value as [Value[], number]
            assert.equal(hex(attestAgain(batch, index, by!)), hex(vector.bytes), vector.note)
          } else if (wanted === said(vector) || Object.keys(wanted as object).length === Object.keys(vector.value as object).length) {
            assert.equal(hex(again!(by)), hex(vector.bytes), vector.note)
          }
        }
      })

      it(`of ${name}: ${format} is read and written so by a second implementation`, () => {
        for (const vector of own) {
          const { value } = formats[format]!.take(vector.bytes, vector.context)
          assert.equal(hex(write(value)), hex(write(said(vector))), vector.note)
          assert.equal(hex(formats[format]!.make(vector.value, vector.seed)), hex(vector.bytes), vector.note)
        }
      })
    }

    it(`of ${name} are refused by both when they are damaged, misspelled or not allowed`, () => {
      for (const { format, why, bytes, context } of refused) {
        assert.throws(() => adapters[format]!(bytes, context), (error: unknown) => error instanceof PetrelError && ['ERR_BAD_INPUT', 'ERR_PROOF', 'ERR_TOO_LARGE'].includes(error.code), `${format}: ${why}`)
        assert.throws(() => formats[format]!.take(bytes, context), Error, `${format}: ${why}, to the second implementation`)
      }
    })
  }

  it('stand in the vectors with every choice they leave: each kind, each absence, each empty list', () => {
    choices.clear()
    met.clear()
    for (const { format, bytes, context } of all) formats[format]!.take(bytes, context)
    assert.deepEqual([...choices].filter(choice => !met.has(choice)), [])
    assert.deepEqual(Object.keys(formats).filter(format => !all.some(v => v.format === format)), [])
    assert.deepEqual(Object.keys(adapters).sort(), Object.keys(formats).sort())
  })

  it('are known to a second implementation that uses nothing of the first', () => {
    const folder = new URL('./reference/', import.meta.url)
    for (const file of readdirSync(folder)) assert.doesNotMatch(readFileSync(new URL(file, folder), 'utf8'), /from '(?!node:|\.\/)/, file)
  })
})

describe('the hashes', () => {
  const { genesis, log, leaves, payloads, hashes, eraser } = readJson('chain') as unknown as { genesis: Uint8Array, log: Uint8Array, leaves: Uint8Array[], payloads: Uint8Array[], hashes: Uint8Array[], eraser: Uint8Array }
  const home = (formats.genesis!.take(genesis, {}).value as { home: Uint8Array }).home

  it('of a log are those of the vectors: its id, its chain, its eraser', () => {
    assert.equal(hex(logIdOf(genesis)), hex(log))
    assert.equal(hex(chainStart(log, home)), hex(hashes[0]!))
    const { entries, to } = verifyRun({ seq: 0, hash: hashes[0]! }, leaves.map((leaf, i) => ({ leaf, payload: payloads[i]! })))
    assert.deepEqual(entries.map(e => hex(e.hash)), hashes.slice(1).map(hex))
    assert.equal(hex(to.hash), hex(hashes.at(-1)!))
    assert.deepEqual(leaves.map(leaf => hex(decodeLeaf(leaf).entry)), payloads.map(payload => hex(entryHash(payload))))
    assert.equal(hex(decodeLeaf(leaves.at(-1)!).erasers[0]!), hex(eraserHash(log, eraser)))
    assert.deepEqual(leaves.map(leaf => hex(encodeLeaf(decodeLeaf(leaf)))), leaves.map(hex))
    assert.equal(hex(chainNext(hashes[0]!, leaves[0]!)), hex(hashes[1]!))
  })

  it('of a log are those of the second implementation', () => {
    assert.equal(hex(reference.logIdOf(genesis)), hex(log))
    assert.equal(hex(reference.chainStart(log, home)), hex(hashes[0]!))
    leaves.forEach((leaf, i) => { assert.equal(hex(reference.chainNext(hashes[i]!, leaf)), hex(hashes[i + 1]!)) })
    assert.equal(hex(reference.eraserHash(log, eraser)), hex(decodeLeaf(leaves.at(-1)!).erasers[0]!))
  })

  it('of a manifest and of a key package are the same to both', () => {
    for (const { bytes, context } of all.filter(v => v.format === 'manifest')) {
      assert.equal(hex(openManifest(bytes).hash), hex(reference.manifestHash(formats.manifest!.take(bytes, context).bytes!)))
    }
    for (const { bytes } of all.filter(v => v.format === 'key package')) assert.equal(hex(openKeyPackage(bytes).hash), hex(sha256(bytes)))
  })
})
