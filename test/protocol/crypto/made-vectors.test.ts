import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { madeVectors } from './made-vectors.js'
import { vectorFile, vectorText } from './vectors.js'

describe('the vectors of the cryptography', () => {
  it('stand in the files as the code makes them, so that making them anew changes none: what is random stays while it opens', () => {
    const other = Object.entries(madeVectors).filter(([name, file]) => readFileSync(vectorFile(name), 'utf8') !== vectorText(file)).map(([name]) => name)
    assert.deepEqual(other, [], 'run test/protocol/crypto/make-vectors.ts when a format is changed on purpose')
  })
})
