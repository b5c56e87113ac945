import assert from 'node:assert/strict'
import { everyCrash } from './crashes.js'

describe('a crash while a file is added and sent', () => {
  it('of the node: the file arrives once, and no block that the relay had is sent again but the one on its way', async () => {
    const before = await everyCrash('node', 'before', 3, 11)
    const after = await everyCrash('node', 'after', 7, 11)
    assert.ok(before.stories > 0 && after.stories > 0)
    assert.ok(Math.max(before.again, after.again) <= 1, `${before.again} and ${after.again} blocks were sent again`)
  })

  it('of the relay: what it had made durable is not sent again', async () => {
    const before = await everyCrash('relay', 'before', 4, 15)
    const after = await everyCrash('relay', 'after', 9, 15)
    assert.ok(before.stories > 0 && after.stories > 0)
    assert.ok(Math.max(before.again, after.again) <= 1, `${before.again} and ${after.again} blocks were sent again`)
  })
})
