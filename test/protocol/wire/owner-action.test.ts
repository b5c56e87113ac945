import assert from 'node:assert/strict'
import { encodeCbor, LABELS, openOwnerAction, signOwnerAction, signRecord, type OwnerAction } from '../../../src/protocol/wire/index.js'
import { fill, flipped, key, refuses } from './kit.js'

const owner = key(2)
const log = fill(34)
const caps = { append: key(3).key, read: key(4).key }
const orders: OwnerAction[] = [
  { op: 'open', log, caps },
  { op: 'void', log, seq: 7, caps: { ...caps, mirrors: [key(5).key], owner: key(6).key } },
  { op: 'trim', log, seq: 7, hash: fill(32) },
  { op: 'term', log, term: 2, home: key(8).key, addrs: [], seq: 7, hash: fill(32), by: 'takeover' },
  { op: 'term', log, term: 3, home: key(8).key, addrs: ['/dns4/relay.example/tcp/4001', '/ip6/::1/tcp/1'], seq: 0, hash: fill(32), by: 'agreement' }
]
const raw = (body: unknown): Uint8Array => signRecord(LABELS.ownerAction, encodeCbor(body), owner)

describe('an owner\'s order', () => {
  for (const order of orders) {
    it(`to ${order.op}${'by' in order ? ` by ${order.by}` : ''} comes back as it was given, with its signer`, () => {
      assert.deepEqual(openOwnerAction(signOwnerAction(order, owner)), { action: order, signer: owner.key })
    })
  }

  it('names who signed it, whoever that is: the caller compares', () => { assert.deepEqual(openOwnerAction(signOwnerAction(orders[0]!, key(9))).signer, key(9).key) })

  it('does not hold when a bit of it is altered', () => {
    for (const order of orders) {
      const bytes = signOwnerAction(order, owner)
      for (let at = 3; at < bytes.length; at += 5) assert.throws(() => openOwnerAction(flipped(bytes, at)), { code: /ERR_(PROOF|BAD_INPUT)/ })
    }
  })

  it('does not hold when it was signed for another purpose', () => {
    refuses(() => openOwnerAction(signRecord(LABELS.manifest, encodeCbor({ v: 1, op: 'trim', log, seq: 1, hash: fill(32) }), owner)), 'ERR_PROOF', /owner action/)
  })

  it('is refused when it is of a kind, a version or a form that is not known', () => {
    for (const body of [{ v: 1, op: 'burn', log }, { v: 1, op: '__proto__', log }, { v: 1, op: 'toString', log }, { v: 1, log }, [], null, fill(3)]) refuses(() => openOwnerAction(raw(body)), 'ERR_BAD_INPUT', /unknown kind/)
    const without = { v: 1, op: 'term', log, term: 2, home: key(8).key, seq: 0, hash: fill(32), by: 'agreement' }
    const term = { ...without, addrs: [] }
    for (const body of [
      { v: 2, op: 'trim', log, seq: 1, hash: fill(32) }, { v: 1, op: 'trim', log, seq: 0, hash: fill(32) }, { v: 1, op: 'open', log, caps: fill(4) }, { v: 1, op: 'open', log: fill(33), caps: fill(4) }, { v: 1, op: 'erase', log }, { v: 1, op: 'erase', log, id: fill(15) },
      { ...term, term: 1 }, { ...term, by: 'force' }, without, { ...term, addrs: '/x' }, { ...term, addrs: ['x'.repeat(513)] }, { ...term, addrs: Array.from({ length: 17 }, () => '/x') }
    ]) refuses(() => openOwnerAction(raw(body)), 'ERR_BAD_INPUT')
  })
})
