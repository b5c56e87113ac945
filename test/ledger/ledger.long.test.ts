import assert from 'node:assert/strict'
import { runLedger } from './ledger.js'

describe('a thousand messages each way while relay and nodes are killed (-9) 25 times', () => {
  it('arrive exactly once and in order, once they were acknowledged', async function () {
    this.timeout(600_000)
    const { kills, seconds } = await runLedger({ messages: 1000, kills: 25, seed: 2026 })
    console.log(`      ${kills} kills in ${seconds.toFixed(0)} s`)
    assert.equal(kills, 25)
  })
})
