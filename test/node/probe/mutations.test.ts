import { damaged, dice, lookedThrough, soundFiles } from './mutations.js'
import assert from 'node:assert/strict'

describe('damaged files of every kind', () => {
  it('are looked through to an end: they are cleaned, or said to be damaged', async () => {
    for (const [name, file] of Object.entries(await soundFiles())) {
      assert.equal(await lookedThrough(file), 'cleaned', name)
      const roll = dice(7)
      for (let i = 0; i < 60; i++) await lookedThrough(damaged(file, roll)).catch((error: unknown) => { throw new Error(`${name}, case ${i}`, { cause: error }) })
    }
  })
})
