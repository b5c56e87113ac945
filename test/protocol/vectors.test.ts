/**
 * The formats as vectors: read and written by the project, and by the second implementation in reference/, which was
 * written from WIRE.md, MESSAGE.md and RECORDS.md.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { adapters } from './adapters.js'
import { checkChain, checkHash, checkRefused, checkVector, said } from './check.js'
import { madeVectors } from './made-vectors.js'
import { write } from './reference/cbor.js'
import type { Format } from './reference/format.js'
import { choices, met } from './reference/forms.js'
import { messageFormats } from './reference/message.js'
import { hashes } from './reference/hashes.js'
import { vaultRecordFormats } from './reference/vault-records.js'
import * as reference from './reference/wire.js'
import { jsonText, readHashes, readJson, readVectors, type Chain, type Vector } from './vectors.js'

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

  it('stand in the files as the second implementation makes them, so that making them anew changes none', async () => {
    const folder = new URL('../vectors/formats/', import.meta.url)
    const made = await madeVectors()
    assert.deepEqual(readdirSync(folder).sort(), Object.keys(made).map(name => `${name}.json`).sort())
    const other = Object.entries(made).filter(([name, value]) => readFileSync(new URL(`${name}.json`, folder), 'utf8') !== jsonText(value)).map(([name]) => name)
    assert.deepEqual(other, [], 'run test/protocol/make-vectors.ts when a format is changed on purpose')
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

  it('that stand for a record, and the name of a grant, are those of the vectors, to both', () => {
    const all = readHashes()
    assert.deepEqual([...new Set(all.map(one => one.of))], Object.keys(hashes))
    for (const one of all) {
      checkHash(one)
      assert.equal(hex(hashes[one.of as keyof typeof hashes](one.from)), hex(one.hash), one.of)
    }
  })
})
