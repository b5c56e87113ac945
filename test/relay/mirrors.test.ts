import assert from 'node:assert/strict'
import { ENTRY_KIND, eraserHash, METHOD, pb, RIGHT, verifyHead, verifyRun, chainStart, type Signer } from '../../src/protocol/wire/index.js'
import { LyingRelay } from '../adversary/lying-relay.js'
import { data } from './kit/client.js'
import { askMirror, lend, mirrorRequest, MirrorScene } from './kit/mirrors.js'
import { newKey, TestLog } from './kit/people.js'

const texts = (entries: ReadonlyArray<{ payload?: Uint8Array }>): string[] => entries.map(({ payload }) => Buffer.from(payload ?? []).toString())

describe('relay: mirrors', () => {
  let scene: MirrorScene
  before(async () => { scene = await MirrorScene.create() })
  beforeEach(async () => { await scene.anew() })
  after(async () => { await scene.end() })

  it('follow a log of another home, and serve it with the home\'s own heads', async () => {
    const { atHome, atMirror, log, home, pushes } = scene
    await atHome.append(log.id, [data('one'), data('two')])
    const reply = await scene.begin()
    assert.deepEqual([reply.current, reply.trouble], [true, undefined])
    await atMirror.follow(log.id)
    await atHome.appendOne(log.id, data('three'))
    await pushes.until(() => pushes.texts.length === 3)
    assert.deepEqual(pushes.texts, ['one', 'two', 'three'])
    const { entries, head } = pb.ReadReply.decode(await atMirror.channel.call(METHOD.read, pb.ReadRequest.encode({ log: log.id, after: 0, limit: 0, maxBytes: 0 })))
    const { to } = verifyRun({ seq: 0, hash: chainStart(log.id, home.key) }, entries.map(({ leaf, payload = null }) => ({ leaf, payload })))
    verifyHead(head, { log: log.id, home: home.key, term: 1, at: to })
  })

  it('forward appends, and bring the home\'s receipts back as they are', async () => {
    const { atMirror, atHome, log } = scene
    await scene.begin()
    const item = data('from afar')
    const { receipt } = await atMirror.appendOne(log.id, item)
    assert.equal(receipt.seq, 1)
    assert.equal((await atMirror.appendOne(log.id, item)).duplicate, true)
    assert.deepEqual(texts((await atHome.read(log.id)).entries), ['from afar'])
  })

  it('follow a new epoch: its keys count as soon as they are proved, appends once they are lent', async () => {
    const { atHome, atMirror, log } = scene
    await scene.begin()
    const { append, read } = log.nextEpoch()
    await atHome.appendOne(log.id, data('commit', { kind: ENTRY_KIND.commit, base: 0, caps: { append: append.key, read: read.key } }))
    await scene.prove()
    await assert.rejects(atMirror.appendOne(log.id, data('too early')), { code: 'ERR_FORBIDDEN', details: { delegation: 'append' } })
    await scene.begin()
    assert.equal((await atMirror.appendOne(log.id, data('new epoch'), 2)).receipt.seq, 2)
  })

  it('end with the mirror key: what a removed account\'s relay gets is the commit that removed it', async () => {
    const { atHome, atMirror, log, pushes } = scene
    await scene.begin()
    await atMirror.follow(log.id)
    const { append, read } = log.nextEpoch()
    const mirrors = [newKey().key]
    await atHome.appendOne(log.id, data('removal', { kind: ENTRY_KIND.commit, base: 0, caps: { append: append.key, read: read.key, mirrors } }))
    await atHome.proveAll(log)
    await atHome.appendOne(log.id, data('without bob'))
    await pushes.until(() => pushes.texts.length === 1)
    assert.deepEqual(pushes.texts, ['removal'])
    assert.equal((await atMirror.read(log.id)).entries.length, 1)
    const reply = await askMirror(atMirror, mirrorRequest(log, scene.home, scene.mirror.key))
    assert.equal(reply.seq, 1)
  })

  it('go on where they stand when an account came or went, with the mirror key that is lent then', async () => {
    const { atHome, atMirror, log, pushes } = scene
    await scene.begin()
    await atMirror.follow(log.id)
    const { append, read } = log.nextEpoch()
    log.mirror = newKey()
    await atHome.appendOne(log.id, data('removal', { kind: ENTRY_KIND.commit, base: 0, caps: { append: append.key, read: read.key, mirrors: [log.mirror.key] } }))
    await atHome.proveAll(log)
    await atHome.append(log.id, [data('one'), data('two')])
    await pushes.until(() => pushes.texts.length === 1)
    // Those who stay have read the removal by the mirror, and lend it the new key.
    await scene.prove()
    await scene.begin()
    await pushes.until(() => pushes.texts.length === 3)
    assert.deepEqual(pushes.texts, ['removal', 'one', 'two'])
  })

  it('erase at once and have the home erase too', async () => {
    const { atHome, atMirror, log } = scene
    const secret = new Uint8Array(32).fill(4)
    await scene.begin()
    await atMirror.appendOne(log.id, data('mine', { erasers: [eraserHash(log.id, secret)] }))
    await assert.rejects(atMirror.erase(log.id, 1, new Uint8Array(32)), { code: 'ERR_FORBIDDEN' })
    await atMirror.erase(log.id, 1, secret)
    assert.equal((await atHome.read(log.id)).entries[0]!.payload, undefined)
  })

  it('end when the last account that wanted them wants them no more', async () => {
    const { atMirror, log, mirror } = scene
    await scene.begin()
    const { logs } = await atMirror.usage()
    const before = (await mirror.status()).mirrors
    await atMirror.channel.call(METHOD.unmirror, pb.LogRequest.encode({ log: log.id }))
    await assert.rejects(atMirror.read(log.id), { code: 'ERR_NOT_FOUND' })
    assert.deepEqual([(await atMirror.usage()).logs, (await mirror.status()).mirrors.logs], [logs - 1, before.logs - 1])
  })

  it('are not for logs of this very relay, inboxes, foreign delegations or relays', async () => {
    const { atMirror, log, home, mirror } = scene
    const wrong: Array<[Partial<pb.MirrorRequest>, string]> = [
      [{ home: mirror.key }, 'ERR_BAD_INPUT'], [{ addrs: [] }, 'ERR_BAD_INPUT'], [{ term: 0 }, 'ERR_BAD_INPUT'], [{ genesis: new TestLog(home.key).genesisBytes }, 'ERR_PROOF'],
      [{ delegations: lend(log, home.key, home.key, [[RIGHT.mirror, log.mirror]]) }, 'ERR_BAD_INPUT'],
      [{ delegations: lend(new TestLog(home.key), home.key, mirror.key, [[RIGHT.mirror, log.mirror]]) }, 'ERR_BAD_INPUT'],
      [{ delegations: lend(log, home.key, mirror.key, [[RIGHT.mirror, log.mirror]], Date.now() - 1) }, 'ERR_FORBIDDEN'],
      [{ open: log.open(newKey()) }, 'ERR_PROOF']
    ]
    for (const [change, code] of wrong) await assert.rejects(askMirror(atMirror, mirrorRequest(log, home, mirror.key, change)), { code }, JSON.stringify(Object.keys(change)))
    const stranger: Signer = newKey()
    const reply = await askMirror(atMirror, mirrorRequest(log, home, mirror.key, { delegations: lend(log, home.key, mirror.key, [[RIGHT.mirror, stranger]]) }))
    assert.equal(reply.current, false)
    assert.equal(reply.trouble?.code, 'ERR_FORBIDDEN')
  })
})

describe('relay: appends of many devices through one mirror', () => {
  let scene: MirrorScene
  before(async () => { scene = await MirrorScene.create() })
  after(async () => { await scene.end() })

  it('go out under the key that the device proved, and under no newer one', async () => {
    const { atHome, log } = scene
    await scene.begin()
    const carol = await scene.person()
    const late = await scene.come(carol, scene.mirror)
    await scene.prove(late)
    const { lastCommit } = { lastCommit: 0 }
    const { append, read } = log.nextEpoch()
    await atHome.appendOne(log.id, data('commit', { kind: ENTRY_KIND.commit, base: lastCommit, caps: { append: append.key, read: read.key } }))
    // The mirror learns of the new epoch from another device; this one has proved the old key only.
    await scene.begin()
    await assert.rejects(late.appendOne(log.id, data('sealed before the commit')), { code: 'ERR_FORBIDDEN' })
    await scene.prove(late)
    await late.appendOne(log.id, data('sealed after it'), 2)
  })

  it('need a session, the right, and items that some log takes', async () => {
    const { log, atMirror } = scene
    const stranger = await scene.come(await scene.person(), scene.mirror)
    await assert.rejects(stranger.appendOne(log.id, data('x')), { code: 'ERR_FORBIDDEN' })
    await assert.rejects(atMirror.append(log.id, [data('x', { erasers: [new Uint8Array(31)] })], 3), { code: 'ERR_BAD_INPUT' })
    await atMirror.appendOne(log.id, data('x'), 4)
    await assert.rejects(atMirror.order(log.id, log.order({ op: 'trim', log: log.id, seq: 1, hash: new Uint8Array(32) })), { code: 'ERR_FORBIDDEN' })
  })
})

describe('relay: a mirror of a home that answers an append with one receipt for all and with one for each', () => {
  it('counts every entry once', async () => {
    const scene = await MirrorScene.create()
    const home = await LyingRelay.start()
    try {
      scene.home = home
      await scene.anew()
      home.lies = {
        reply: ({ method }, body) => {
          if (method !== METHOD.append) return body
          const { run } = pb.AppendReply.decode(body)
          return pb.AppendReply.encode({ outcomes: [1, 2, 3].map(() => ({ duplicate: false, receipt: run!.receipt })), run: run! })
        }
      }
      await scene.begin()
      const reply = await scene.atMirror.appendReply(scene.log.id, [data('one'), data('two'), data('three')], { runs: true })
      assert.deepEqual([reply.outcomes.length, reply.run?.earlier.length], [3, 2])
      assert.match(await (await fetch(`${scene.mirror.healthUrl!}/metrics`)).text(), /^petrel_relay_forwarded_entries_total\{outcome="ok"\} 3$/m)
    } finally {
      await scene.end()
      await home.stop()
    }
  })
})
