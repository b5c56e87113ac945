import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadIdentity } from '../../src/relay/identity.js'
import { withFailingSyncs } from '../store/failing-syncs.js'

describe('relay: the key of its directory', () => {
  before(function () { if (process.platform === 'win32') this.skip() })

  it('is durable before a store is made beside it, also when it was written by a run that could not make it so', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'petrel-relay-test-'))
    try {
      const failing = async (): Promise<Uint8Array> => await withFailingSyncs(directory, () => true, async () => await loadIdentity(directory))
      await assert.rejects(failing(), /Input\/output error/)
      await assert.rejects(failing(), /Input\/output error/)
      assert.deepEqual(await loadIdentity(directory), await loadIdentity(directory))
    } finally {
      await rm(directory, { recursive: true })
    }
  })
})
