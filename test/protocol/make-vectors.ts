/**
 * Writes test/vectors/formats from the second implementation in reference/, which knows nothing of src/. Run it only
 * when a format changes on purpose (`npx tsx` this file): the tests hold both implementations to the files.
 */
import { mkdirSync } from 'node:fs'
import { madeVectors } from './made-vectors.js'
import { writeJson } from './vectors.js'

mkdirSync(new URL('../vectors/formats/', import.meta.url), { recursive: true })
for (const [name, value] of Object.entries(await madeVectors())) writeJson(name, value)
