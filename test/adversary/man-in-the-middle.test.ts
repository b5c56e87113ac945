import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { RelayInfo } from '../../src/protocol/api/index.js'
import { createRelay, type Relay } from '../../src/relay/index.js'
import { untilText, World, type Person } from '../node/world.js'
import { flip } from './liar-scene.js'
import { Wiretap } from './wiretap.js'

const portOf = (relay: Relay): number => Number(/\/tcp\/(\d+)/.exec(relay.addresses()[0]!)![1])

describe('a man in the middle, between a node and its relay', () => {
  let world: World
  let tap: Wiretap
  let leadsTo: Relay
  let alice: Person
  let bob: Person

  beforeEach(async () => {
    world = await World.make()
    leadsTo = world.relay
    tap = await Wiretap.start(() => portOf(leadsTo))
    bob = await world.person('bob')
    alice = await world.person('alice', { relay: false, timing: { retryBaseMs: 5, retryCapMs: 50, refusedMs: 50 } })
    await alice.node.addRelay(`/ip4/127.0.0.1/tcp/${tap.port}/p2p/${world.relay.peerId}`)
    await world.introduce(alice, bob)
  })
  afterEach(async () => {
    await tap.close()
    await world.close()
  })

  /** Waits until alice's node refuses what answers in the relay's place. */
  async function refused (): Promise<RelayInfo> {
    const end = AbortSignal.timeout(50_000)
    for (;;) {
      const relay = (await alice.node.listRelays())[0]
      if (relay?.state === 'refused') return relay
      if (end.aborted) assert.fail(`the relay is ${JSON.stringify(relay)}`)
      await new Promise(resolve => { setImmediate(resolve) })
    }
  }

  /** Bob's lines from alice, which must be these, each once and in this order. */
  async function bobHas (texts: string[]): Promise<void> {
    await untilText(bob.node, texts.at(-1)!)
    assert.deepEqual((await bob.node.showChat('alice', { limit: 100 })).messages.map(m => m.text), texts)
  }

  it('is refused when it shows another relay\'s key: nothing is said to it, and what was sent waits', async () => {
    const impostor = await createRelay({ directory: join(world.dir, 'impostor'), listen: ['/ip4/127.0.0.1/tcp/0'], http: false })
    try {
      leadsTo = impostor
      tap.cut()
      const { id } = await alice.node.send('bob', 'for the right one only', { wait: 'queued' })
      const relay = await refused()
      assert.equal(relay.error?.code, 'ERR_PROOF')
      assert.match(relay.error.message, /another key|not the one/)
      assert.equal((await impostor.status()).sessions, 0)
      assert.equal((await alice.node.getMessage('bob', id)).state, 'queued')
      leadsTo = world.relay
      await bobHas(['for the right one only'])
    } finally {
      await impostor.stop()
    }
  })

  it('that alters bytes costs the connection, and never a message', async () => {
    // One piece of each connection: of the handshake, the Hellos, calls, answers and pushes.
    const plan = [0, 1, 2, 3, 4, 6, 8].flatMap(count => [{ count, from: 'node' }, { count, from: 'relay' }])
    tap.alter = (bytes, count, from) => {
      const next = plan[0]
      if (next?.from !== from || count < next.count) return bytes
      plan.shift()
      return flip(bytes)
    }
    tap.cut()
    const texts: string[] = []
    while (plan.length > 0) {
      texts.push(`word ${texts.length}`)
      await alice.node.send('bob', texts.at(-1)!, { wait: 'stored' })
    }
    await bobHas(texts)
    assert.equal((await bob.node.send('alice', 'all here', { wait: 'delivered' })).state, 'delivered')
  })

  it('that says again what it heard is not heard', async () => {
    await alice.node.send('bob', 'once', { wait: 'delivered' })
    tap.cut()
    await alice.node.send('bob', 'and once more', { wait: 'delivered' })
    const before = await world.relay.status()
    for (const pieces of [...tap.heard]) await tap.replay(pieces)
    const after = await world.relay.status()
    assert.deepEqual([after.logs, after.sessions, after.accounts], [before.logs, before.sessions, before.accounts])
    await bobHas(['once', 'and once more'])
  })
})
