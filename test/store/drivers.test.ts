import { blobContract } from './contract/blob.js'
import { busContract } from './contract/bus.js'
import { keyValueContract } from './contract/key-value.js'
import { logContract } from './contract/log.js'
import { recordContract } from './contract/record.js'
import { DRIVERS } from './support.js'

for (const [name, open] of Object.entries(DRIVERS)) {
  describe(`store, ${name}`, () => {
    describe('key-values', () => { keyValueContract(open) })
    describe('records', () => { recordContract(open) })
    describe('logs', () => { logContract(open) })
    describe('blocks', () => { blobContract(open) })
    describe('hints', () => { busContract(open) })
  })
}
