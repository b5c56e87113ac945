/** What a secret chat leaves where it must leave nothing. */
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { eventually } from '../small-world.js'
import { annAndBob, openSecretChat, hears, seen } from './meeting.js'
import type { Person, World } from '../world.js'

const WORD = 'oystercatcher-on-the-strand'
/** The store's own records of a node, and among them the keys of lines. */
const LINE_KEYS = Buffer.from([0xc0, 0x00, 0x51])

async function files (dir: string): Promise<Buffer[]> {
  const found: Buffer[] = []
  // Files come and go while the store tidies up.
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) if (entry.isFile()) found.push(await readFile(join(entry.parentPath, entry.name)).catch(() => Buffer.alloc(0)))
  return found
}

/** The sealed keys of lines as they stand in a closed store. */
async function lineKeys ({ dir }: Person): Promise<Buffer[]> {
  const db = new ClassicLevel<Buffer, Buffer>(join(dir, 'store', 'level'), { keyEncoding: 'buffer', valueEncoding: 'buffer' })
  const keys: Buffer[] = []
  for await (const [key, value] of db.iterator()) if (key.subarray(0, 3).equals(LINE_KEYS)) keys.push(Buffer.from(value))
  await db.close()
  return keys
}

describe('what a secret chat leaves', () => {
  let world: World
  let ann: Person
  let bob: Person

  before(async () => { ({ world, ann, bob } = await annAndBob()) })
  after(async () => { await world.close() })

  it('is in no update, no search, no chat, and no file in the clear', async () => {
    const { id } = await openSecretChat(ann, bob)
    await ann.node.sendSecret(id, WORD)
    await hears(bob, id, WORD)
    const bytes = Buffer.from(`${WORD} `.repeat(100))
    const { file } = await ann.node.addMedia({ name: `${WORD}.txt`, size: bytes.length, secret: true }, (async function * () { yield await Promise.resolve(bytes) })())
    const sent = await ann.node.sendSecret(id, `${WORD} with a file`, { media: [file.id] })
    await hears(bob, id, `${WORD} with a file`)
    for (const { node } of [ann, bob]) assert.ok(Buffer.concat(await Array.fromAsync(node.readSecretMedia(id, sent.id!))).equals(bytes))
    for (const { node } of [ann, bob]) assert.deepEqual((await node.listMedia()).items, [])
    for (const { node } of [ann, bob]) {
      assert.deepEqual((await node.searchMessages({ query: WORD })).messages, [])
      for (const chat of await node.listChats()) assert.ok(!JSON.stringify((await node.showChat(chat.id)).messages).includes(WORD))
      for await (const update of node.receive({ after: 0, follow: false })) assert.ok(!JSON.stringify(update).includes(WORD))
    }
    for (const file of await files(world.dir)) assert.ok(!file.includes(WORD))
  })

  it('of a message whose time is over is not even the sealed key of its line, in the store or in a copy of it', async () => {
    const { id } = await openSecretChat(ann, bob, { timer: 1 })
    await ann.node.sendSecret(id, `${WORD} for a second`)
    await hears(bob, id, `${WORD} for a second`)
    await bob.node.close()
    const keys = await lineKeys(bob)
    assert.ok(keys.length > 0)
    const before = await files(bob.dir)
    assert.ok(keys.every(key => before.some(file => file.includes(key))), 'they are found while they are there')
    await world.wake(bob)
    await bob.node.readSecret(id)
    await seen(bob, async () => (await bob.node.secretLines(id)).some(({ text }) => text?.startsWith(WORD) === true) ? undefined : true)
    const left = await bob.node.secretLines(id)
    // The store lets go of its old files a while after it has rewritten them. The other lines' keys stay.
    await eventually(async () => {
      const after = await files(bob.dir)
      return keys.filter(key => after.some(file => file.includes(key))).length === keys.length - 1
    })
    assert.ok(!left.some(({ text }) => text?.includes(WORD)))
  })

  it('of the only chat, which was forgotten just before the node stopped, is no key of a line once it runs again', async () => {
    const alone = await annAndBob()
    try {
      const { id } = await openSecretChat(alone.ann, alone.bob)
      await alone.ann.node.sendSecret(id, WORD)
      await hears(alone.bob, id, WORD)
      await alone.bob.node.close()
      const keys = await lineKeys(alone.bob)
      await alone.world.wake(alone.bob)
      await alone.bob.node.closeSecret(id)
      await alone.bob.node.forgetSecret(id)
      await alone.world.restart(alone.bob)
      assert.deepEqual(await alone.bob.node.listSecrets(), [])
      assert.ok(keys.length > 0)
      await eventually(async () => {
        const after = await files(alone.bob.dir)
        return !keys.some(key => after.some(file => file.includes(key)))
      })
    } finally {
      await alone.world.close()
    }
  })
})
