import { crashOfMove } from './moving.js'

describe('a chat that is moved while one of the two crashes', () => {
  for (const kind of ['agreement', 'takeover'] as const) {
    it(`by ${kind}, has every message once, in one order, and accuses nobody`, async () => { await crashOfMove(kind, 9, 'after', 'bob') })
  }
})
