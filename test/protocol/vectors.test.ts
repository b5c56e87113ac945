/**
 * The formats as vectors: read and written by the project, and by the second implementation in reference/, which was
 * written from WIRE.md, MESSAGE.md and RECORDS.md.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { adapters } from './adapters.js'
import { checkChain, checkHash, checkRefused, checkVector, said } from './check.js'
import { write } from './reference/cbor.js'
import type { Format } from './reference/format.js'
import { choices, met } from './reference/forms.js'
import { messageFormats } from './reference/message.js'
import { sha256 } from './reference/proof.js'
import { vaultRecordFormats } from './reference/vault-records.js'
import * as reference from './reference/wire.js'
import { readJson, readVectors, type Chain, type Vector } from './vectors.js'

const formats: Record<string, Format> = { ...reference.wireFormats, ...messageFormats, ...vaultRecordFormats }
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const files = ['wire', 'message', 'vault-records'].map(name => ({ name, ...readVectors(name) }))
const all = files.flatMap(file => file.vectors)

/** That the second implementation reads and writes a vector as it stands. */
function checkSecond (vector: Vector): void {
  const { format, note, bytes, context, value, seed } = vector
  assert.equal(hex(write(formats[format]!.take(bytes, context).value)), hex(write(said(vector))), note)
  assert.equal(hex(formats[format]!.make(value, seed)), hex(bytes), note)
}

describe('the formats', () => {
  for (const { name, vectors, refused } of files) {
    for (const format of new Set(vectors.map(v => v.format))) {
      const own = vectors.filter(v => v.format === format)
      it(`of ${name}: ${format} is read as the vectors say, and written as they are`, () => { for (const vector of own) checkVector(vector) })
      it(`of ${name}: ${format} is read and written so by a second implementation`, () => { for (const vector of own) checkSecond(vector) })
    }

    it(`of ${name} are refused by both when they are damaged, misspelled or not allowed`, () => {
      for (const bad of refused) {
        checkRefused(bad)
        assert.throws(() => formats[bad.format]!.take(bad.bytes, bad.context), Error, `${bad.format}: ${bad.why}, to the second implementation`)
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
  const chain = readJson('chain') as unknown as Chain

  it('of a log are those of the vectors: its id, its chain, its eraser', () => { checkChain(chain) })

  it('of a log are those of the second implementation', () => {
    const { genesis, log, home, leaves, payloads, hashes, eraser } = chain
    assert.equal(hex(reference.logIdOf(genesis)), hex(log))
    assert.equal(hex(reference.chainStart(log, home)), hex(hashes[0]!))
    leaves.forEach((leaf, i) => {
      assert.equal(hex(reference.chainNext(hashes[i]!, leaf)), hex(hashes[i + 1]!))
      assert.equal(hex(reference.entryHash(payloads[i]!)), hex((formats.leaf!.take(leaf, {}).value as Uint8Array[])[8]!))
    })
    assert.equal(hex(reference.eraserHash(log, eraser)), hex((formats.leaf!.take(leaves.at(-1)!, {}).value as [unknown, unknown, unknown, unknown, unknown, unknown, Uint8Array[]])[6][0]!))
  })

  it('of a manifest and of a key package are the same to both', () => {
    for (const vector of all.filter(v => v.format === 'manifest')) checkHash(vector, reference.manifestHash(formats.manifest!.take(vector.bytes, vector.context).bytes!))
    for (const vector of all.filter(v => v.format === 'key package')) checkHash(vector, sha256(vector.bytes))
  })
})
