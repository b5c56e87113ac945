import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { cidOf, CODEC, UnavailableError } from '../../../src/protocol/wire/index.js'
import type { BlobOutbox } from '../../../src/relay/net/blob/outbox.js'
import { Puts } from '../../../src/relay/net/blob/putting.js'

describe('a block that is put', () => {
  it('is not told as kept before it has left, whatever the peer says: its memory would be another one\'s while it waits', async () => {
    const asked = Promise.withResolvers<() => void>()
    const outbox: Pick<BlobOutbox, 'block'> = { block: (_head, _bytes, left) => { asked.resolve(left ?? (() => undefined)) } }
    const puts = new Puts(outbox as BlobOutbox, () => 1, () => undefined)
    const bytes = new Uint8Array(randomBytes(100))
    const acked: Uint8Array[] = []
    const put = puts.put(new Uint8Array(16), [{ cid: cidOf(CODEC.raw, bytes), bytes }], { onAcked: block => { acked.push(block) } })
    const left = await asked.promise
    assert.throws(() => { puts.stored([1], 1) }, { code: 'ERR_BAD_INPUT' })
    assert.deepEqual(acked, [])
    left()
    puts.stored([1], 1)
    await put
    assert.deepEqual(acked, [bytes])
    puts.close(new UnavailableError('over'))
  })
})
