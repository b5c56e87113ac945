import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { operator } from '../../src/relay/index.js'
import { until, World } from '../node/world.js'

describe('relay: restored from a backup that lacks a message', () => {
  let world: World
  before(async () => { world = await World.make() })
  after(() => world.close())

  it('is caught by who had seen more, acknowledges nothing in that chat again, and who sent the message still has it', async () => {
    const [alice, bob] = [await world.person('alice'), await world.person('bob')]
    await world.introduce(alice, bob)
    await alice.node.send('bob', 'in the backup', { wait: 'delivered' })
    await bob.node.close()
    const backup = join(world.dir, 'backup')
    await operator.backup(world.relayDir, backup)
    assert.equal((await alice.node.send('bob', 'after the backup')).state, 'stored')

    const listen = world.address.replace(/\/p2p\/.*$/, '')
    const alarmed = until(alice.node, event => event.type === 'chat' && event.change === 'alarm', { ms: 60_000 })
    await world.relay.stop()
    await rm(world.relayDir, { recursive: true })
    await operator.restore(backup, world.relayDir)
    await world.startRelay(listen)
    await alarmed
    assert.match((await alice.node.listChats())[0]?.alarm ?? '', /rolled back/)
    await assert.rejects(alice.node.send('bob', 'more'), { code: 'ERR_PROOF' })
    assert.equal((await alice.node.showChat('bob')).messages.at(-1)?.text, 'after the backup')

    const refused = Promise.withResolvers<unknown>()
    await world.wake(bob, { log: (_level, event, fields) => { if (event === 'chat.refused') refused.resolve(fields?.code) } })
    const { id } = await bob.node.send('alice', 'from bob', { wait: 'queued' })
    assert.equal(await refused.promise, 'ERR_READ_ONLY')
    assert.equal((await bob.node.showChat('alice')).messages.find(message => message.id === id)?.state, 'queued')
    assert.ok(((await world.relay.status()).store.behind ?? 0) > 0)
  }).timeout(90_000)
})
