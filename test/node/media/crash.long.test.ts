import assert from 'node:assert/strict'
import { everyCrash } from './crashes.js'

describe('a crash at any write, while a file is added and sent', () => {
  for (const victim of ['node', 'relay'] as const) {
    for (const when of ['before', 'after'] as const) {
      it(`of the ${victim}, ${when} it is on the disk: the file arrives once, and no block goes again but the one on its way`, async () => {
        const { stories, again } = await everyCrash(victim, when, 1, 1)
        assert.ok(stories > 10, `${stories} stories`)
        assert.ok(again <= 1, `${again} blocks were sent again`)
      })
    }
  }
})
