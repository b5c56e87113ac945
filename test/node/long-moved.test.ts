/** A long log that has moved, read by who was away: each page is signed by the home of now. Real relays, nodes and stores. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { fromBase32Text, LOG_ID_LENGTH, METHOD, pb, UnavailableError } from '../../src/protocol/wire/index.js'
import { createRelay, type Relay } from '../../src/relay/index.js'
import { isLog } from '../adversary/liar-scene.js'
import { LyingRelay } from '../adversary/lying-relay.js'
import { untilText, World, type Person } from './world.js'

describe('a long chat that was moved while the other was away', () => {
  let world: World
  let first: LyingRelay
  let second: Relay
  let other: Relay
  let alice: Person

  const relayIn = async (name: string): Promise<Relay> => await createRelay({ directory: join(world.dir, name), http: false, listen: ['/ip4/127.0.0.1/tcp/0'] })

  before(async () => {
    first = await LyingRelay.start()
    world = await World.around(first)
    ;[second, other] = [await relayIn('second'), await relayIn('other')]
    alice = await world.person('alice')
    await alice.node.addRelay(second.addresses()[0]!)
  })
  after(async () => {
    await world.close()
    await Promise.all([second.stop(), other.stop()])
  })

  for (const mirrors of ['off', 'on'] as const) {
    it(`is read page by page, and nobody is accused, with mirrors ${mirrors}`, async () => {
      const name = `bob, mirrors ${mirrors}`
      const bob = await world.person(name, { relay: false, mirrors })
      await bob.node.addRelay(other.addresses()[0]!)
      await world.introduce(alice, bob)
      await alice.node.send(name, 'one', { wait: 'delivered' })
      await bob.node.close()
      // What was there before the move comes from the new home alone.
      const [chat] = await alice.node.listChats()
      const log = fromBase32Text(chat!.id, LOG_ID_LENGTH)
      first.lies = {
        request: call => {
          if (call.method === METHOD.follow && isLog(pb.FollowRequest.decode(call.body).log, log)) throw new UnavailableError('not now')
          return call.body
        },
        entries: (to, push) => first.services.sessions.hosts(to) || !isLog(push.log, log) ? push : undefined
      }
      // More than one push holds.
      const texts = Array.from({ length: 36 }, (_, i) => `${i} ${'x'.repeat(4000)}`)
      await Promise.all(texts.map(async text => await alice.node.send(name, text)))
      await alice.node.moveChat(name, { to: second.addresses()[0]! })
      await alice.node.send(name, 'last', { wait: 'stored' })
      await world.wake(bob, { mirrors })
      await untilText(bob.node, 'last')
      const shown = await bob.node.showChat('alice', { limit: 100 })
      assert.deepEqual([shown.chat.alarm, shown.chat.home], [null, second.peerId])
      assert.deepEqual(shown.messages.map(m => m.text), ['one', ...texts, 'last'])
    })
  }
})
