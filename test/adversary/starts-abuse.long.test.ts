/** Ten thousand beginnings of secret chats by strangers: what a night of them leaves. */
import assert from 'node:assert/strict'
import { SmallWorld } from '../node/small-world.js'
import { strangersStart } from '../node/secret/strangers.js'

describe('ten thousand beginnings of secret chats by strangers', function () {
  this.timeout(900_000)

  it('leave nothing on the device, and the memory as it was', async () => {
    const world = await SmallWorld.make()
    const [ann, bob] = [await world.person('ann'), await world.person('bob')]
    await world.introduce(ann, bob)
    const record = async (): Promise<Uint8Array> => (await ann.core.pool.link(world.relay.signer.key, [world.relay.address]).getKeyPackage(bob.account.key, 'secret')).record
    await strangersStart(bob, { record: await record(), strangers: 10, starts: 50, times: 10 })
    global.gc?.()
    const before = process.memoryUsage().heapUsed
    assert.deepEqual(await strangersStart(bob, { record: await record(), strangers: 100, starts: 500, times: 20 }), { chats: 0, records: 0, updates: 0 })
    global.gc?.()
    assert.ok(process.memoryUsage().heapUsed < before + 32 * 1024 * 1024)
    await world.close()
  })
})
