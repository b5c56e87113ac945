/** Files of secret chats as a node keeps them, and what its relay is asked for. */
import assert from 'node:assert/strict'
import { decodeBody, encodeBody, type MediaBody } from '../../../src/protocol/message/index.js'
import { decodeCbor, LIMITS } from '../../../src/protocol/wire/index.js'
import type { SecretFiles } from '../../../src/node/media/index.js'
import { parseMediaId } from '../../../src/node/media/file-table.js'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'
import { hexOf, inPieces, someBytes } from './files.js'

const NAME = 'redshank-on-the-slipway.bin'
const DAY = 86_400_000
const PLACE = { chat: new Uint8Array(16).fill(1), id: new Uint8Array(16).fill(2) }
/** Where a relay's store notes when leases end. */
const ENDS = { gte: Uint8Array.of(0, 0x62, 9), lt: Uint8Array.of(0, 0x62, 10) }

describe('files of secret chats on a node', () => {
  let world: SmallWorld
  let alice: SmallPerson
  let files: SecretFiles
  let time: number

  beforeEach(async () => {
    time = Date.now()
    world = await SmallWorld.make()
    alice = await world.person('alice', { now: () => time })
    files = alice.core.secrets.files
  })
  afterEach(async () => { await world.close() })

  const added = async (bytes: Uint8Array): Promise<string> => (await alice.node.addMedia({ name: NAME, size: bytes.length, sha256: hexOf(bytes), secret: true }, inPieces(bytes))).file.id

  /** A line that has taken a file. */
  async function taken (bytes: Uint8Array): Promise<MediaBody> {
    return await files.take([await added(bytes)], { kind: 'text', text: '' }, PLACE, async (body, ops) => {
      await alice.core.store.kv.batch(ops)
      return decodeBody(body) as MediaBody
    })
  }

  /** One that is at the relay. */
  async function brought (bytes: Uint8Array): Promise<MediaBody> {
    const body = await taken(bytes)
    const outcome = await new Promise<Parameters<Parameters<SecretFiles['bring']>[1]>[0]>(resolve => { files.bring(encodeBody(body), resolve) })
    assert.ok('body' in outcome)
    return decodeBody(outcome.body) as MediaBody
  }

  const leases = async (): Promise<number> => (await world.relay.services.blobs.leases(alice.account.key, { limit: 100 })).leases.length
  const blocks = (): number => alice.core.store.blobs.usage.blocks
  const drop = async (body: MediaBody, own: boolean): Promise<void> => {
    await alice.core.store.kv.batch(files.dropped(PLACE.chat, { own, id: PLACE.id, body }))
    files.letGo()
  }
  const released = async (): Promise<void> => { await eventually(async () => (await Array.fromAsync(alice.core.store.kv.iterate(alice.core.keys.all('secretRelease')))).length === 0) }

  it('have another key each, and once a line has one neither this nor name and hash stand in a record', async () => {
    const bytes = someBytes(300_000)
    const [one, two] = [await taken(bytes), await taken(bytes)]
    assert.notDeepEqual(one.file.key, two.file.key)
    assert.notDeepEqual(one.file.root, two.file.root)
    assert.equal(one.file.name, NAME)
    for await (const [, value] of alice.core.store.kv.iterate()) {
      for (const secret of [one.file.key, two.file.key, one.file.sha256, Buffer.from(NAME)]) assert.ok(!Buffer.from(value).includes(Buffer.from(secret)))
    }
  })

  it('are held by the relay for a time, which is asked for anew while the line is there', async () => {
    await brought(someBytes(1000))
    const ends = async (): Promise<number> => {
      const [[, value] = assert.fail('no lease ends')] = await Array.fromAsync(world.relay.store.kv.iterate(ENDS))
      return (decodeCbor(value, 64) as [number, number])[1]
    }
    const first = await ends()
    assert.ok(Math.abs(first - Date.now() - LIMITS.secretBlobMs) < DAY)
    files.start()
    time += LIMITS.secretBlobMs / 2
    files.start()
    await eventually(async () => await ends() > first)
  })

  it('come again when the relay has let go of them, and the line is there', async () => {
    const { file } = await brought(someBytes(1000))
    await world.relay.services.blobs.release(alice.account.key, file.root)
    time += LIMITS.secretBlobMs / 2
    files.start()
    await eventually(async () => (await world.relay.services.blobs.leases(alice.account.key, { limit: 100 })).leases[0]?.state === 'held')
  })

  it('go here at once with their line, and at the relay as soon as that can be reached', async () => {
    const body = await brought(someBytes(300_000))
    assert.ok(blocks() > 0)
    world.relay.cut(true)
    await drop(body, true)
    await eventually(async () => { await alice.core.blobs.quiet(); return blocks() === 0 })
    assert.equal(await leases(), 1)
    world.relay.back()
    await eventually(async () => await leases() === 0)
    await released()
    assert.deepEqual(await Array.fromAsync(alice.core.store.kv.iterate(alice.core.keys.all('secretFile'))), [])
  })

  it('that the other names are let go of here alone: none of this account\'s own goes from its relay', async () => {
    const own = await brought(someBytes(1000))
    const cloud = await alice.core.media.brought(await alice.core.media.keep(someBytes(2000)), new AbortController().signal)
    assert.equal(await leases(), 2)
    await drop(own, false)
    await drop({ kind: 'media', as: 'file', file: cloud }, false)
    await released()
    assert.equal(await leases(), 2)
    await drop(own, true)
    await eventually(async () => await leases() === 1)
  })

  it('that no line has taken go after a day', async () => {
    const { root } = parseMediaId(await added(someBytes(1000)))
    time += LIMITS.secretDraftKeptMs + 1
    files.start()
    await eventually(async () => await alice.core.store.kv.get(alice.core.keys.one('secretFile', root)) === undefined)
    await alice.core.blobs.quiet()
    assert.equal(blocks(), 0)
  })

  it('are taken by one line, and named once in it', async () => {
    const id = await added(someBytes(10))
    const take = async (ids: string[]): Promise<unknown> => await files.take(ids, { kind: 'text', text: '' }, PLACE, async (_, ops) => { await alice.core.store.kv.batch(ops) })
    await assert.rejects(take([id, id]), { code: 'ERR_BAD_INPUT' })
    const results = await Promise.allSettled([take([id]), take([id])])
    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  })
})
