import assert from 'node:assert/strict'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { base32Text } from '../../../src/protocol/wire/index.js'
import { openLevelStore, type LogEntry, type Store } from '../../../src/store/index.js'
import { until, untilText, World, type Person } from '../world.js'
import { holdsBytes } from '../../store/holds-bytes.js'

/** A relay whose store is within reach, and two people who know each other. */
class Scene {
  world!: World
  store!: Store
  alice!: Person
  bob!: Person
  #wake: () => void = () => undefined

  static async make (): Promise<Scene> {
    const scene = new Scene()
    scene.world = await World.make({ scrubMs: 1 })
    await scene.world.relay.stop()
    await scene.open()
    scene.alice = await scene.world.person('alice')
    scene.bob = await scene.world.person('bob')
    await scene.world.introduce(scene.alice, scene.bob)
    return scene
  }

  async open (listen?: string): Promise<void> {
    const directory = join(this.world.relayDir, 'open-store')
    await mkdir(directory, { recursive: true })
    this.store = await openLevelStore(directory)
    this.world.relayOptions = { scrubMs: 1, store: this.store, log: (_level, event) => { if (event === 'store.scrubbed') this.#wake() } }
    await this.world.startRelay(listen)
  }

  /** What the relay holds under a number of the chat's log. */
  async entry (seq: number): Promise<LogEntry> {
    const chat = (await this.alice.node.listChats())[0]!
    for await (const { log } of this.store.logs.list()) {
      if (base32Text(log) !== chat.id) continue
      const { entries: [entry] } = await this.store.logs.read(log, seq - 1, 1, 1e6)
      if (entry !== undefined) return entry
    }
    throw new Error('the relay has no such log')
  }

  /** Waits until the relay holds no bytes under a number, and none of them in its files. */
  async untilGone (seq: number, bytes: Uint8Array): Promise<void> {
    for (;;) {
      // Before the look: what is scrubbed meanwhile must not be missed.
      const scrubbed = new Promise<void>(resolve => { this.#wake = resolve })
      if ((await this.entry(seq)).erased && !await this.isInFiles(bytes)) return
      await scrubbed
    }
  }

  async isInFiles (bytes: Uint8Array): Promise<boolean> {
    for (const file of await readdir(this.world.relayDir, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue
      // A file may go between the list and the read: that is what is waited for.
      const content = await readFile(join(file.parentPath, file.name)).catch(() => Buffer.alloc(0))
      if (holdsBytes(content, bytes)) return true
    }
    return false
  }
}

describe('a message that is taken back for all', () => {
  let scene: Scene
  beforeEach(async () => { scene = await Scene.make() })
  afterEach(async () => { await scene.world.close() })

  it('is no line of the chat while it waits for the relay to be there', async () => {
    const { world, alice } = scene
    const { id } = await alice.node.send('bob', 'not for long', { wait: 'delivered' })
    await world.relay.stop()
    await alice.node.deleteMessages('bob', [id], { wait: 'queued' })
    const { messages, chat } = await alice.node.showChat('bob')
    assert.deepEqual([messages.map(message => message.kind), chat.last?.id], [['text'], id])
  })

  it('is hidden on both sides, its bytes are in no file of the relay, and the chat goes on', async () => {
    const { alice, bob } = scene
    const { id, seq } = await alice.node.send('bob', 'not for long', { wait: 'delivered' })
    const { payload } = await scene.entry(seq!)
    assert.ok(await scene.isInFiles(payload), 'the search finds what is there')
    await alice.node.deleteMessages('bob', [id])
    const { event } = await until(bob.node, e => e.type === 'messageDeleted' && e.id === id)
    assert.deepEqual(event.type === 'messageDeleted' && [event.seq, event.by], [seq, (await alice.node.identity()).account])
    for (const [person, other] of [[alice, 'bob'], [bob, 'alice']] as const) {
      // The relay's receipt may be faster than its log.
      await until(person.node, e => e.type === 'messageDeleted' && e.id === id)
      const shown = await person.node.getMessage(other, id)
      assert.deepEqual([shown.deleted, shown.text, shown.seq], [true, '', seq])
      assert.equal((await person.node.listChats())[0]!.alarm, null)
    }
    await scene.untilGone(seq!, payload)
    assert.equal((await bob.node.listChats())[0]!.unread, 0)
    await bob.node.send('alice', 'what was it', { wait: 'delivered' })
  })

  it('is not shown to who was away meanwhile, who sees whose it was, and nobody is accused', async () => {
    const { alice, bob, world } = scene
    await bob.node.close()
    const { id, seq } = await alice.node.send('bob', 'too late for bob')
    const { payload } = await scene.entry(seq!)
    await alice.node.editMessage('bob', id, 'also too late')
    const edit = await scene.entry(seq! + 1)
    await alice.node.deleteMessages('bob', [id])
    await scene.untilGone(seq!, payload)
    // The bytes of its edit go as well, and that is no line that was taken back.
    await scene.untilGone(seq! + 1, edit.payload)
    await alice.node.send('bob', 'welcome back')
    await world.wake(bob)
    await untilText(bob.node, 'welcome back')
    const { chat, messages } = await bob.node.showChat('alice')
    const { account } = await alice.node.identity()
    assert.deepEqual(messages.map(m => [m.deleted ? '(deleted)' : m.text, m.from]), [['(deleted)', account], ['welcome back', account]])
    assert.equal(chat.alarm, null)
    await bob.node.send('alice', 'thanks', { wait: 'delivered' })
  })

  it('goes at the relay also when node and relay were away between the word and the deed', async () => {
    const { alice, bob, world } = scene
    const { id, seq } = await alice.node.send('bob', 'while nobody is there', { wait: 'delivered' })
    const { payload } = await scene.entry(seq!)
    const listen = world.address.replace(/\/p2p\/.*$/, '')
    await world.relay.stop()
    await alice.node.deleteMessages('bob', [id], { wait: 'queued' })
    await world.restart(alice)
    await scene.open(listen)
    await scene.untilGone(seq!, payload)
    await until(bob.node, e => e.type === 'messageDeleted' && e.id === id)
  })

  it('may be the other\'s in a direct chat; one that is still on its way is taken back behind itself; one that is not there is refused', async () => {
    const { alice, bob } = scene
    const { id } = await alice.node.send('bob', 'bob may, too', { wait: 'delivered' })
    await bob.node.deleteMessages('alice', [id])
    await until(alice.node, e => e.type === 'messageDeleted' && e.id === id)
    assert.equal((await alice.node.getMessage('bob', id)).deleted, true)
    await alice.node.deleteMessages('bob', [id])
    await assert.rejects(alice.node.deleteMessages('bob', ['baaaaaaaaaaaaaaaaaaaaaaaaaa']), { code: 'ERR_NOT_FOUND' })
    await assert.rejects(alice.node.deleteMessages('bob', []), { code: 'ERR_BAD_INPUT' })
    const queued = await alice.node.send('bob', 'not out yet', { wait: 'queued' })
    await alice.node.deleteMessages('bob', [queued.id])
    await until(bob.node, e => e.type === 'messageDeleted' && e.id === queued.id)
  })
})
