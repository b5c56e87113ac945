/** When lines of secret chats go. */
import assert from 'node:assert/strict'
import { RecordKeys } from '../../../src/node/records/index.js'
import type { SecretRow } from '../../../src/node/secret/record.js'
import type { SecretChat } from '../../../src/node/secret/secret-chat.js'
import { steadyClock } from '../../../src/node/secret/steady.js'
import { SecretStore } from '../../../src/node/secret/store.js'
import { SecretTimers } from '../../../src/node/secret/timers.js'
import { systemRandom } from '../../../src/protocol/crypto/index.js'
import { openMemoryStore } from '../../../src/store/memory/index.js'
import type { KeyValueStore } from '../../../src/store/index.js'

const NOW = 1_700_000_000_000

describe('the clock by which lines go', () => {
  it('goes on when the machine\'s is set back, and with it when that is ahead', () => {
    let [wall, run] = [NOW, 50]
    const clock = steadyClock(() => wall, () => run)
    run += 1000
    assert.equal(clock(), NOW + 1000)
    wall -= 3600_000
    assert.equal(clock(), NOW + 1000)
    wall = NOW + 9000
    assert.equal(clock(), NOW + 9000)
  })
})

describe('the timers of lines', () => {
  let kv: KeyValueStore
  let store: SecretStore
  let timers: SecretTimers
  let time: number
  let erased: () => void
  const read = new Set<number>()
  const chat = systemRandom(16)
  const said: SecretRow = { kind: 'said', own: false, n: 1, id: null, at: NOW, here: NOW, body: null, ttl: 10, readAt: null, goesAt: null, note: null, edited: false, reactions: { own: [], theirs: [] } }

  beforeEach(async () => {
    time = NOW
    read.clear()
    ;({ kv } = await openMemoryStore())
    store = new SecretStore({ kv, keys: new RecordKeys(new Uint8Array(32)), store: { scrub: async () => undefined }, files: { dropped: () => [] } })
    const row = store.row.bind(store)
    store.row = async (of, n) => { read.add(n); return await row(of, n) }
    const only = { id: 'x', record: { chat }, exclusive: async (work: () => Promise<unknown>) => await work(), change: async (_: unknown, { ops }: { ops: Parameters<typeof kv.batch>[0] }) => { await kv.batch(ops) } }
    timers = new SecretTimers({ store, steady: () => time, chats: () => [only as unknown as SecretChat], erased: () => { erased() }, failed: error => { throw error } })
    for (let n = 1; n <= 100; n++) {
      await kv.batch(store.newRow(chat, n, said))
      await kv.batch(await store.readRow(chat, n, { ...said, ttl: n === 100 ? 0 : n }, NOW))
    }
  })
  afterEach(async () => { await timers.stop() })

  const erases = async (): Promise<void> => { await new Promise<void>(resolve => { erased = resolve }) }
  const left = async (): Promise<number> => (await store.rows(chat, Infinity, 200)).length

  it('take what is due, and look at no other line', async () => {
    time = NOW + 3000
    const done = erases()
    timers.start()
    await done
    await timers.stop()
    assert.deepEqual([...read], [1, 2, 3])
    assert.equal(await left(), 97)
    assert.equal((await store.due()).length, 96)
  })

  it('take a line that comes while they look when the next one goes', async () => {
    time = NOW + 200_000
    const all = erases()
    timers.start()
    await all
    await timers.stop()
    assert.deepEqual(await store.due(), [])
    const due = store.due.bind(store)
    let hasCome = false
    store.due = async (...asked) => {
      const found = await due(...asked)
      if (asked[0] === undefined && !hasCome) {
        hasCome = true
        await kv.batch(store.newRow(chat, 101, said))
        await kv.batch(await store.readRow(chat, 101, { ...said, ttl: 1 }, NOW))
        timers.look()
      }
      return found
    }
    const done = erases()
    timers.start()
    await done
    assert.ok(read.has(101))
  })

  it('leave nothing behind of lines that went otherwise', async () => {
    const line = (await store.row(chat, 5))!
    await kv.batch(store.dropRow(chat, 5, line))
    assert.ok(!(await store.due()).some(({ row }) => row === 5))
  })

  it('take what was read later than now when a node begins: its clock was set back, and who knows how far', async () => {
    time = NOW - 3600_000
    const done = erases()
    timers.start()
    await done
    await timers.stop()
    assert.equal(await left(), 1)
  })
})
