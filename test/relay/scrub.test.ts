import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eraserHash, signAccountDeletion } from '../../src/protocol/wire/index.js'
import type { Relay } from '../../src/relay/index.js'
import { data, type Client } from './kit/client.js'
import { Scene, type RealPerson } from './kit/real.js'
import { TestLog, World, Person } from './kit/world.js'
import { holdsBytes } from '../store/holds-bytes.js'

/** Every file under a directory that holds these bytes. */
async function filesWith (directory: string, bytes: Uint8Array): Promise<string[]> {
  const found: string[] = []
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    // Files come and go while the store tidies up.
    if (holdsBytes(await readFile(path).catch(() => Buffer.alloc(0)), bytes)) found.push(path)
  }
  return found
}

/** Waits until no file holds these bytes: the store lets go of its old files a while after it has rewritten them. */
async function isGone (directory: string, bytes: Uint8Array): Promise<void> {
  while ((await filesWith(directory, bytes)).length > 0) await new Promise(resolve => { setImmediate(resolve) })
}

/** Resolves when the relay has written this event to its log. */
function untilLogged (): { log: (level: string, event: string) => void, seen: (event: string) => Promise<void> } {
  const events: string[] = []
  const waiting: Array<() => void> = []
  return {
    log: (_level, event) => {
      events.push(event)
      for (const wake of waiting.splice(0)) wake()
    },
    seen: async event => { while (!events.includes(event)) await new Promise<void>(resolve => { waiting.push(resolve) }) }
  }
}

describe('relay: erased bytes on the disk', () => {
  let scene: Scene
  beforeEach(() => { scene = new Scene() })
  afterEach(async () => { await scene.end() })

  /** A log at a real relay that scrubs at once, and a device that may do everything with it. */
  async function logOnDisk (): Promise<{ seen: (event: string) => Promise<void>, relay: Relay, ann: RealPerson, phone: Client, log: TestLog }> {
    const { log: logger, seen } = untilLogged()
    const relay = await scene.relay({ scrubMs: 1, log: logger })
    const ann = await scene.person()
    const phone = await ann.dial(relay)
    await phone.open(ann)
    const log = new TestLog(relay.key)
    await phone.createLog(log)
    await phone.proveAll(log)
    return { seen, relay, ann, phone, log }
  }

  it('are in no file of the relay any more, while what stays is still there', async () => {
    const { seen, phone, log } = await logOnDisk()
    const [gone, stays] = [new Uint8Array(randomBytes(512)), new Uint8Array(randomBytes(512))]
    const eraser = Buffer.from('eraser')
    await phone.appendOne(log.id, { ...data(''), payload: gone, erasers: [eraserHash(log.id, eraser)] })
    await phone.appendOne(log.id, { ...data(''), payload: stays })
    const [directory = ''] = scene.directories
    assert.equal((await filesWith(directory, gone)).length, 1, 'the search finds what is there')
    await phone.erase(log.id, 1, eraser)
    await seen('store.scrubbed')
    await isGone(directory, gone)
    assert.equal((await filesWith(directory, stays)).length, 1)
    assert.deepEqual((await phone.read(log.id)).entries.map(e => e.payload === undefined ? null : Buffer.from(e.payload)), [null, Buffer.from(stays)])
  })

  it('are in no file any more when the account was deleted', async () => {
    const { seen, phone, log, relay, ann } = await logOnDisk()
    const gone = new Uint8Array(randomBytes(512))
    await phone.appendOne(log.id, { ...data(''), payload: gone })
    await phone.deleteAccount(signAccountDeletion({ account: ann.account.key, relay: relay.key, time: 1 }, ann.phone))
    await seen('store.scrubbed')
    const [directory = ''] = scene.directories
    await isGone(directory, gone)
  })

  it('are scrubbed after a restart that came between', async () => {
    const world = await World.create({ scrubMs: 60_000 })
    const ann = new Person()
    const phone = await world.client(ann)
    const log = await world.log(phone)
    await phone.appendOne(log.id, data('a secret', { erasers: [eraserHash(log.id, Buffer.from('eraser'))] }))
    await phone.erase(log.id, 1, Buffer.from('eraser'))
    await world.restart()
    assert.equal(world.set.scrubber.waiting, 1)
    await world.set.scrubber.run()
    assert.equal(world.set.scrubber.waiting, 0)
    await world.restart()
    assert.equal(world.set.scrubber.waiting, 0, 'and not again')
  })
})
