import { damaged, dice, lookedThrough, soundFiles } from './mutations.js'

const CASES = 5_000

describe('damaged files of every kind, thousands', () => {
  it('are looked through to an end', async () => {
    for (const [name, file] of Object.entries(await soundFiles())) {
      const roll = dice(11)
      const found = { clean: 0, cleaned: 0, damaged: 0 }
      for (let i = 0; i < CASES; i++) {
        found[await lookedThrough(damaged(file, roll)).catch((error: unknown) => { throw new Error(`${name}, case ${i}`, { cause: error }) })]++
      }
      console.log(`      ${name}: ${JSON.stringify(found)}`)
    }
  })
})
