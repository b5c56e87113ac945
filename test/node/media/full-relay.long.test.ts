import assert from 'node:assert/strict'
import { base32Text, LIMITS, ReadOnlyError } from '../../../src/protocol/wire/index.js'
import { eventually, SmallWorld } from '../small-world.js'
import { until } from '../world.js'
import { hexOf, inPieces, someBytes } from './files.js'

describe('a file for a relay whose disk is full', () => {
  it('waits, however often it is tried, and goes by itself once there is room', async () => {
    const world = await SmallWorld.make()
    try {
      const alice = await world.person('alice')
      const bob = await world.person('bob')
      await world.introduce(alice, bob)
      const bytes = someBytes(12 * LIMITS.chunkBytes)
      let isFull = false
      let left = 5
      world.relay.disk.beforeWrite = async () => { if (isFull) await Promise.reject(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })) }
      alice.options.onBlock = () => { if (--left === 0) isFull = true }
      const { file } = await alice.node.addMedia({ size: bytes.length, sha256: hexOf(bytes) }, inPieces(bytes))
      const queued = await alice.node.send('bob', 'much', { media: [file.id], wait: 'queued' })
      await eventually(() => alice.core.media.transfers.all().some(({ state, error }) => state === 'waiting' && error?.code === ReadOnlyError.code))
      assert.equal((await alice.node.getMessage('bob', queued.id)).state, 'queued')
      isFull = false
      await until(bob.node, e => e.type === 'message' && e.message.text === 'much', { ms: 60_000 })
      const again = alice.sent.length - new Set(alice.sent.map(base32Text)).size
      assert.ok(again <= 1, `${again} blocks were sent again`)
    } finally {
      await world.close()
    }
  })
})
