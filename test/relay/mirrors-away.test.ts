import assert from 'node:assert/strict'
import { eraserHash, handOver, type Append } from '../../src/protocol/wire/index.js'
import { data, Pushes } from './kit/client.js'
import { newKey } from './kit/people.js'
import { commit, provesEpoch } from './kit/start.js'
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

  it('replace what the owner had erased, by each key while it was in force, and take no other\'s order', async () => {
    const { atHome, atMirror, log, mirror, pushes } = scene
    const heir = newKey()
    const erasers = [eraserHash(log.id, new Uint8Array(32))]
    const [one, two, three, later] = ['one', 'two', 'three', 'later'].map(text => data(text, { erasers }))
    const order = ({ id }: Append, by = log.owner): Uint8Array => log.order({ op: 'erase', log: log.id, id }, by)
    await scene.begin()
    await atMirror.follow(log.id)
    await atHome.append(log.id, [one!, two!, three!])
    await pushes.until(() => pushes.texts.length === 3)
    await assert.rejects(atMirror.erase(log.id, 1, order(one!, newKey())), { code: 'ERR_FORBIDDEN' })
    await atMirror.erase(log.id, 1, order(one!))
    assert.deepEqual(await Promise.all([atMirror, atHome].map(async at => (await at.read(log.id)).entries[0]!.payload)), [undefined, undefined])
    await mirror.stop()
    await atHome.erase(log.id, 2, order(two!))
    const next = log.nextEpoch()
    await atHome.appendOne(log.id, commit(log, 0, next, { caps: handOver(log.id, { ...log.caps(next), owner: heir.key }, log.owner) }))
    await provesEpoch(atHome, log)
    await atHome.appendOne(log.id, later!)
    // The mirror has the third, and hears of this before it hears of the key.
    await atHome.erase(log.id, 3, order(three!, heir))
    await atHome.erase(log.id, 5, order(later!, heir))
    const again = await scene.relay({ directory: scene.directories[1]! })
    const bob = await scene.come(scene.bob, again)
    await askMirror(bob, mirrorRequest(log, scene.home, again.key))
    await scene.prove(bob).catch(() => undefined)
    while ((await bob.head(log.id).catch(() => undefined))?.seq !== 5) await scene.prove(bob).catch(() => undefined)
    const isGone = async (): Promise<boolean[]> => (await bob.read(log.id)).entries.map(({ payload }) => payload === undefined)
    while ((await isGone()).join() !== 'true,true,true,false,true') await bob.head(log.id)
    await atHome.appendOne(log.id, data('and on'))
    while ((await bob.head(log.id)).seq !== 6) await bob.read(log.id)
  })
})
