import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { keyFromPeerId } from '../../src/protocol/wire/index.js'
import { createRelay, type Relay } from '../../src/relay/index.js'
import { untilText, World, type Person } from './world.js'

async function holds (dir: string, wanted: Uint8Array): Promise<boolean> {
  const names = await readdir(dir, { recursive: true, withFileTypes: true })
  for (const entry of names) if (entry.isFile() && (await readFile(join(entry.parentPath, entry.name))).includes(Buffer.from(wanted))) return true
  return false
}

describe('two people on two relays', () => {
  let world: World
  let other: Relay
  let otherDir: string
  const lines: string[] = []
  let alice: Person
  let bob: Person

  before(async () => {
    world = await World.make()
    otherDir = join(world.dir, 'other-relay')
    other = await createRelay({ directory: otherDir, http: false, log: (_level, event, fields) => { lines.push(`${event} ${JSON.stringify(fields)}`) } })
    alice = await world.person('alice')
    bob = await world.person('bob', { relay: false })
    await bob.node.addRelay(other.addresses()[0]!)
    await world.introduce(alice, bob)
  })
  after(async () => {
    await world.close()
    await other.stop()
  })

  it('write to each other, each through the own relay', async () => {
    assert.equal((await alice.node.send('bob', 'across', { wait: 'delivered' })).state, 'delivered')
    await untilText(bob.node, 'across')
    assert.equal((await bob.node.send('alice', 'and back', { wait: 'delivered' })).state, 'delivered')
  })

  it('show the other\'s relay a relay and a pseudonym, never a device or an account', async () => {
    const { account, device } = await alice.node.identity()
    for (const text of [account, device]) {
      const key = keyFromPeerId(text)
      assert.equal(await holds(otherDir, key.slice(2)), false, 'the stranger\'s relay has the key on its disk')
      assert.equal(lines.some(l => l.includes(text)), false)
    }
    const peers = await alice.node.peers()
    assert.deepEqual(peers.map(p => p.peer), [world.relay.peerId], 'alice\'s device is connected with her own relay only')
    assert.equal((await other.status()).channels >= 1, true)
  })

  it('meet again after the visited relay was restarted', async () => {
    await bob.node.close()
    const listen = world.relay.addresses()[0]!.replace(/\/p2p\/.*$/, '')
    await world.relay.stop()
    await world.startRelay(listen)
    await alice.node.send('bob', 'while the way was cut')
    await world.wake(bob)
    await untilText(bob.node, 'while the way was cut')
  })
})
