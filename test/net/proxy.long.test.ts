import assert from 'node:assert/strict'
import { endLossy, lossy, toldUntil, type Lossy } from './lossy.js'

/** A node must know by then that its relay is out of reach. */
const NOTICED_MS = 5000
/** What waited must have come by then, after the way is open again. */
const REDELIVERED_MS = 3000

describe('a node whose network goes away', () => {
  let scene: Lossy
  beforeEach(async () => { scene = await lossy() })
  afterEach(async () => { await endLossy(scene) })

  async function state (): Promise<string> { return (await scene.bob.node.listRelays())[0]!.state }

  async function noticed (): Promise<number> {
    const began = performance.now()
    while (await state() === 'connected') await new Promise(resolve => setTimeout(resolve, 20))
    return performance.now() - began
  }

  async function redelivered (): Promise<number> {
    const { alice, bob, proxy } = scene
    await bob.node.send('alice', 'from the dark', { wait: 'queued' })
    await alice.node.send('bob', 'into the dark', { wait: 'queued' })
    const began = performance.now()
    proxy.heal()
    await Promise.all([toldUntil(bob.node, 'into the dark'), toldUntil(alice.node, 'from the dark')])
    return performance.now() - began
  }

  for (const [what, act] of [
    ['is swallowed', (): void => { scene.proxy.blackhole() }],
    ['is cut and refused', (): void => { scene.proxy.cut(true) }]
  ] as const) {
    it(`notices within ${NOTICED_MS} ms that the way ${what}, and has everything within ${REDELIVERED_MS} ms of healing`, async () => {
      await scene.alice.node.send('bob', 'before', { wait: 'delivered' })
      act()
      const took = await noticed()
      assert.ok(took < NOTICED_MS, `noticed after ${took} ms`)
      const back = await redelivered()
      assert.ok(back < REDELIVERED_MS, `everything was there after ${back} ms`)
    })
  }
})
