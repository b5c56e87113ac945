import assert from 'node:assert/strict'
import { decodeLeaf } from '../../src/protocol/wire/index.js'
import { start } from './kit/start.js'
import { data, type Client } from './kit/world.js'

const DAY = 86_400_000

describe('relay: a clock that is set back', () => {
  it('makes no statement older than one before it: not in leaves, receipts or heads, and not after a restart', async () => {
    const { phone, log, world, ann } = await start()
    const first = await phone.appendOne(log.id, data())
    world.clock.advance(3 * DAY)
    const comesBack = async (): Promise<Client> => {
      const client = await world.client(ann)
      await client.proveAll(log)
      return client
    }
    const ahead = await (await comesBack()).head(log.id)
    assert.equal(ahead.time - first.receipt.time, 3 * DAY)
    world.clock.advance(-3 * DAY)
    const phoneAgain = await comesBack()
    const { receipt } = await phoneAgain.appendOne(log.id, data())
    assert.ok(receipt.time >= ahead.time)
    const { entries, head } = await phoneAgain.read(log.id)
    assert.deepEqual(entries.map(e => decodeLeaf(e.leaf).time >= ahead.time), [false, true])
    assert.ok(head.time >= ahead.time)
    await world.restart()
    assert.ok((await (await comesBack()).appendOne(log.id, data())).receipt.time >= ahead.time - 60_000)
    world.clock.advance(4 * DAY)
    assert.equal((await (await comesBack()).head(log.id)).time, world.clock.now(), 'once it has caught up, it is the clock\'s time again')
  })
})
