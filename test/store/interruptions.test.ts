import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { UnavailableError } from '../../src/protocol/wire/index.js'
import { type Store } from '../../src/store/index.js'
import { MemoryDisk } from '../../src/store/memory/engine.js'
import { openMemoryStore } from '../../src/store/memory/index.js'
import { appendOne, bytes, item, newId, TestClock, textOf, ZERO_HASH } from './support.js'

const clock = new TestClock()
const open = (disk: MemoryDisk): Promise<Store> => openMemoryStore({ disk, clock, sweepMs: 0 })

/** A log of three entries, then `work` on it, during which the machine dies after `writes` writes; true when it died. */
async function dyingAfter (disk: MemoryDisk, log: Uint8Array, id: Uint8Array, writes: number, work: (store: Store) => Promise<unknown>): Promise<boolean> {
  const store = await open(disk)
  await store.logs.create(log, { meta: bytes(1), hash: ZERO_HASH })
  await store.logs.append([item(log, 'a', { id }), item(log, 'b'), item(log, 'c')])
  let left = writes
  disk.beforeWrite = () => left-- > 0 ? Promise.resolve() : Promise.reject(new UnavailableError('the machine died'))
  const died = await work(store).then(() => false, () => true)
  disk.beforeWrite = () => Promise.resolve()
  return died
}

describe('a machine that dies in the middle', () => {
  it('of a removal leaves the log whole, or gone with all that belonged to it', async () => {
    for (let writes = 0, died = true; died; writes++) {
      const disk = new MemoryDisk()
      const [log, id] = [newId(34), newId()]
      died = await dyingAfter(disk, log, id, writes, store => store.logs.remove(log))
      const store = await open(disk)
      if (writes === 0) {
        assert.equal((await store.logs.read(log, 0, 9, 1e9)).entries.length, 3)
        continue
      }
      await assert.rejects(store.logs.head(log), { code: 'ERR_NOT_FOUND' })
      await store.logs.create(log, { meta: bytes(2), hash: ZERO_HASH })
      const again = await appendOne(store, item(log, 'x', { id }))
      assert.equal(again.status === 'appended' && again.seq, 1)
      assert.ok(died || writes >= 3)
    }
  })

  it('of a trim leaves the log readable from its first number on, and the next trim takes the rest', async () => {
    for (let writes = 0, died = true; died; writes++) {
      const disk = new MemoryDisk()
      const log = newId(34)
      died = await dyingAfter(disk, log, newId(), writes, store => store.logs.trim(log, 2))
      const store = await open(disk)
      const { entries, head } = await store.logs.read(log, 0, 9, 1e9)
      assert.deepEqual(entries.map(e => textOf(e.payload)), writes === 0 ? ['a', 'b', 'c'] : ['c'])
      assert.equal(head.first, writes === 0 ? 1 : 3)
      await store.logs.trim(log, 3)
      const kept = disk.map.slice({ lt: bytes(4) }).filter(([key]) => key[2] === 2)
      assert.deepEqual(kept, [])
    }
  })

  it('keeps all that belongs to a log in the slot that FORMAT.md tells', async () => {
    const disk = new MemoryDisk()
    const store = await open(disk)
    for (let i = 0; i < 50; i++) {
      const log = newId(34)
      const before = new Set(disk.map.slice({}).map(([key]) => Buffer.from(key).toString('hex')))
      await store.logs.create(log, { meta: bytes(), hash: ZERO_HASH })
      await appendOne(store, item(log, 'a'))
      const slot = Number(createHash('sha256').update(log).digest().readBigUInt64BE() % 1024n)
      const added = disk.map.slice({}).map(([key]) => Buffer.from(key)).filter(key => !before.has(key.toString('hex')))
      assert.deepEqual(added.map(key => [key.readUInt16BE(), key[2]]), [[slot, 1], [slot, 2], [slot, 3]])
    }
  })
})
