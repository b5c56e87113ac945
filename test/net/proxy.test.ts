import assert from 'node:assert/strict'
import { endLossy, lossy, toldUntil, type Lossy } from './lossy.js'

describe('a node and its relay over sockets that fail', () => {
  let scene: Lossy
  beforeEach(async () => { scene = await lossy() })
  afterEach(async () => { await endLossy(scene) })

  it('lose and double nothing when the connection is cut again and again, while both write', async () => {
    const { proxy, alice, bob } = scene
    const texts = Array.from({ length: 30 }, (_, i) => `number ${i}`)
    const write = async (node: typeof alice.node, to: string): Promise<void> => {
      for (const [i, text] of texts.entries()) {
        await node.send(to, text, { wait: 'queued' })
        if (i % 6 === 5) {
          proxy.cut()
          // Whoever waits for an answer has lost it; who sends next finds the link down.
          await new Promise(resolve => setImmediate(resolve))
        }
      }
    }
    await Promise.all([write(alice.node, 'bob'), write(bob.node, 'alice')])
    assert.deepEqual(await toldUntil(bob.node, texts.at(-1)!), texts)
    assert.deepEqual(await toldUntil(alice.node, texts.at(-1)!), texts)
  })

  it('deliver once the way is open again what was taken while it was shut, and keep their order over a slow one', async () => {
    const { proxy, alice, bob } = scene
    proxy.cut(true)
    await bob.node.send('alice', 'from bob', { wait: 'queued' })
    await alice.node.send('bob', 'one', { wait: 'queued' })
    proxy.delayMs = 20
    proxy.heal()
    await alice.node.send('bob', 'two', { wait: 'delivered' })
    assert.deepEqual(await toldUntil(bob.node, 'two'), ['one', 'two'])
    assert.deepEqual(await toldUntil(alice.node, 'from bob'), ['from bob'])
  })
})
