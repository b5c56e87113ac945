import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { Ledger } from './ledger.js'

describe('messages while relay and nodes are killed (-9)', () => {
  const ledger = new Ledger()
  after(async () => { await ledger.stop() })

  it('arrive exactly once and in order, once they were acknowledged', async function () {
    this.timeout(240_000)
    const { kills } = await ledger.run({ messages: 40, kills: 2, seed: 7 })
    assert.ok(kills >= 1, 'nobody was killed: the test says nothing')
  })
})

describe('a story of the ledger that is stopped before its end, as one is that fails or takes too long', () => {
  it('leaves no process behind, and starts none again', async function () {
    this.timeout(120_000)
    const ledger = new Ledger()
    const ended = assert.rejects(ledger.run({ messages: 1e6, kills: 1e6, seed: 7, lan: true }))
    // Both daemons run: somebody is asking one of them, and would ask it for ever.
    while (ledger.processes[1]?.ready.ready === undefined) await setTimeout(20)
    await ledger.stop()
    await ended
    for (const { pid } of ledger.processes) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
    await assert.rejects(ledger.processes[0]!.start(), /over/)
  })
})
