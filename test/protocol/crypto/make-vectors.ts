/**
 * Writes test/vectors for this folder. Run it only when a format changes on purpose (`npx tsx` this file):
 * the tests hold the code to what stands in the files.
 */
import { writeFileSync } from 'node:fs'
import { madeVectors } from './made-vectors.js'
import { vectorFile, vectorText } from './vectors.js'

for (const [name, file] of Object.entries(madeVectors)) writeFileSync(vectorFile(name), vectorText(file))
