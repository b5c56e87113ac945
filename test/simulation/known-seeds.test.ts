import assert from 'node:assert/strict'
import { runSeed } from './run.js'

describe('the simulation, under seeds that did not hold once', () => {
  it('brings a chat to its new home though who moves it crashed before it knew that the old one had agreed, and that one mirrors it since', async function () {
    this.timeout(120_000)
    const { failure } = await runSeed(142)
    assert.equal(failure?.message, undefined)
  })
})
