/** By what the bytes of an entry may go. */
import assert from 'node:assert/strict'
import { ENTRY_KIND, eraserHash, ForbiddenError, leafFor, LIMITS, signOwnerAction, type Leaf, type Signer } from '../../src/protocol/wire/index.js'
import { requireEraser } from '../../src/relay/logs/eraser-rights.js'
import { firstMeta, withCaps, type LogMeta } from '../../src/relay/logs/meta.js'
import { Chain, fill, key, utf8 } from '../protocol/wire/kit.js'

describe('what erases an entry', () => {
  const { log, owner, home } = new Chain()
  const heir = key(30)
  const secret = fill(32, 7)
  const caps = { append: key(3).key, read: key(4).key }
  const first = firstMeta({ kind: 'log', home: home.key, owner: owner.key, payer: key(9).key, created: 0 }, caps)
  /** The key was replaced by entry 5. */
  const later = withCaps(first, { ...caps, owner: heir.key }, 5)
  const mirrored = (meta: LogMeta): LogMeta => ({ ...meta, elsewhere: { at: 'mirror', home: home.key, addrs: [], term: 1, head: null, erasures: 0, order: null } })
  const leaf = (seq = 3, change: Partial<Leaf> = {}): Leaf => ({ ...leafFor({ id: fill(16, seq), kind: ENTRY_KIND.data, payload: utf8('words'), erasers: [eraserHash(log, secret)] }, seq, 0), ...change })
  const order = (by: Signer, seq = 3): Uint8Array => signOwnerAction({ op: 'erase', log, id: fill(16, seq) }, by)
  const refusal = (meta: LogMeta, of: Leaf, shown: Uint8Array): ForbiddenError['details'] | undefined => {
    try {
      requireEraser(log, of, shown, meta)
    } catch (error) {
      assert.ok(error instanceof ForbiddenError)
      return error.details
    }
    return undefined
  }

  it('is a secret of its author, or at the home an order of the owner key in force', () => {
    for (const [meta, by] of [[first, owner], [later, heir]] as const) {
      assert.equal(refusal(meta, leaf(), secret), undefined)
      assert.equal(refusal(meta, leaf(), order(by)), undefined)
    }
    for (const by of [owner, key(77)]) assert.deepEqual(refusal(later, leaf(), order(by)), { owner: 'unknown' })
    assert.deepEqual(refusal(first, leaf(), order(heir)), { owner: 'unknown' })
  })

  it('is short enough, so that a full push of them to a mirror takes no more room than is asked for', () => {
    assert.ok(order(owner).length <= LIMITS.eraserSecretBytes)
    assert.ok(LIMITS.erasuresPerPush * (LIMITS.eraserSecretBytes + 32) <= LIMITS.pushEntryBytes)
  })

  it('is at a mirror also the order of a key that was replaced, for what stood there before that', () => {
    assert.equal(refusal(mirrored(later), leaf(), order(owner)), undefined)
    assert.equal(refusal(mirrored(later), leaf(5), order(owner, 5)), undefined)
    assert.deepEqual(refusal(mirrored(later), leaf(6), order(owner, 6)), { owner: 'unknown' })
  })

  it('is no order about another entry, another log or another thing, and nothing where the author wants no eraser', () => {
    const wrong: Array<[Leaf, Uint8Array]> = [
      [leaf(), order(owner, 4)], [leaf(), signOwnerAction({ op: 'erase', log: log.with(9, 1), id: fill(16, 3) }, owner)], [leaf(), signOwnerAction({ op: 'trim', log, seq: 3, hash: fill(32) }, owner)],
      [leaf(), fill(32)], [leaf(), new Uint8Array()], [leaf(3, { erasers: [] }), order(owner)], [leaf(3, { kind: 9 }), order(owner)], [leaf(3, { kind: ENTRY_KIND.commit }), order(owner)]
    ]
    for (const [of, shown] of wrong) assert.deepEqual(refusal(first, of, shown), {})
  })
})
