import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Requests, requestView } from '../../../src/node/letters/index.js'
import { RecordKeys, Vault } from '../../../src/node/records/index.js'
import type { Letter } from '../../../src/protocol/message/index.js'
import { AmbiguousError, LIMITS, NotFoundError, peerIdText, signerFromSeed } from '../../../src/protocol/wire/index.js'
import { openMemoryStore } from '../../../src/store/memory/index.js'

describe('a request', () => {
  let requests: Requests
  beforeEach(async () => {
    const { kv } = await openMemoryStore()
    requests = new Requests(await Vault.open(kv, new RecordKeys(randomBytes(32)), signerFromSeed(randomBytes(32)).key, signerFromSeed(randomBytes(32))))
  })

  /** A stranger of a name writes. */
  function knock (name: string): { id: string, account: string } {
    const account = signerFromSeed(randomBytes(32)).key
    assert.notEqual(requests.take({ account, introduction: { name } } as unknown as Letter, randomBytes(8), randomBytes(34), 1), null)
    const { id } = requestView(requests.get(peerIdText(account)))
    return { id, account: peerIdText(account) }
  }
  const found = (words: string): string => requestView(requests.get(words)).id

  it('is named by its id, a start of it, its account, or what the stranger calls itself', () => {
    const eve = knock('Eve of Kent')
    knock('Mallory')
    for (const words of [eve.id, eve.id.slice(0, LIMITS.idCharacters + 4), eve.account, 'Eve of Kent']) assert.equal(found(words), eve.id, words)
    for (const words of ['eve of kent', 'Eve', eve.id.slice(0, LIMITS.idCharacters - 1)]) assert.throws(() => found(words), NotFoundError, words)
  })

  it('is not guessed when several strangers call themselves alike: they are listed', () => {
    const [one, other] = [knock('Eve'), knock('Eve')]
    assert.throws(() => found('Eve'), (error: unknown) => {
      assert.ok(error instanceof AmbiguousError)
      assert.deepEqual((error.details.candidates as string[]).toSorted(), [`Eve ${one.id}`, `Eve ${other.id}`].sort())
      return true
    })
    assert.equal(found(one.id), one.id)
  })

  it('is not taken over by a stranger who calls itself by its id or a start of it', () => {
    const eve = knock('Eve')
    knock(eve.id)
    const start = eve.id.slice(0, 8)
    knock(start)
    assert.equal(found(eve.id), eve.id)
    assert.throws(() => found(start), AmbiguousError)
  })
})
