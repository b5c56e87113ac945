import assert from 'node:assert/strict'
import { METHOD, pb, RIGHT, verifyAttested, type KeyBytes } from '../../src/protocol/wire/index.js'
import type { Relay } from '../../src/relay/index.js'
import { data, Pushes, type Client } from './kit/client.js'
import { askMirror, lend, mirrorRequest, MirrorScene } from './kit/mirrors.js'
import { bring, control, copyOf, upTo } from './kit/moves.js'

describe('relay: mirrors of a log that moves', () => {
  let scene: MirrorScene
  let other: Relay
  let there: Client
  before(async () => {
    scene = await MirrorScene.create()
    other = await scene.relay()
  })
  beforeEach(async () => {
    await scene.anew()
    there = await scene.come(scene.ann, other)
  })
  after(async () => { await scene.end() })

  /** The owner's order that moves the log to the other relay after entry `seq`. */
  async function order (by: 'agreement' | 'takeover', seq?: number, home: KeyBytes = other.key): Promise<{ order: Uint8Array, copy: Awaited<ReturnType<typeof copyOf>> }> {
    const { atHome, log } = scene
    const whole = await copyOf(atHome, log, scene.home.key)
    const copy = seq === undefined ? whole : upTo(whole, seq)
    const last = copy.hashes.length - 1
    return { copy, order: log.order({ op: 'term', log: log.id, term: 2, home, addrs: other.addresses(), seq: last, hash: copy.hashes[last]!, by }) }
  }

  it('follow by themselves to the home that both agreed upon', async () => {
    const { atHome, atMirror, log, pushes } = scene
    await scene.begin()
    await atMirror.follow(log.id)
    await atHome.append(log.id, [data('one'), data('two')])
    const move = await order('agreement')
    await atHome.appendOne(log.id, control(move.order))
    const whole = await copyOf(atHome, log, scene.home.key)
    await bring(there, log, move.order, whole.entries)
    await there.proveAll(log)
    await there.appendOne(log.id, data('at the new home'))
    await pushes.until(() => pushes.texts.includes('at the new home'))
    assert.deepEqual(verifyAttested(pb.HeadReply.decode(await atMirror.channel.call(METHOD.head, pb.LogRequest.encode({ log: log.id }))).head).home, other.key)
    assert.equal((await atMirror.appendOne(log.id, data('from the mirror'), 2)).receipt.term, 2)
  })

  it('follow a takeover by the owner\'s order, and drop what it does not keep', async () => {
    const { atHome, atMirror, log, pushes } = scene
    await scene.begin()
    await atMirror.follow(log.id)
    await atHome.append(log.id, [data('one'), data('two'), data('lost')])
    await pushes.until(() => pushes.texts.length === 3)
    const move = await order('takeover', 2)
    await bring(there, log, move.order, move.copy.entries)
    await there.proveAll(log)
    await there.appendOne(log.id, data('kept'))
    const request = mirrorRequest(log, other, scene.mirror.key, { term: 2 })
    await assert.rejects(askMirror(atMirror, request), { code: 'ERR_PROOF' })
    await askMirror(atMirror, { ...request, action: move.order })
    await pushes.until(() => pushes.ended.length > 0)
    assert.equal(pushes.ended[0]!.error.code, 'ERR_MOVED')
    await scene.prove()
    await atMirror.follow(log.id, 2)
    await pushes.until(() => pushes.texts.includes('kept'))
    const { entries, head } = await atMirror.read(log.id)
    assert.deepEqual(entries.map(({ payload }) => Buffer.from(payload!).toString()).filter(text => text.length < 10), ['one', 'two', 'kept'])
    assert.deepEqual([head.term, head.seq], [2, 4])
  })

  it('refuse an order by another than the owner, and one that keeps another chain', async () => {
    const { atHome, atMirror, log, pushes } = scene
    await scene.begin()
    await atMirror.follow(log.id)
    await atHome.append(log.id, [data('one'), data('two')])
    await pushes.until(() => pushes.texts.length === 2)
    const { copy } = await order('takeover', 1)
    const term = { op: 'term', log: log.id, term: 2, home: other.key, addrs: other.addresses(), seq: 1, hash: copy.hashes[1]!, by: 'takeover' } as const
    const request = mirrorRequest(log, other, scene.mirror.key, { term: 2 })
    for (const action of [log.order(term, log.mirror), log.order({ ...term, hash: copy.hashes[0]! }), log.order({ ...term, term: 3 }), log.order({ ...term, home: scene.home.key })]) {
      await assert.rejects(askMirror(atMirror, { ...request, action }), { code: 'ERR_PROOF' })
    }
    await atHome.appendOne(log.id, data('three'))
    await pushes.until(() => pushes.texts.length === 3)
  })

  it('become the log\'s home when its owner brings it to them', async () => {
    const { atHome, atMirror, log, pushes, mirror } = scene
    await scene.begin()
    await atMirror.follow(log.id)
    await atHome.append(log.id, [data('one'), data('two')])
    await pushes.until(() => pushes.texts.length === 2)
    const move = await order('takeover', 2, mirror.key)
    const owner = await scene.come(scene.ann, mirror)
    const { head } = await bring(owner, log, move.order, move.copy.entries)
    assert.deepEqual([head?.term, head?.seq], [2, 3])
    await pushes.until(() => pushes.ended.length === 1)
    await atMirror.follow(log.id, 2)
    assert.equal((await atMirror.appendOne(log.id, data('here'), 2)).receipt.term, 2)
    await pushes.until(() => pushes.texts.includes('here'))
  })

  it('come about at the old home, for people who live there', async () => {
    const { atHome, log } = scene
    await atHome.append(log.id, [data('one'), data('two')])
    const move = await order('agreement')
    await atHome.appendOne(log.id, control(move.order))
    await bring(there, log, move.order, (await copyOf(atHome, log, scene.home.key)).entries)
    await there.proveAll(log)
    const pushes = new Pushes()
    const device = await scene.come(scene.bob, scene.home, pushes)
    const reply = await askMirror(device, mirrorRequest(log, other, scene.home.key, {
      term: 2, delegations: lend(log, other.key, scene.home.key, [[RIGHT.mirror, log.mirror], [RIGHT.append, log.epoch.append]])
    }))
    assert.deepEqual([reply.seq, reply.current, reply.trouble], [3, true, undefined])
    await scene.prove(device)
    await device.follow(log.id, 3)
    assert.equal((await device.appendOne(log.id, data('by the old home'))).receipt.term, 2)
    await pushes.until(() => pushes.texts.includes('by the old home'))
  })

  it('wait for a home that the log has not come to yet, whatever its own copy says', async () => {
    const { atHome, atMirror, log, pushes } = scene
    // The next home mirrors the log too, and serves its copy with the word of the home before.
    await askMirror(there, mirrorRequest(log, scene.home, other.key))
    await scene.begin()
    await atMirror.follow(log.id)
    await atHome.append(log.id, [data('one'), data('two')])
    await pushes.until(() => pushes.texts.length === 2)
    const move = await order('takeover')
    const early = await askMirror(atMirror, mirrorRequest(log, other, scene.mirror.key, { term: 2, action: move.order }))
    assert.deepEqual([early.current, early.trouble?.code], [false, 'ERR_UNAVAILABLE'])
    await bring(there, log, move.order, move.copy.entries)
    await there.proveAll(log)
    await there.appendOne(log.id, data('here now'))
    await pushes.until(() => pushes.texts.includes('here now'))
    assert.equal(pushes.ended.length, 0)
  })

  it('take from a home that the log has come back to what it has in a later term', async () => {
    const { atHome, atMirror, log, pushes } = scene
    await atHome.append(log.id, [data('one'), data('two')])
    const away = await order('agreement')
    await atHome.appendOne(log.id, control(away.order))
    await bring(there, log, away.order, (await copyOf(atHome, log, scene.home.key)).entries)
    await there.proveAll(log)
    const { hashes } = await copyOf(there, log, scene.home.key)
    const back = log.order({ op: 'term', log: log.id, term: 3, home: scene.home.key, addrs: scene.home.addresses(), seq: 3, hash: hashes[3]!, by: 'agreement' })
    await there.appendOne(log.id, control(back))
    await bring(atHome, log, back, (await copyOf(there, log, scene.home.key)).entries)
    // Bob has not heard of any of that.
    const reply = await scene.begin()
    assert.deepEqual([reply.current, reply.trouble], [true, undefined])
    await atMirror.follow(log.id)
    await atHome.appendOne(log.id, data('back'))
    await pushes.until(() => pushes.texts.includes('back'))
    assert.equal((await atMirror.appendOne(log.id, data('from the mirror'), 2)).receipt.term, 3)
  })

  it('forward nothing for another mirror that takes them for the home', async () => {
    const { atHome, log } = scene
    await scene.begin()
    await atHome.appendOne(log.id, data('one'))
    const third = await scene.relay()
    const device = await scene.come(scene.ann, third)
    const move = await order('takeover', 1, scene.mirror.key)
    await askMirror(device, mirrorRequest(log, scene.home, third.key))
    await askMirror(device, mirrorRequest(log, scene.mirror, third.key, { term: 2, action: move.order }))
    await scene.prove(device)
    await assert.rejects(device.appendOne(log.id, data('round and round')), { code: 'ERR_UNAVAILABLE', details: { home: 'away' } })
  })

  it('follow of two takeovers for one term the one that everybody follows, whichever they hear of first', async () => {
    const { atHome, atMirror, log, pushes } = scene
    await scene.begin()
    await atMirror.follow(log.id)
    await atHome.append(log.id, [data('one'), data('two')])
    await pushes.until(() => pushes.texts.length === 2)
    const third = await scene.relay()
    const atThird = await scene.come(scene.ann, third)
    const [less, more] = [await order('takeover', 1), await order('takeover', 2, third.key)]
    await bring(there, log, less.order, less.copy.entries)
    await bring(atThird, log, more.order, more.copy.entries)
    const homeNow = async (): Promise<KeyBytes> => {
      await scene.prove()
      return verifyAttested(pb.HeadReply.decode(await atMirror.channel.call(METHOD.head, pb.LogRequest.encode({ log: log.id }))).head).home
    }
    const asks = { less: { ...mirrorRequest(log, other, scene.mirror.key, { term: 2 }), action: less.order }, more: { ...mirrorRequest(log, third, scene.mirror.key, { term: 2 }), action: more.order } }
    assert.deepEqual((await askMirror(atMirror, asks.less)).trouble, undefined)
    assert.deepEqual(await homeNow(), other.key)
    assert.deepEqual((await askMirror(atMirror, asks.more)).trouble, undefined)
    assert.deepEqual(await homeNow(), third.key)
    await askMirror(atMirror, asks.less)
    assert.deepEqual(await homeNow(), third.key)
    // The home's word may be here before the entries that it is given on: two texts, and the order.
    let entries: pb.WireEntry[] = []
    while (entries.length < 3) ({ entries } = await atMirror.read(log.id))
    const texts = entries.map(({ payload }) => Buffer.from(payload!).toString()).filter(text => text.length < 10)
    assert.deepEqual(texts, ['one', 'two'])
  })

  it('are led by the owner\'s order, and by no other\'s word that somebody hosted beside says later', async () => {
    const { atHome, atMirror, log } = scene
    await atHome.appendOne(log.id, data('one'))
    const move = await order('takeover')
    const lair = await scene.relay()
    const evil = await scene.come(scene.ann, scene.mirror)
    const elsewhere = mirrorRequest(log, lair, scene.mirror.key, { term: 7 })
    // Nothing of it is here yet: anybody's word is as good.
    await askMirror(evil, elsewhere)
    const request = { ...mirrorRequest(log, other, scene.mirror.key, { term: 2 }), action: move.order }
    await askMirror(atMirror, request)
    await assert.rejects(askMirror(evil, elsewhere), { code: 'ERR_PROOF' })
    await bring(there, log, move.order, move.copy.entries)
    assert.equal((await askMirror(atMirror, request)).current, true)
    await scene.prove()
    await atMirror.follow(log.id)
    await scene.pushes.until(() => scene.pushes.texts.includes('one'))
  })
})
