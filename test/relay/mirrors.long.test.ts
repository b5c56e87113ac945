import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chainStart, RIGHT, verifyRun } from '../../src/protocol/wire/index.js'
import { data } from './kit/client.js'
import { startRelay } from './kit/kills.js'
import { askMirror, mirrorRequest } from './kit/mirrors.js'
import { TestLog } from './kit/people.js'
import { Scene } from './kit/real.js'

describe('relay: a mirror that is killed 12 times while it copies', () => {
  const scene = new Scene()
  after(async () => { await scene.end() })

  it('goes on from what it has, asked by nobody, and holds the whole log', async () => {
    const home = await scene.relay()
    const directory = await scene.directory()
    const [ann, bob] = [await scene.person(), await scene.person()]
    const atHome = await ann.dial(home)
    await atHome.open(ann)
    const log = new TestLog(home.key)
    await atHome.createLog(log)
    await atHome.proveAll(log)
    let mirror = await startRelay(directory)
    const first = await bob.dial(mirror)
    await first.open(bob)
    await askMirror(first, mirrorRequest(log, home, mirror.key))
    let sent = 0
    const more = async (): Promise<void> => {
      await atHome.append(log.id, Array.from({ length: 200 }, () => data(`${sent++} ${'x'.repeat(200)}`)))
    }
    for (let kill = 0; kill < 12; kill++) {
      for (let i = 0; i < 5; i++) await more()
      mirror.child.kill('SIGKILL')
      await once(mirror.child, 'exit')
      await more()
      mirror = await startRelay(directory)
    }
    const device = await bob.dial(mirror)
    await device.open(bob)
    await device.prove(device.proof(log.id, RIGHT.read, log.epoch.read))
    const entries = []
    while (entries.length < sent) entries.push(...(await device.read(log.id, entries.length).catch(() => ({ entries: [] }))).entries)
    const { to } = verifyRun({ seq: 0, hash: chainStart(log.id, home.key) }, entries.map(({ leaf, payload = null }) => ({ leaf, payload })))
    assert.equal(to.seq, sent)
    assert.deepEqual((await atHome.head(log.id)).hash, to.hash)
    mirror.child.kill('SIGTERM')
    await once(mirror.child, 'exit')
  })
})
