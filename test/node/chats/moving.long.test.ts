import { everyCrashOfMove } from './moving.js'

describe('a chat that is moved while one of the two crashes at any write', () => {
  for (const kind of ['agreement', 'takeover'] as const) {
    for (const who of ['alice', 'bob'] as const) {
      for (const when of ['before', 'after'] as const) {
        it(`by ${kind}, ${who} ${when} a write: has every message once, in one order, and accuses nobody`, async () => { await everyCrashOfMove(kind, who, when, 1, 1) })
      }
    }
  }
})
