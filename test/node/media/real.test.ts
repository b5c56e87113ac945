import assert from 'node:assert/strict'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { LIMITS } from '../../../src/protocol/wire/index.js'
import { LanWorld, meet } from '../own-home/lan-world.js'
import { until, World, type Person } from '../world.js'
import { hexOf, inPieces, someBytes } from './files.js'

async function send (from: Person, to: string, bytes: Uint8Array, text: string): Promise<string> {
  const { file } = await from.node.addMedia({ name: 'film.bin', size: bytes.length, sha256: hexOf(bytes) }, inPieces(bytes))
  return (await from.node.send(to, text, { media: [file.id], wait: 'delivered' })).id
}

async function got (who: Person, chat: string, text: string): Promise<Uint8Array> {
  const { event } = await until(who.node, e => e.type === 'message' && e.message.text === text)
  assert.ok(event.type === 'message')
  return new Uint8Array(Buffer.concat(await Array.fromAsync(who.node.readMedia(chat, event.message.id))))
}

describe('files over real relays', () => {
  let world: World
  let alice: Person
  let bob: Person

  before(async () => {
    world = await World.make()
    alice = await world.person('alice')
    bob = await world.person('bob')
    await world.introduce(alice, bob)
  })
  after(async () => { await world.close() })

  it('come from one person to the other as they were', async () => {
    const bytes = someBytes(5 * LIMITS.chunkBytes + 1)
    await send(alice, 'bob', bytes, 'one')
    assert.deepEqual(await got(bob, 'alice', 'one'), bytes)
  })
})

describe('files between two nodes without any relay', () => {
  let world: LanWorld
  let alice: Person
  let bob: Person

  before(async () => {
    world = await LanWorld.make()
    alice = await world.person('alice')
    bob = await world.person('bob')
    await meet(alice, bob)
  })
  after(async () => { await world.close() })

  it('go straight, and lie once on the disk of who sends them', async () => {
    const bytes = someBytes(5 * LIMITS.chunkBytes + 1)
    await send(alice, 'bob', bytes, 'one')
    assert.deepEqual(await got(bob, 'alice', 'one'), bytes)
    const files = await readdir(join(alice.dir, 'served'), { recursive: true, withFileTypes: true })
    const sizes = await Promise.all(files.filter(one => one.isFile()).map(async one => (await stat(join(one.parentPath, one.name))).size))
    assert.ok(sizes.reduce((sum, size) => sum + size, 0) < LIMITS.chunkBytes, 'the store of what is served holds no blocks')
  })

  it('also go from who is not the chat\'s home', async () => {
    const bytes = someBytes(2 * LIMITS.chunkBytes, 7)
    await send(bob, 'alice', bytes, 'two')
    assert.deepEqual(await got(alice, 'bob', 'two'), bytes)
  })
})
