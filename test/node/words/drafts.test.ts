import assert from 'node:assert/strict'
import type { Vault, VaultListener } from '../../../src/node/records/index.js'
import { DraftBook } from '../../../src/node/words/index.js'

describe('a draft of another own device', () => {
  it('is told like one of this device, of a chat that is here', () => {
    let take: VaultListener | undefined
    const vault = { view: () => ({ get: () => undefined, list: () => [] }), onChange: (prefix: string, listener: VaultListener) => { assert.equal(prefix, 'draft/'); take = listener; return () => undefined } }
    assert.ok(new DraftBook(vault as unknown as Vault, chat => chat === 'bchat' ? 'Birds' : undefined) instanceof DraftBook)
    const told = (chat: string): unknown => take!({ name: `draft/${chat}`, data: {}, before: undefined })
    assert.deepEqual(told('bchat'), { events: [{ type: 'chat', chat: 'bchat', title: 'Birds', change: 'draft' }] })
    assert.equal(told('bother'), undefined)
  })
})
