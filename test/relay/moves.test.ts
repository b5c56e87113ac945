import assert from 'node:assert/strict'
import { join } from 'node:path'
import { peerIdText, RIGHT } from '../../src/protocol/wire/index.js'
import { createRelay, operator } from '../../src/relay/index.js'
import { decodeMeta, encodeMeta } from '../../src/relay/logs/meta.js'
import { openLevelStore } from '../../src/store/index.js'
import { data, Pushes } from './kit/client.js'
import { askMirror, mirrorRequest, MirrorScene } from './kit/mirrors.js'
import { bring, control, copyOf, termOrder, upTo } from './kit/moves.js'
import { newKey, TestLog } from './kit/people.js'
import { Scene } from './kit/real.js'
import { commit, provesEpoch } from './kit/start.js'

describe('relay: two whole relays, and a log that moves between them', () => {
  const scene = new Scene()
  afterEach(() => scene.end())

  it('sends people on, counts what is where, and keeps both well over a restart', async () => {
    const directories = [await scene.directory(), await scene.directory()] as const
    const [a, b] = [await createRelay({ directory: directories[0] }), await scene.relay({ directory: directories[1] })]
    const ann = await scene.person()
    const pushes = new Pushes()
    const old = await ann.dial(a, { onPush: pushes.handler })
    await old.open(ann)
    const log = new TestLog(a.key)
    await old.createLog(log)
    await old.proveAll(log)
    await old.append(log.id, ['one', 'two'].map(text => data(text)))
    await old.follow(log.id)
    const order = termOrder(log, await copyOf(old, log, a.key), b.key, 2, 'agreement')
    await old.appendOne(log.id, control(order))
    await pushes.until(() => pushes.ended.length === 1)
    const { code, details } = pushes.ended[0]!.error
    assert.deepEqual([code, details], ['ERR_MOVED', { home: peerIdText(b.key), addrs: ['/dns4/there.example/tcp/1'], term: 2 }])
    const { entries } = await copyOf(old, log, a.key)

    const next = await ann.dial(b)
    await next.open(ann)
    const half = await next.adopt({ genesis: log.genesisBytes, action: order, open: log.open(), entries: entries.slice(0, 1) })
    assert.deepEqual([half.seq, (await b.status()).coming], [1, 1])
    assert.match(await (await fetch(`${b.healthUrl!}/metrics`)).text(), /^petrel_relay_logs_coming 1$/m)
    assert.equal((await bring(next, log, order, entries)).head!.term, 2)
    await next.proveAll(log)
    await next.appendOne(log.id, data('four'))
    assert.deepEqual([(await a.status()).moved, (await b.status()).moved, (await b.status()).coming], [1, 0, 0])
    assert.match(await (await fetch(`${a.healthUrl!}/metrics`)).text(), /^petrel_relay_logs_moved 1$/m)
    for (const directory of directories) {
      const { ok, checks } = await operator.doctor(directory)
      assert.ok(ok, JSON.stringify(checks))
    }

    await a.stop()
    assert.ok((await operator.doctor(directories[0])).ok)
    // A home that serves on what its owner moved away would sign for a term that is over.
    const store = await openLevelStore(join(directories[0], 'store'))
    await store.logs.updateMeta(log.id, head => ({ meta: encodeMeta({ ...decodeMeta(head.meta), elsewhere: null }) }))
    await store.close()
    const { ok, checks } = await operator.doctor(directories[0])
    assert.equal(ok, false)
    assert.match(checks.find(check => check.check === 'store')!.detail, /moved it elsewhere/)
  })
})

describe('relay: a log that moves to a relay that mirrors it', () => {
  let scene: MirrorScene
  beforeEach(async () => {
    scene = await MirrorScene.create()
    const { atHome, log } = scene
    await atHome.append(log.id, ['one', 'two'].map(text => data(text)))
    await atHome.appendOne(log.id, commit(log, 0, log.nextEpoch(), { caps: log.caps() }))
    await provesEpoch(atHome, log)
    await scene.begin()
    await scene.atMirror.follow(log.id)
    await scene.pushes.until(() => scene.pushes.entries.at(-1)?.head.seq === 3)
  })
  afterEach(() => scene.end())

  it('by agreement needs no entry to be brought: the copy has them, the order too', async () => {
    const { home, mirror, ann, atHome, atMirror, log, pushes } = scene
    const order = termOrder(log, await copyOf(atHome, log, home.key), mirror.key, 2, 'agreement')
    await atHome.appendOne(log.id, control(order))
    await pushes.until(() => pushes.entries.some(({ head }) => head.seq === 4))
    const next = await scene.come(ann, mirror)
    const request = { genesis: log.genesisBytes, action: order }
    assert.deepEqual(await next.adopt(request), { seq: 4 })
    const { head } = await next.adopt({ ...request, after: 4, done: true })
    assert.deepEqual([head!.term, head!.seq], [2, 4])
    await provesEpoch(next, log)
    assert.deepEqual((await next.appendOne(log.id, data('five'))).receipt.term, 2)
    // Who had it mirrored here uses it as before, now at its home.
    await scene.prove()
    assert.equal((await atMirror.read(log.id, 4)).entries.length, 1)
    const { moved, coming } = await mirror.status()
    assert.deepEqual([moved, coming], [0, 0])
  })

  it('by takeover goes on from the copy, and drops what the owner does not keep', async () => {
    const { home, mirror, ann, atHome, log } = scene
    const whole = await copyOf(atHome, log, home.key)
    const held = upTo(whole, 2)
    const order = termOrder(log, held, mirror.key, 2, 'takeover')
    const next = await scene.come(ann, mirror)
    const request = { genesis: log.genesisBytes, action: order, open: log.open() }
    assert.deepEqual(await next.adopt(request), { seq: 0 })
    const { head } = await bring(next, log, order, held.entries)
    assert.deepEqual([head!.term, head!.seq], [2, 3])
    await next.prove(next.proof(log.id, RIGHT.append, log.epochs[0]!.append), next.proof(log.id, RIGHT.read, log.epochs[0]!.read))
    assert.equal((await next.appendOne(log.id, data('on'))).receipt.seq, 4)
  })

  it('by takeover goes on from a copy that begins while the order is looked at', async () => {
    const { home, ann, atHome, log } = scene
    const store = await openLevelStore(join(await scene.directory(), 'store'))
    const there = await scene.relay({ directory: await scene.directory(), store })
    const next = await scene.come(ann, there)
    const held = await copyOf(atHome, log, home.key)
    const order = termOrder(log, held, there.key, 2, 'takeover')
    const { logs } = store
    const head = logs.head.bind(logs)
    let isFirst = true
    Object.assign(logs, {
      head: async (...given: Parameters<typeof head>) => await head(...given).catch(async (error: unknown) => {
        if (isFirst) {
          isFirst = false
          await askMirror(next, mirrorRequest(log, home, there.key))
        }
        throw error
      })
    })
    assert.equal((await bring(next, log, order, held.entries)).head!.term, 2)
    assert.equal(isFirst, false)
    await next.proveAll(log)
    assert.equal((await next.appendOne(log.id, data('on'))).receipt.seq, held.entries.length + 2)
    assert.equal((await there.status()).logs, 1)
  })

  it('is not hidden from its readers by an order of somebody else', async () => {
    const { home, mirror, atHome, atMirror, log } = scene
    const eve = await scene.person()
    const evil = await scene.come(eve, mirror)
    const order = termOrder(log, await copyOf(atHome, log, home.key), mirror.key, 2, 'takeover', newKey())
    await assert.rejects(evil.adopt({ genesis: log.genesisBytes, action: order }), { code: 'ERR_FORBIDDEN' })
    assert.equal((await atMirror.read(log.id)).entries.length, 3)
  })
})
