import assert from 'node:assert/strict'
import { surviveCuts } from './blob-power.js'

describe('blocks of a machine that loses its power often', () => {
  it('are all there that were acknowledged, and none that was deleted, after each of 25 power cuts', async () => {
    assert.ok(await surviveCuts(25, true) > 1000)
  })

  it('and after each of 15 kills', async () => {
    assert.ok(await surviveCuts(15, false) > 1000)
  })
})
