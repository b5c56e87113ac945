import assert from 'node:assert/strict'
import { keyFromPeerId } from '../../../src/protocol/wire/index.js'
import { flip } from '../../adversary/liar-scene.js'
import { LyingRelay } from '../../adversary/lying-relay.js'
import { until, untilText, type Person } from '../world.js'
import { LanWorld, meet } from './lan-world.js'

describe('a home that is dialed straight, by a node without any relay', () => {
  let world: LanWorld
  let home: LyingRelay
  let alice: Person
  let bob: Person

  before(async () => {
    world = await LanWorld.make()
    home = await LyingRelay.start()
    alice = await world.person('alice')
    bob = await world.person('bob')
    await alice.node.addRelay(home.addresses()[0]!)
    await meet(alice, bob)
    await alice.node.send('bob', 'the truth', { wait: 'delivered' })
    await untilText(bob.node, 'the truth')
  })
  after(async () => {
    await world.close()
    await home.stop()
  })

  it('is caught when it lies, as any relay is, and nothing more is sent there', async () => {
    const device = keyFromPeerId((await alice.node.identity()).device)
    home.lies = {
      entries: (to, push) => Buffer.compare(to, device) === 0 ? push : { ...push, entries: push.entries.map(e => e.payload === undefined ? e : { ...e, payload: flip(e.payload) }) }
    }
    await alice.node.send('bob', 'altered on its way')
    await until(bob.node, e => e.type === 'chat' && e.change === 'alarm')
    assert.deepEqual((await bob.node.showChat('alice')).messages.map(m => m.text), ['the truth'])
    await assert.rejects(bob.node.send('alice', 'x'), { code: 'ERR_PROOF' })
  })
})
