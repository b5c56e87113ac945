/** One log of the vault, once another has its place. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { freshLog } from '../../../src/node/vault/choose-log.js'
import { VaultLog } from '../../../src/node/vault/vault-log.js'
import { RecordKeys } from '../../../src/node/records/index.js'
import { signerFromSeed } from '../../../src/protocol/wire/index.js'

describe('a log of the vault that another one has taken the place of', () => {
  it('writes nothing any more, or what it came to would stand in the other one\'s place', async () => {
    let open: () => void = () => undefined
    const gate = new Promise<void>(resolve => { open = resolve })
    const written: unknown[] = []
    const log = new VaultLog(freshLog(signerFromSeed(randomBytes(32)).key, undefined, undefined), {
      vault: { shared: () => [] }, keys: new RecordKeys(randomBytes(32)), reader: {}, held: () => { throw new Error('nobody asks') }, linkTo: () => { throw new Error('nobody asks') }, onRead: () => undefined,
      write: async (ops: readonly unknown[]) => { await gate; written.push(...ops) }
    } as never)
    const first = log.change({ replaces: null })
    const stopped = log.stop()
    // Something was on its way: a home that is to drop an older log answers late.
    const late = log.change({ former: [] })
    late.catch(() => undefined)
    open()
    await first
    await stopped
    assert.equal(written.length, 1, 'what it was at becomes durable')
    await assert.rejects(late, { code: 'ERR_UNAVAILABLE' })
    await assert.rejects(log.change({ trimmed: 1 }), { code: 'ERR_UNAVAILABLE' })
    assert.equal(written.length, 1)
  })
})
