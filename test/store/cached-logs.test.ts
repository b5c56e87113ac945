import assert from 'node:assert/strict'
import { LIMITS } from '../../src/protocol/wire/index.js'
import { MemoryDisk } from '../../src/store/memory/engine.js'
import { openMemoryStore } from '../../src/store/memory/index.js'
import { newLog } from './support.js'

describe('heads in memory', () => {
  it('are no more than their limit, though logs are only made and nothing is appended', async () => {
    const store = await openMemoryStore({ disk: new MemoryDisk(), sweepMs: 0 })
    const logs: Uint8Array[] = []
    while (logs.length < LIMITS.storeCachedLogs + 20) logs.push(await newLog(store))
    assert.equal(logs.filter(log => store.logs.headNow(log) !== undefined).length, LIMITS.storeCachedLogs)
    assert.equal(store.logs.headNow(logs[0]!), undefined)
    assert.equal((await store.logs.head(logs[0]!)).seq, 0, 'it is read again when it is needed')
    await store.close()
  })
})
