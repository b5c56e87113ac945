import assert from 'node:assert/strict'
import { surviveCuts } from './blob-power.js'

describe('blocks of a process that is killed', () => {
  it('are all there that were acknowledged, and none that was deleted', async () => {
    assert.ok(await surviveCuts(1, false) > 50)
  })

  it('and so they are after a power cut, which tears off what was not synced', async () => {
    assert.ok(await surviveCuts(1, true) > 50)
  })
})
