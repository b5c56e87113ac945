import assert from 'node:assert/strict'
import { join } from 'node:path'
import { createNode, linkHome, type PetrelNode } from '../../../src/node/index.js'
import { recoverHome } from '../../../src/node/recovery/index.js'
import { TEST_PASSWORD_COST } from '../../../src/protocol/crypto/password.js'
import { LanWorld, meet } from '../own-home/lan-world.js'
import { until, untilText } from '../world.js'

describe('devices of an account that has no relay', function () {
  this.timeout(60_000)
  let world: LanWorld
  let phone: PetrelNode | undefined
  before(async () => { world = await LanWorld.make() })
  after(async () => {
    await phone?.close()
    await world.close()
  })

  it('share everything in one network, where the first one is the home', async () => {
    const [ann, bob] = [await world.person('ann'), await world.person('bob')]
    await meet(ann, bob)
    await ann.node.send('bob', 'before', { wait: 'delivered' })
    const { promise: link, resolve: onLink } = Promise.withResolvers<string>()
    const dir = join(world.dir, 'phone')
    const linked = linkHome({ dir, unlock: { kind: 'keyfile' }, kdfCost: TEST_PASSWORD_COST, name: 'phone', listen: ['/ip4/127.0.0.1/tcp/0'], onLink, confirm: async () => await Promise.resolve(true) })
    const meeting = await ann.node.approveDevice(await link)
    await ann.node.confirmDevice(meeting.id, true)
    await linked
    phone = await createNode({ dir, ...world.options })
    await until(phone, e => e.type === 'contact' && e.name === 'bob')
    await until(phone, e => e.type === 'chat' && e.change === 'joined')
    await phone.send('bob', 'from the phone', { wait: 'stored' })
    await untilText(bob.node, 'from the phone')
    assert.deepEqual((await phone.showChat('bob')).messages.filter(m => m.kind === 'text').map(m => m.text), ['before', 'from the phone'])
  })

  it('are not made where nothing could be shared, nor from the words: both say what it takes', async () => {
    const dave = await world.person('dave', { lan: false })
    const { promise: link, resolve: onLink } = Promise.withResolvers<string>()
    const stop = new AbortController()
    const linked = linkHome({ dir: join(world.dir, 'none'), unlock: { kind: 'keyfile' }, kdfCost: TEST_PASSWORD_COST, name: 'none', listen: ['/ip4/127.0.0.1/tcp/0'], onLink, signal: stop.signal, confirm: async () => await Promise.resolve(true) })
    linked.catch(() => undefined)
    await assert.rejects(dave.node.approveDevice(await link), /relays add ADDRESS.*--lan/)
    stop.abort()
    await assert.rejects(linked, { code: 'ERR_ABORTED' })
    assert.equal((await dave.node.listDevices()).length, 1)
    await assert.rejects(recoverHome({ dir: join(world.dir, 'words'), unlock: { kind: 'keyfile' }, kdfCost: TEST_PASSWORD_COST, words: dave.words, relays: [], revokeOthers: () => false }), /--relay ADDRESS.*backup restore/)
  })
})
