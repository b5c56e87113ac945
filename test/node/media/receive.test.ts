import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { LIMITS } from '../../../src/protocol/wire/index.js'
import { createRelay, type Relay } from '../../../src/relay/index.js'
import { LanWorld, meet } from '../own-home/lan-world.js'
import { until, World, type Person } from '../world.js'
import { arrived, bytesHere, readFile, sendFiles, voiceNote } from './files-in-chats.js'

const CHUNK = LIMITS.chunkBytes

describe('files that somebody sent', () => {
  let world: World
  let alice: Person
  let bob: Person
  const film = randomBytes(12 * CHUNK + 77)

  before(async () => {
    world = await World.make()
    alice = await world.person('alice')
    bob = await world.person('bob')
    await world.introduce(alice, bob)
  })
  after(async () => { await world.close() })

  it('are described before a byte of them is here, and read whole and by range', async () => {
    const sent = await sendFiles(alice, [{ bytes: film, name: 'sea.bin', as: 'file' }], 'look')
    const message = await arrived(bob, sent)
    assert.equal(message.text, 'look')
    const info = await bob.node.mediaInfo(message.chat, message.id)
    assert.deepEqual([info.file.name, info.file.size, info.file.state?.here, info.own, info.item], ['sea.bin', film.length, 0, false, 0])
    assert.deepEqual(await readFile(bob, message, { start: 8 * CHUNK + 5, end: 8 * CHUNK + 25 }), film.subarray(8 * CHUNK + 5, 8 * CHUNK + 25))
    // What a reader gets is on its way to the disk.
    while (await bytesHere(bob, message) === 0) await new Promise(resolve => { setImmediate(resolve) })
    assert.ok(await bytesHere(bob, message) <= 2 * CHUNK, `${await bytesHere(bob, message)} bytes for twenty`)
    assert.deepEqual(await readFile(bob, message), film)
    await until(bob.node, e => e.type === 'transfer' && e.transfer.state === 'done' && e.transfer.media === info.file.id)
    assert.equal(await bytesHere(bob, message), film.length)
    assert.deepEqual(await readFile(alice, sent), film)
  })

  it('are on the disk then: the relay is not needed to read them again, until they are purged', async () => {
    const { items: [item] } = await bob.node.listMedia()
    assert.ok(item !== undefined)
    const place = { chat: item.chat, id: item.message }
    const listen = world.address.replace(/\/p2p\/.*$/, '')
    await world.relay.stop()
    assert.deepEqual(await readFile(bob, place), film)
    const purged = await bob.node.purgeMedia({ chat: item.chat, message: item.message })
    assert.equal(purged.files, 1)
    assert.ok(purged.bytes >= film.length)
    assert.equal(await bytesHere(bob, place), 0)
    const waiting = readFile(bob, place, { start: 0, end: 10 })
    await world.startRelay(listen)
    assert.deepEqual(await waiting, film.subarray(0, 10))
  })

  it('go on coming after the node was stopped in the middle', async () => {
    const bytes = randomBytes(40 * CHUNK)
    const message = await arrived(bob, await sendFiles(alice, [{ bytes, name: 'x', as: 'file' }]))
    let got = 0
    for await (const piece of bob.node.readMedia(message.chat, message.id)) if ((got += piece.length) > 10 * CHUNK) break
    await world.restart(bob, { files: { autoBytes: 100_000 } })
    const had = await bytesHere(bob, message)
    assert.ok(had > 5 * CHUNK && had < 35 * CHUNK, String(had))
    assert.deepEqual(await readFile(bob, message), bytes)
  })

  it('come by themselves when they are small pictures or voice notes', async () => {
    const note = voiceNote()
    const sent = await sendFiles(alice, [{ bytes: note, name: 'note.wav', as: 'voice' }, { bytes: randomBytes(20_000), name: 'b.bin', as: 'file' }])
    const message = await arrived(bob, sent)
    const [voice] = message.media
    assert.equal(voice?.as, 'voice')
    await until(bob.node, e => e.type === 'transfer' && e.transfer.media === voice.id && e.transfer.state === 'done')
    assert.equal((await bob.node.mediaInfo(message.chat, message.id, { item: 1 })).file.state?.here, 0)
    assert.deepEqual(await readFile(bob, message, { item: 0 }), note)
  })

  it('are listed, the newest first, page by page', async () => {
    const all = await bob.node.listMedia()
    const names = ['note.wav', 'b.bin', 'x', 'sea.bin']
    assert.deepEqual([all.items.map(({ file: { name } }) => name), all.next], [names, null])
    const paged: Array<string | null> = []
    let before: string | undefined
    do {
      const page = await bob.node.listMedia({ limit: 1, ...before === undefined ? {} : { before } })
      paged.push(...page.items.map(({ file: { name } }) => name))
      before = page.next ?? undefined
    } while (before !== undefined)
    assert.deepEqual(paged, names)
    assert.deepEqual((await bob.node.listMedia({ as: 'voice' })).items.map(({ file: { name } }) => name), ['note.wav'])
    await assert.rejects(bob.node.listMedia({ before: 'x' }), { code: 'ERR_BAD_INPUT' })
    const chat = all.items[0]?.chat ?? ''
    assert.deepEqual((await alice.node.listMedia({ chat })).items.map(({ own, file: { id } }) => [own, id]), all.items.map(({ file: { id } }) => [true, id]))
  })

  it('are played from an address while they come', async () => {
    const bytes = randomBytes(12 * CHUNK + 9)
    const message = await arrived(bob, await sendFiles(alice, [{ bytes, name: 'sea.mp4', as: 'file', type: 'video/mp4' }]))
    const { url } = await bob.node.mediaUrl(message.chat, message.id)
    const get = async (headers: Record<string, string>): Promise<IncomingMessage> => {
      const asked = httpRequest(url, { headers, agent: false })
      asked.end()
      return (await once(asked, 'response') as [IncomingMessage])[0]
    }
    const tail = await get({ range: 'bytes=-1000' })
    assert.equal(tail.statusCode, 206)
    assert.deepEqual(await buffer(tail), bytes.subarray(-1000))
    assert.ok(await bytesHere(bob, message) <= 2 * CHUNK, 'for the end of it the beginning is not fetched')
    const whole = await get({})
    assert.equal(whole.headers['content-length'], String(bytes.length))
    assert.deepEqual(await buffer(whole), bytes)
    assert.equal((await get({ origin: 'https://evil.example' })).statusCode, 403)
  })

  it('that are not there are said to be so', async () => {
    const [chat] = await bob.node.listChats()
    assert.ok(chat !== undefined)
    const { id } = await bob.node.send(chat.id, 'no file')
    await assert.rejects(bob.node.mediaInfo(chat.id, id), { code: 'ERR_NOT_FOUND', message: 'that message has no file' })
    await assert.rejects(readFile(bob, { chat: chat.id, id: 'baaaaaaaaaaaaaaaaaaaaaaaaa' }), { code: 'ERR_NOT_FOUND' })
    const { items: [item] } = await bob.node.listMedia()
    assert.ok(item !== undefined)
    await assert.rejects(bob.node.mediaInfo(item.chat, item.message, { item: 5 }), { code: 'ERR_NOT_FOUND', message: /^that message has only (one file|\d files)$/ })
    await assert.rejects(readFile(bob, { chat: item.chat, id: item.message }, { start: 5, end: item.file.size + 1 }), { code: 'ERR_BAD_INPUT' })
    await assert.rejects(bob.node.purgeMedia({ message: id }), { code: 'ERR_BAD_INPUT' })
  })

  it('that were taken back are listed no more', async () => {
    const { items: [item] } = await alice.node.listMedia()
    assert.ok(item !== undefined)
    await alice.node.deleteMessages(item.chat, [item.message])
    await until(bob.node, e => e.type === 'messageDeleted' && e.id === item.message)
    assert.equal((await bob.node.listMedia()).items.some(({ message }) => message === item.message), false)
    await assert.rejects(bob.node.mediaInfo(item.chat, item.message), { code: 'ERR_NOT_FOUND', message: /taken back/ })
    await assert.rejects(readFile(bob, { chat: item.chat, id: item.message }), { code: 'ERR_NOT_FOUND' })
  })
})

describe('files between people of two relays', () => {
  it('come through the own relay, which fetches them, and stay there when the other relay is gone', async () => {
    const world = await World.make()
    let other: Relay | undefined
    try {
      other = await createRelay({ directory: `${world.dir}/other-relay`, listen: ['/ip4/127.0.0.1/tcp/0'], http: false })
      const alice = await world.person('alice')
      const bob = await world.person('bob', { relay: false })
      await bob.node.addRelay(other.addresses()[0] ?? '')
      await world.introduce(alice, bob)
      const bytes = randomBytes(10 * CHUNK + 1)
      const message = await arrived(bob, await sendFiles(alice, [{ bytes, name: 'x', as: 'file' }]))
      assert.deepEqual(await readFile(bob, message), bytes)
      await bob.node.purgeMedia()
      await world.relay.stop()
      assert.deepEqual(await readFile(bob, message), bytes)
    } finally {
      await Promise.all([...world.people.values()].map(async ({ node }) => { await node.close() }))
      await other?.stop()
      await world.close()
    }
  })
})

describe('files between people without any relay', () => {
  it('come from the other one\'s node itself', async () => {
    const world = await LanWorld.make()
    try {
      const alice = await world.person('alice')
      const bob = await world.person('bob')
      await meet(alice, bob)
      for (const [from, to] of [[alice, bob], [bob, alice]] as const) {
        const bytes = randomBytes(6 * CHUNK + 1)
        const message = await arrived(to, await sendFiles(from, [{ bytes, name: 'x', as: 'file' }]))
        assert.deepEqual(await readFile(to, message), bytes)
      }
    } finally {
      await world.close()
    }
  })
})
