import assert from 'node:assert/strict'
import { newInboxKey, newPqSecret, openInbox, openPq, sealInbox, sealPq } from '../../../src/protocol/crypto/index.js'
import { sealedInboxLength } from '../../../src/protocol/crypto/inbox.js'
import { newXwingKey, SEALED_PQ_BYTES } from '../../../src/protocol/crypto/pq.js'
import { BadInputError, DecryptError, LIMITS, TooLargeError, UnsupportedError } from '../../../src/protocol/wire/index.js'
import { hex, unhex, vectors } from './vectors.js'

interface InboxVector { seed: string, public: string, private: string, account: string, log: string, content: string, sealed: string }
interface PqVector { seed: string, public: string, private: string, context: string, gpq: string, sealed: string }

describe('inbox entries', () => {
  const v = vectors<InboxVector>('inbox')[0]!
  const to = { account: unhex(v.account), log: unhex(v.log) }

  it('open as in the vectors', async () => {
    const key = await newInboxKey(() => unhex(v.seed))
    assert.deepEqual([hex(key.public), hex(key.private)], [v.public, v.private])
    assert.equal(hex(await openInbox(unhex(v.private), unhex(v.sealed), to)), v.content)
  })

  it('open for the recipient alone, in its own inbox log, unaltered', async () => {
    const key = await newInboxKey()
    const sealed = await sealInbox(key.public, unhex('010203'), to)
    assert.equal(sealed.length, sealedInboxLength(3))
    assert.equal(hex(await openInbox(key.private, sealed, to)), '010203')
    await assert.rejects(openInbox((await newInboxKey()).private, sealed, to), DecryptError)
    await assert.rejects(openInbox(key.private, sealed, { ...to, log: to.log.with(3, 0) }), DecryptError)
    await assert.rejects(openInbox(key.private, sealed, { ...to, account: to.account.with(3, 0) }), DecryptError)
    for (const i of [1, 33, sealed.length - 1]) await assert.rejects(openInbox(key.private, sealed.with(i, sealed[i]! ^ 1), to), DecryptError)
    await assert.rejects(openInbox(key.private, sealed.with(0, 9), to), UnsupportedError)
    await assert.rejects(openInbox(key.private, sealed.subarray(0, 30), to), DecryptError)
    await assert.rejects(openInbox(key.private, new Uint8Array(), to), BadInputError)
  })

  it('keep to the size of an inbox entry, and refuse what is no key', async () => {
    const key = await newInboxKey()
    await assert.rejects(sealInbox(key.public, new Uint8Array(LIMITS.inboxEntryBytes), to), TooLargeError)
    await assert.rejects(openInbox(key.private, new Uint8Array(LIMITS.inboxEntryBytes + 1), to), TooLargeError)
    await assert.rejects(sealInbox(key.public.subarray(2), new Uint8Array(), to), BadInputError)
    await assert.rejects(sealInbox(Buffer.concat([key.public.subarray(0, 2), new Uint8Array(32)]), new Uint8Array(), to), BadInputError)
    await assert.rejects(openInbox(new Uint8Array(31), await sealInbox(key.public, new Uint8Array(), to), to), BadInputError)
  })
})

describe('G_pq under X-Wing', () => {
  const v = vectors<PqVector>('pq')[0]!

  it('opens as in the vectors', async () => {
    const key = await newXwingKey(() => unhex(v.seed))
    assert.deepEqual([hex(key.public), hex(key.private)], [v.public, v.private])
    assert.equal(hex(await openPq(unhex(v.private), unhex(v.sealed), unhex(v.context))), v.gpq)
  })

  it('opens for the recipient and the chat alone, unaltered', async () => {
    const key = await newXwingKey()
    const gpq = newPqSecret()
    const sealed = await sealPq(key.public, gpq, unhex('01'))
    assert.equal(sealed.length, SEALED_PQ_BYTES)
    assert.deepEqual(await openPq(key.private, sealed, unhex('01')), gpq)
    await assert.rejects(openPq(key.private, sealed, unhex('02')), DecryptError)
    await assert.rejects(openPq((await newXwingKey()).private, sealed, unhex('01')), DecryptError)
    for (const i of [1, 700, 1121, sealed.length - 1]) await assert.rejects(openPq(key.private, sealed.with(i, sealed[i]! ^ 1), unhex('01')), DecryptError)
    await assert.rejects(openPq(key.private, sealed.with(0, 3), unhex('01')), UnsupportedError)
    await assert.rejects(openPq(key.private, sealed.subarray(0, 90), unhex('01')), DecryptError)
    await assert.rejects(sealPq(key.public.subarray(1), gpq, unhex('01')), BadInputError)
    await assert.rejects(sealPq(key.public, gpq.subarray(1), unhex('01')), BadInputError)
  })
})
