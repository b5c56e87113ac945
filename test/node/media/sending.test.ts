import assert from 'node:assert/strict'
import type { MediaDraft } from '../../../src/protocol/api/index.js'
import { decodeBody, type MediaBody } from '../../../src/protocol/message/index.js'
import { AbortedError, base32Text, ConflictError, fromBase32Text, LIMITS, NotFoundError, QuotaError, UnavailableError } from '../../../src/protocol/wire/index.js'
import { eventually, SmallWorld, type SmallPerson, type SmallRelay } from '../small-world.js'
import { until } from '../world.js'
import { hexOf, inPieces, someBytes } from './files.js'

const KIB = 1024

/** Adds bytes, and returns the id to send them by. */
async function added (who: SmallPerson, bytes: Uint8Array, more: Partial<MediaDraft> = {}): Promise<string> {
  return (await who.node.addMedia({ name: 'file.bin', size: bytes.length, sha256: hexOf(bytes), ...more }, inPieces(bytes))).file.id
}

/** What an account holds at a relay. */
async function leasesOf (relay: SmallRelay, who: SmallPerson): Promise<Array<{ size: number, state: string }>> {
  return (await relay.services.blobs.leases(who.account.key, { limit: 100 })).leases.map(({ size, state }) => ({ size, state }))
}

/** A message's body in the log, as somebody reads it. */
async function bodyOf (who: SmallPerson, id: string): Promise<MediaBody> {
  const { chat } = who.core.chats.all()[0]!
  const found = await chat.timeline.find(fromBase32Text(id, 16))
  return decodeBody(found!.row.body!) as MediaBody
}

/** Blocks that were handed over more than once. */
function sentAgain (who: SmallPerson): number { return who.sent.length - new Set(who.sent.map(base32Text)).size }

describe('a message with files', () => {
  let world: SmallWorld
  let alice: SmallPerson
  let bob: SmallPerson

  beforeEach(async () => {
    world = await SmallWorld.make()
    alice = await world.person('alice')
    bob = await world.person('bob')
    await world.introduce(alice, bob)
  })
  afterEach(async () => { await world.close() })

  it('goes when they are at the sender\'s relay, which holds them for the sender; it says so to the receiver', async () => {
    const bytes = someBytes(3 * LIMITS.chunkBytes)
    const media = [await added(alice, bytes)]
    const sent = await alice.node.send('bob', 'look', { media, wait: 'delivered' })
    assert.equal(sent.kind, 'media')
    assert.equal(sent.text, 'look')
    assert.deepEqual((await leasesOf(world.relay, alice)).map(({ state }) => state), ['held'])
    const { event } = await until(bob.node, e => e.type === 'message' && e.message.kind === 'media')
    assert.ok(event.type === 'message')
    assert.equal(event.message.media[0]?.sha256, hexOf(bytes))
    const { file } = await bodyOf(bob, sent.id)
    assert.deepEqual(file.at.map(holder => Buffer.from(holder.peer)), [Buffer.from(world.relay.signer.key)])
    assert.equal(alice.sent.length, 4)
  })

  it('tells how far it is, and at last that it is there', async () => {
    const media = [await added(alice, someBytes(5 * LIMITS.chunkBytes))]
    const abort = new AbortController()
    const seen: number[] = []
    const watching = (async () => {
      for await (const { state, bytes, total } of alice.node.transfers({ media, signal: abort.signal })) {
        seen.push(bytes)
        if (state === 'done') return bytes === total
      }
      return false
    })()
    await alice.node.send('bob', '', { media })
    assert.equal(await watching, true)
    assert.deepEqual(seen, [...seen].sort((a, b) => a - b))
    await until(alice.node, e => e.type === 'transfer' && e.transfer.state === 'done' && e.transfer.media === media[0])
  })

  it('several at once are an album', async () => {
    const media = [await added(alice, someBytes(1000, 1)), await added(alice, someBytes(2000, 2)), await added(alice, someBytes(1000, 1), { name: 'other.bin' })]
    const sent = await alice.node.send('bob', 'three', { media })
    assert.equal(sent.kind, 'album')
    assert.deepEqual(sent.media.map(({ name, size }) => [name, size]), [['file.bin', 1000], ['file.bin', 2000], ['other.bin', 1000]])
    await assert.rejects(alice.node.send('bob', '', { media: [...Array.from({ length: LIMITS.albumItems + 1 }, () => media[0]!)] }), { code: 'ERR_TOO_LARGE' })
  })

  it('does not hold up what is sent after it, and goes by itself when the relay has room again', async () => {
    world.relay.options = { quota: { mediaBytes: 300 * KIB } }
    await world.relay.crash()
    const media = [await added(alice, someBytes(400 * KIB))]
    const queued = await alice.node.send('bob', 'large', { media, wait: 'queued' })
    await alice.node.send('bob', 'text', { wait: 'delivered' })
    const small = [await added(alice, someBytes(100 * KIB))]
    await alice.node.send('bob', 'small', { media: small, wait: 'delivered' })
    await eventually(() => alice.core.media.transfers.all().some(({ state, error }) => state === 'waiting' && error?.code === QuotaError.code))
    assert.equal((await alice.node.getMessage('bob', queued.id)).state, 'queued')
    world.relay.options = { quota: { mediaBytes: 1000 * KIB } }
    await world.relay.crash()
    await until(bob.node, e => e.type === 'message' && e.message.text === 'large')
    assert.deepEqual((await bob.node.showChat('alice')).messages.map(m => m.text), ['text', 'small', 'large'])
  })

  it('too large for the relay fails, with what it said; nothing else is harmed', async () => {
    world.relay.options = { quota: { mediaFileBytes: 100 * KIB } }
    await world.relay.crash()
    const media = [await added(alice, someBytes(400 * KIB))]
    await assert.rejects(alice.node.send('bob', 'too large', { media }), { code: 'ERR_QUOTA' })
    const [failed] = (await alice.node.showChat('bob')).messages
    assert.equal(failed?.state, 'failed')
    await until(alice.node, e => e.type === 'transfer' && e.transfer.state === 'failed')
    await alice.node.send('bob', 'text', { wait: 'delivered' })
    await alice.node.deleteMessages('bob', [failed.id])
    assert.deepEqual((await alice.node.showChat('bob')).messages.map(m => m.text), ['text'])
  })

  it('waits for a relay that is away, over a restart of the node, and arrives once', async () => {
    world.relay.cut(true)
    const media = [await added(alice, someBytes(600 * KIB))]
    const queued = await alice.node.send('bob', 'later', { media, wait: 'queued' })
    await eventually(() => alice.core.media.transfers.all().some(({ state }) => state === 'waiting'))
    await alice.crash()
    assert.equal((await alice.node.getMessage('bob', queued.id)).state, 'queued')
    world.relay.back()
    await until(bob.node, e => e.type === 'message' && e.message.text === 'later')
    assert.equal((await bob.node.showChat('alice')).messages.length, 1)
    assert.equal(sentAgain(alice), 0)
  })

  it('goes on where the stream was cut: no more is sent again than was on its way', async () => {
    const bytes = someBytes(20 * LIMITS.chunkBytes)
    let left = 9
    alice.options.onBlock = () => {
      if (--left !== 0) return
      world.relay.cut()
      throw new UnavailableError('cut')
    }
    await alice.node.send('bob', 'large', { media: [await added(alice, bytes)], wait: 'delivered' })
    assert.equal(alice.sent.length, 21)
    assert.equal(sentAgain(alice), 0)
  })

  it('goes on after a crash of the relay in the middle: what it had made durable is not sent again', async () => {
    const bytes = someBytes(20 * LIMITS.chunkBytes)
    let left = 9
    alice.options.onBlock = async () => {
      if (--left === 0) await world.relay.crash()
    }
    await alice.node.send('bob', 'large', { media: [await added(alice, bytes)], wait: 'delivered' })
    assert.ok(sentAgain(alice) <= 1, `${sentAgain(alice)} blocks were sent again`)
    assert.deepEqual((await leasesOf(world.relay, alice)).map(({ state }) => state), ['held'])
  })

  it('is taken back while it waits: it never leaves, and nothing of it stays anywhere', async () => {
    const bytes = someBytes(20 * LIMITS.chunkBytes)
    const { promise, resolve } = Promise.withResolvers<undefined>()
    let left = 5
    alice.options.onBlock = async () => {
      if (--left > 0) return
      resolve(undefined)
      await new Promise(() => undefined)
    }
    const sending = alice.node.send('bob', 'no', { media: [await added(alice, bytes)] })
    sending.catch(() => undefined)
    await promise
    const [waiting] = (await alice.node.showChat('bob')).messages
    await alice.node.deleteMessages('bob', [waiting!.id])
    await assert.rejects(sending, AbortedError)
    await assert.rejects(alice.node.getMessage('bob', waiting!.id), NotFoundError)
    await eventually(() => world.relay.services.blobs.totals.uploads === 0)
    await world.relay.services.blobs.quiet()
    assert.equal(world.relay.services.blobs.totals.blocks, 0)
    await alice.node.send('bob', 'text', { wait: 'delivered' })
    assert.deepEqual((await bob.node.showChat('alice')).messages.map(m => m.text), ['text'])
  })

  it('of which other bytes came than were promised never leaves the node, nor stays: their sealings would give both away', async () => {
    const promised = someBytes(3 * LIMITS.chunkBytes, 1)
    const other = someBytes(3 * LIMITS.chunkBytes, 2)
    await assert.rejects(alice.node.addMedia({ size: promised.length, sha256: hexOf(promised) }, inPieces(other)), ConflictError)
    await alice.core.blobs.quiet()
    assert.equal(alice.core.blobs.totals.blocks, 0)
    await alice.node.send('bob', '', { media: [await added(alice, promised)], wait: 'delivered' })
    const real = new Set((await Array.fromAsync(alice.core.store.blobs.list())).map(({ cid }) => base32Text(cid)))
    assert.ok(alice.sent.every(cid => real.has(base32Text(cid))))
  })

  it('sent twice is stored once, and moves no byte the second time', async () => {
    const bytes = someBytes(600 * KIB)
    await alice.node.send('bob', 'one', { media: [await added(alice, bytes)], wait: 'delivered' })
    const { length } = alice.sent
    await alice.node.send('bob', 'two', { media: [await added(alice, bytes)], wait: 'delivered' })
    assert.equal(alice.sent.length, length)
    assert.equal((await leasesOf(world.relay, alice)).length, 1)
  })

  it('sent again while the relay is away waits, and is said to wait no more when it is back', async () => {
    const bytes = someBytes(600 * KIB)
    await alice.node.send('bob', 'one', { media: [await added(alice, bytes)], wait: 'delivered' })
    world.relay.cut(true)
    await alice.node.send('bob', 'two', { media: [await added(alice, bytes)], wait: 'queued' })
    await eventually(() => alice.core.media.transfers.all().some(({ state }) => state === 'waiting'))
    world.relay.back()
    await until(bob.node, e => e.type === 'message' && e.message.text === 'two')
    await eventually(() => alice.core.media.transfers.all().length === 0)
  })

  it('sent again goes to the relay again when that has let go of it meanwhile, and not while its operator refuses it', async () => {
    const bytes = someBytes(600 * KIB)
    const { blobs } = world.relay.services
    await alice.node.send('bob', 'one', { media: [await added(alice, bytes)], wait: 'delivered' })
    const [lease] = (await blobs.leases(alice.account.key, { limit: 1 })).leases
    // As for everybody when nobody has read it for long.
    await blobs.release(alice.account.key, lease!.root)
    await eventually(() => blobs.totals.blocks === 0)
    await alice.node.send('bob', 'two', { media: [await added(alice, bytes)], wait: 'delivered' })
    assert.deepEqual((await leasesOf(world.relay, alice)).map(({ state }) => state), ['held'])
    await blobs.takeDown(lease!.root, 'by mistake')
    const refused = await alice.node.send('bob', 'three', { media: [await added(alice, bytes)], wait: 'queued' })
    await eventually(() => alice.core.media.transfers.all().some(({ state, error }) => state === 'waiting' && error?.code === 'ERR_FORBIDDEN'))
    assert.equal((await alice.node.getMessage('bob', refused.id)).state, 'queued')
    await blobs.lift(lease!.root)
    await until(bob.node, e => e.type === 'message' && e.message.text === 'three')
    assert.deepEqual((await leasesOf(world.relay, alice)).map(({ state }) => state), ['held'])
  })

  it('that is neither here nor at the relay any more fails, and is taken in anew when it is added again', async () => {
    const bytes = someBytes(600 * KIB)
    await alice.node.send('bob', 'one', { media: [await added(alice, bytes)], wait: 'delivered' })
    const { blobs } = world.relay.services
    const [lease] = (await blobs.leases(alice.account.key, { limit: 1 })).leases
    await blobs.release(alice.account.key, lease!.root)
    await alice.core.store.blobs.delete((await Array.fromAsync(alice.core.store.blobs.list())).map(({ cid }) => cid))
    await assert.rejects(alice.node.send('bob', 'two', { media: [await added(alice, bytes)] }), { message: /add .* again/ })
    await alice.node.send('bob', 'three', { media: [await added(alice, bytes)], wait: 'delivered' })
    assert.deepEqual((await leasesOf(world.relay, alice)).map(({ state }) => state), ['held'])
  })

  it('taken back for all is let go of at the relay and here, once no message uses it any more', async () => {
    const bytes = someBytes(600 * KIB)
    const one = await alice.node.send('bob', 'one', { media: [await added(alice, bytes)], wait: 'delivered' })
    const two = await alice.node.send('bob', 'two', { media: [await added(alice, bytes)], wait: 'delivered' })
    await alice.node.deleteMessages('bob', [one.id])
    await until(alice.node, e => e.type === 'messageDeleted' && e.id === one.id)
    await eventually(async () => (await alice.core.media.table.releases()).length === 0)
    assert.equal((await leasesOf(world.relay, alice)).length, 1)
    world.relay.cut(true)
    const taken = alice.node.deleteMessages('bob', [two.id])
    world.relay.back()
    await taken
    await eventually(async () => (await leasesOf(world.relay, alice)).length === 0)
    await eventually(async () => (await alice.core.media.table.releases()).length === 0)
    await alice.core.blobs.quiet()
    assert.equal(alice.core.blobs.totals.blocks, 0)
    await world.relay.services.blobs.quiet()
    assert.equal(world.relay.services.blobs.totals.blocks, 0)
  })

  it('that was added anew since it was sent stays here to be sent again, though the message that had it was taken back', async () => {
    const bytes = someBytes(600 * KIB)
    const { id } = await alice.node.send('bob', 'one', { media: [await added(alice, bytes)], wait: 'delivered' })
    const again = await added(alice, bytes)
    await alice.node.deleteMessages('bob', [id])
    await eventually(async () => (await leasesOf(world.relay, alice)).length === 0 && (await alice.core.media.table.releases()).length === 0)
    const last = await alice.node.send('bob', 'two', { media: [again], wait: 'delivered' })
    await alice.node.deleteMessages('bob', [last.id])
    await eventually(async () => (await alice.node.listMedia()).items.length === 0 && (await alice.core.media.table.releases()).length === 0)
    await assert.rejects(alice.node.send('bob', 'three', { media: [again] }), NotFoundError)
  })

  it('whose bytes are gone from this disk fails, and says what to do', async () => {
    world.relay.cut(true)
    const bytes = someBytes(600 * KIB)
    const queued = await alice.node.send('bob', 'lost', { media: [await added(alice, bytes)], wait: 'queued' })
    const cids = await Array.fromAsync(alice.core.store.blobs.list())
    await alice.core.store.blobs.delete([cids[0]!.cid])
    world.relay.back()
    await until(alice.node, e => e.type === 'messageState' && e.id === queued.id && e.state === 'failed')
    assert.match((await alice.node.getMessage('bob', queued.id)).error?.message ?? '', /add .* again/)
    await alice.node.send('bob', 'again', { media: [await added(alice, bytes)], wait: 'delivered' })
  })

  it('many small ones keep their order', async () => {
    const texts = Array.from({ length: 40 }, (_, i) => `${i}`)
    // The first one to leave is the last of several to arrive.
    let isFirst = true
    alice.options.onBlock = async () => {
      if (!isFirst) return
      isFirst = false
      await eventually(() => alice.sent.length >= 5)
    }
    for (const [i, text] of texts.entries()) await alice.node.send('bob', text, { media: [await added(alice, someBytes(100 + i * 17, i + 1))], wait: 'queued' })
    await until(bob.node, e => e.type === 'message' && e.message.text === '39')
    assert.deepEqual((await bob.node.showChat('alice', { limit: 100 })).messages.map(m => m.text), texts)
  })
})
