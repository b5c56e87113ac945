import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { ForbiddenError, signerFromSeed, signOwnerAction, type Signer } from '../../../src/protocol/wire/index.js'
import { AheadOrders } from '../../../src/node/chats/ahead-orders.js'
import type { Chat } from '../../../src/node/chats/chat.js'
import { eventually } from '../small-world.js'

describe('an order that stands further on than a node has read', () => {
  for (const [what, read] of [
    ['shows nothing of the log', async () => await Promise.resolve({ entries: [] })],
    ['knows no key that was shown to it', async () => await Promise.reject(new ForbiddenError('this device has proved no key that may read the log'))]
  ] as const) {
    it(`is looked up again when its home ${what}: somebody else may look there with a key of before`, async () => {
      const log = new Uint8Array(34).fill(7)
      const [owner, later, home] = [1, 2, 3].map(() => signerFromSeed(randomBytes(32))) as [Signer, Signer, Signer]
      let reads = 0
      const link = { setCapability: () => undefined, dropCapability: () => undefined, read: async () => { reads++; return await read() } }
      const chat = {
        log, id: 'x', home: { term: 2, peer: owner.key, addrs: [] }, place: { owner: owner.key }, cursor: { seq: 8 }, keys: {}, link: null,
        record: { direct: false, stage: 'ready', joined: null }, deps: { mirrors: () => null, pool: { link: () => link } }
      }
      const orders = new AheadOrders(chat as unknown as Chat, { onMoved: () => undefined, onFault: () => undefined })
      orders.add(signOwnerAction({ op: 'term', log, term: 3, home: home.key, addrs: [], seq: 26, hash: randomBytes(32), by: 'takeover' }, later))
      await eventually(() => reads > 1)
      await orders.stop()
      assert.equal(reads, 2)
    })
  }
})
