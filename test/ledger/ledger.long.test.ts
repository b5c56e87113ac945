import assert from 'node:assert/strict'
import { Ledger } from './ledger.js'

describe('a thousand messages each way while relay and nodes are killed (-9) up to 25 times', () => {
  const ledger = new Ledger()
  after(async () => { await ledger.stop() })

  it('arrive exactly once and in order, once they were acknowledged', async function () {
    this.timeout(600_000)
    const { kills, seconds } = await ledger.run({ messages: 1000, kills: 25, seed: 2026 })
    console.log(`      ${kills} kills in ${seconds.toFixed(0)} s`)
    // On a machine that is quick all of it is there before the last kills.
    assert.ok(kills >= 15)
  })
})

describe('two hundred messages each way without any relay, while the nodes are killed (-9) 10 times', () => {
  const ledger = new Ledger()
  after(async () => { await ledger.stop() })

  it('arrive exactly once and in order, though one of the nodes is the home', async function () {
    this.timeout(600_000)
    const { kills, seconds } = await ledger.run({ messages: 200, kills: 10, seed: 2026, lan: true })
    console.log(`      ${kills} kills in ${seconds.toFixed(0)} s`)
    assert.ok(kills >= 5)
  })
})
