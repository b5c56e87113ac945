import assert from 'node:assert/strict'
import { runLedger } from './ledger.js'

describe('messages while relay and nodes are killed (-9)', () => {
  it('arrive exactly once and in order, once they were acknowledged', async function () {
    this.timeout(240_000)
    const { kills } = await runLedger({ messages: 40, kills: 2, seed: 7 })
    assert.ok(kills >= 1, 'nobody was killed: the test says nothing')
  })
})
