import assert from 'node:assert/strict'
import { eraserHash } from '../../src/protocol/wire/index.js'
import { data, Pushes } from './kit/client.js'
import { askMirror, mirrorRequest, MirrorScene } from './kit/mirrors.js'

const texts = (entries: ReadonlyArray<{ payload?: Uint8Array }>): string[] => entries.map(({ payload }) => Buffer.from(payload ?? []).toString())

describe('relay: mirrors that were parted from the home', () => {
  let scene: MirrorScene
  beforeEach(async () => { scene = await MirrorScene.create() })
  afterEach(async () => { await scene.end() })

  it('go on serving while the home is away, say so to who appends, and catch up when it is back', async () => {
    const { atHome, atMirror, log, home, pushes } = scene
    await scene.begin()
    await atMirror.follow(log.id)
    await atHome.appendOne(log.id, data('one'))
    await pushes.until(() => pushes.texts.length === 1)
    const directory = scene.directories[0]!
    const port = home.addresses()[0]!
    await home.stop()
    assert.deepEqual(texts((await atMirror.read(log.id)).entries), ['one'])
    await assert.rejects(atMirror.appendOne(log.id, data('two')), { code: 'ERR_UNAVAILABLE', details: { home: 'away' } })
    assert.equal((await atMirror.head(log.id)).seq, 1)
    const again = await scene.relay({ directory, listen: [port.replace(/\/p2p\/.*/, '')] })
    const back = await scene.come(scene.ann, again)
    await back.proveAll(log)
    await back.appendOne(log.id, data('two'))
    await pushes.until(() => pushes.texts.length === 2)
    await atMirror.appendOne(log.id, data('three'), 2)
    await pushes.until(() => pushes.texts.length === 3)
    assert.deepEqual(pushes.texts, ['one', 'two', 'three'])
  })

  it('keep the wish over a restart, and take up what came meanwhile', async () => {
    const { atHome, log, mirror } = scene
    await scene.begin()
    await atHome.appendOne(log.id, data('one'))
    await mirror.stop()
    await atHome.appendOne(log.id, data('two'))
    const again = await scene.relay({ directory: scene.directories[1]! })
    const pushes = new Pushes()
    const bob = await scene.come(scene.bob, again, pushes)
    await scene.prove(bob)
    await bob.follow(log.id).catch(async () => { await bob.follow(log.id) })
    await pushes.until(() => pushes.texts.length === 2)
    assert.equal((await again.status()).mirrors.logs, 1)
  })

  it('replace the bytes of what is erased at the home, also what was erased while they were away', async () => {
    const { atHome, atMirror, log, mirror, pushes } = scene
    const secret = new Uint8Array(32).fill(3)
    const erasable = (text: string): ReturnType<typeof data> => data(text, { erasers: [eraserHash(log.id, secret)] })
    await scene.begin()
    await atMirror.follow(log.id)
    await atHome.append(log.id, [erasable('one'), erasable('two'), data('three')])
    await pushes.until(() => pushes.texts.length === 3)
    await atHome.erase(log.id, 1, secret)
    while ((await atMirror.read(log.id)).entries[0]!.payload !== undefined) await atHome.appendOne(log.id, data('tick'))
    await mirror.stop()
    await atHome.erase(log.id, 2, secret)
    const again = await scene.relay({ directory: scene.directories[1]! })
    const bob = await scene.come(scene.bob, again)
    await askMirror(bob, mirrorRequest(log, scene.home, again.key))
    await scene.prove(bob)
    while ((await bob.read(log.id)).entries[1]!.payload !== undefined) await bob.head(log.id)
    assert.deepEqual((await bob.read(log.id)).entries.slice(0, 3).map(({ payload }) => payload === undefined), [true, true, false])
  })
})
