import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Requests } from '../../../src/node/letters/index.js'
import { RecordKeys, Vault } from '../../../src/node/records/index.js'
import type { Letter } from '../../../src/protocol/message/index.js'
import { LIMITS, signerFromSeed } from '../../../src/protocol/wire/index.js'
import { openMemoryStore } from '../../../src/store/memory/index.js'

describe('the requests of strangers', () => {
  it('take no more memory than their bound, whoever writes', async () => {
    const { kv } = await openMemoryStore()
    const requests = new Requests(await Vault.open(kv, new RecordKeys(randomBytes(32)), signerFromSeed(randomBytes(32)).key, signerFromSeed(randomBytes(32))))
    let kept = 0
    for (let i = 0; i < 300; i++) {
      const letter = { account: signerFromSeed(randomBytes(32)).key } as unknown as Letter
      if (requests.take(letter, randomBytes(LIMITS.inboxEntryBytes), randomBytes(34), i) !== null) kept++
    }
    assert.equal(kept, LIMITS.requestsBytes / LIMITS.inboxEntryBytes)
  })
})
