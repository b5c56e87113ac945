/** A home that lies to the relays that mirror its logs: they keep nothing of it, and tell their people. */
import assert from 'node:assert/strict'
import { attest, chainNext, chainStart, decodeLeaf, encodeLeaf, entryHash, METHOD, pb, verifyAttested, verifyHead } from '../../src/protocol/wire/index.js'
import { data, Pushes, type Client } from '../relay/kit/client.js'
import { askMirror, mirrorRequest, MirrorScene } from '../relay/kit/mirrors.js'
import { bring, copyOf } from '../relay/kit/moves.js'
import { newKey, TestLog } from '../relay/kit/people.js'
import { LyingRelay, type Lies } from './lying-relay.js'

describe('a home that lies to a mirror', () => {
  let scene: MirrorScene
  let liar: LyingRelay
  let ann: Client
  let log: TestLog
  let pushes: Pushes
  let bob: Client

  before(async () => {
    scene = await MirrorScene.create()
    liar = await LyingRelay.start()
  })
  beforeEach(async () => {
    liar.lies = {}
    ann = await scene.come(scene.ann, liar)
    log = new TestLog(liar.key)
    await ann.createLog(log)
    await ann.proveAll(log)
    await ann.appendOne(log.id, data('one'))
    pushes = new Pushes()
    bob = await scene.come(scene.bob, scene.mirror, pushes)
    await askMirror(bob, mirrorRequest(log, liar, scene.mirror.key))
    await bob.prove(bob.proof(log.id, 2, log.epoch.read), bob.proof(log.id, 1, log.epoch.append))
    await bob.follow(log.id)
    await pushes.until(() => pushes.texts.length === 1)
  })
  after(async () => {
    await scene.end()
    await liar.stop()
  })

  const isMirror = (key: Uint8Array): boolean => Buffer.compare(key, scene.mirror.key) === 0

  /** The lie is told with the next entry; the mirror must keep what it had, tell its people and take nothing more. */
  async function caught (lies: Lies): Promise<void> {
    liar.lies = lies
    await ann.appendOne(log.id, data('two'))
    await pushes.until(() => pushes.ended.length === 1)
    assert.deepEqual([pushes.ended[0]!.error.code, pushes.ended[0]!.error.details.mirror], ['ERR_PROOF', 'broken'])
    const { entries, head } = await bob.read(log.id)
    assert.deepEqual([entries.length, head.seq], [1, 1])
    await assert.rejects(bob.appendOne(log.id, data('mine')), { code: 'ERR_PROOF', details: { mirror: 'broken' } })
    await assert.rejects(bob.follow(log.id, 1), { code: 'ERR_PROOF', details: { mirror: 'broken' } })
    // A device that asks again gives it another chance: what is honest now is taken.
    liar.lies = {}
    const reply = await askMirror(bob, mirrorRequest(log, liar, scene.mirror.key))
    assert.deepEqual([reply.current, reply.trouble], [true, undefined])
    await bob.follow(log.id, 1)
    await pushes.until(() => pushes.texts.length === 2)
  }

  const change = (entry: (entry: pb.WireEntry) => pb.WireEntry): Lies => ({
    entries: (to, push) => isMirror(to) ? { ...push, entries: push.entries.map(entry) } : push
  })

  it('by a changed payload is caught', async () => {
    await caught(change(entry => ({ ...entry, payload: new Uint8Array(Buffer.from('changed')) })))
  })

  it('by a changed entry that it signs anew is caught by the chain, and by the head it had given', async () => {
    await caught({
      entries: (to, push) => {
        if (!isMirror(to)) return push
        const [entry] = push.entries
        const payload = new Uint8Array(Buffer.from('another'))
        const leaf = encodeLeaf({ ...decodeLeaf(entry!.leaf), seq: 2, entry: entryHash(payload) })
        // Signed over a chain that does not begin where the mirror's does.
        const hash = chainNext(chainStart(log.id, liar.key), leaf)
        return { ...push, entries: [{ leaf, payload }], head: liar.attest({ type: 'head', log: log.id, term: 1, seq: 2, hash, time: Date.now() }) }
      }
    })
  })

  it('and was caught is forgotten where the log comes to live: its new home serves everybody', async () => {
    liar.lies = change(entry => ({ ...entry, payload: new Uint8Array(Buffer.from('changed')) }))
    await ann.appendOne(log.id, data('two'))
    await pushes.until(() => pushes.ended.length === 1)
    const copy = await copyOf(bob, log, liar.key)
    const owner = await scene.come(scene.ann, scene.mirror)
    await bring(owner, log, log.order({ op: 'term', log: log.id, term: 2, home: scene.mirror.key, addrs: scene.mirror.addresses(), seq: 1, hash: copy.hashes[1]!, by: 'takeover' }), copy.entries)
    await owner.proveAll(log)
    await owner.follow(log.id, 1)
    assert.equal((await owner.appendOne(log.id, data('three'))).receipt.term, 2)
  })

  it('by a number left out is caught', async () => {
    await caught(change(entry => ({ ...entry, leaf: encodeLeaf({ ...decodeLeaf(entry.leaf), seq: 3 }) })))
  })

  it('by a head that another key has signed is caught', async () => {
    await caught({ entries: (to, push) => isMirror(to) ? { ...push, head: attest([verifyAttested(push.head).statement], newKey())[0]! } : push })
  })

  it('by bytes that are no entries is caught', async () => {
    await caught(change(() => ({ leaf: new Uint8Array(40), payload: new Uint8Array(3) })))
  })

  it('by an older head than the one it gave is caught', async () => {
    const first = pb.HeadReply.decode(await ann.channel.call(METHOD.head, pb.LogRequest.encode({ log: log.id })))
    await ann.appendOne(log.id, data('two'))
    await pushes.until(() => pushes.texts.length === 2)
    liar.lies = { reply: (call, body) => call.method === METHOD.head && isMirror(call.channel.remotePeer) ? pb.HeadReply.encode(first) : body }
    await bob.head(log.id)
    await pushes.until(() => pushes.ended.length === 1)
    assert.equal(pushes.ended[0]!.error.details.mirror, 'broken')
  })

  it('by a false erasure is caught, and the bytes stay', async () => {
    const push = pb.ErasedPush.encode({ log: log.id, revision: 1, erasures: [{ seq: 1, secret: new Uint8Array(32) }] })
    for (const channel of liar.channelsOf(scene.mirror.key)) await channel.push(4, push)
    await pushes.until(() => pushes.ended.length === 1)
    assert.equal(Buffer.from((await bob.read(log.id)).entries[0]!.payload!).toString(), 'one')
  })

  it('about receipts is the reader\'s to catch: a mirror brings the home\'s bytes, and its own word is worth nothing', async () => {
    const { head } = pb.ReadReply.decode(await bob.channel.call(METHOD.read, pb.ReadRequest.encode({ log: log.id, after: 0, limit: 0, maxBytes: 0 })))
    verifyHead(head, { log: log.id, home: liar.key, term: 1 })
    assert.throws(() => verifyHead(head, { log: log.id, home: scene.mirror.key, term: 1 }), { code: 'ERR_PROOF' })
  })
})
