import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LIMITS } from '../../src/protocol/wire/index.js'
import { openLevelStore, type Store } from '../../src/store/index.js'
import { building, bytes, newLog, nextTick, TestClock } from './support.js'
import { holdsBytes } from './holds-bytes.js'

describe('scrubbing a log of many tables', () => {
  let directory: string
  let store: Store
  let clock: TestClock
  beforeEach(async () => {
    clock = new TestClock()
    directory = await mkdtemp(join(tmpdir(), 'petrel-store-test-'))
    store = await openLevelStore(directory, { writeBufferBytes: 256 * 1024, clock, sweepMs: 0 })
  })
  afterEach(async () => {
    await store.close()
    await rm(directory, { recursive: true, force: true })
  })

  /** Which of the payloads stand in the files. */
  async function found (payloads: readonly Uint8Array[]): Promise<number[]> {
    const files: Buffer[] = []
    // Files come and go while the store tidies up.
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) if (entry.isFile()) files.push(await readFile(join(entry.parentPath, entry.name)).catch(() => Buffer.alloc(0)))
    return payloads.flatMap((payload, i) => files.some(file => holdsBytes(file, payload)) ? [i] : [])
  }

  it('leaves nothing of what was erased early, late, and between, and everything else', async () => {
    const logs = [await newLog(store), await newLog(store), await newLog(store)]
    const payloads = Array.from({ length: 300 }, () => new Uint8Array(randomBytes(2048)))
    const erased = new Set<number>()
    const erase = async (i: number): Promise<void> => {
      erased.add(i)
      await store.logs.erase(logs[i % 3]!, Math.floor(i / 3) + 1, () => undefined)
    }
    for (const [i, payload] of payloads.entries()) {
      await store.logs.append([{ log: logs[i % 3]!, id: randomBytes(16), build: (head, now) => ({ ...building('x')(head, now), payload }) }])
      // Some at once, in the same table; some when it lies far below.
      if (i % 50 === 7) await erase(i)
      if (i % 60 === 59) await erase(i - 50)
    }
    for (const log of logs) await store.logs.scrub(log)
    const left = await found(payloads)
    assert.deepEqual(left, [...payloads.keys()].filter(i => !erased.has(i)))
    assert.equal((await store.logs.read(logs[0]!, 0, 1000, Number.MAX_SAFE_INTEGER)).entries.length, 100)
  })

  /** A log with one entry in a table, and a walk over the store that began before it is erased. */
  async function walked (): Promise<{ log: Uint8Array, payload: Uint8Array, end: () => Promise<unknown> }> {
    const log = await newLog(store)
    const payload = new Uint8Array(randomBytes(2048))
    await store.logs.append([{ log, id: randomBytes(16), build: (head, now) => ({ ...building('x')(head, now), payload }) }])
    await store.kv.batch([1, 2].map(n => ({ type: 'put' as const, key: bytes(n), value: bytes(n) })))
    await store.logs.scrub(log)
    assert.deepEqual(await found([payload]), [0])
    const walk = store.kv.iterate({})[Symbol.asyncIterator]()
    await walk.next()
    await store.logs.erase(log, 1, () => undefined)
    return { log, payload, end: async () => await walk.return?.() }
  }

  /** Resolves when reads are waited for. */
  const waits = async (): Promise<void> => { while (clock.waiting === 0) await nextTick() }

  it('waits for what reads what was there before, and leaves nothing then', async () => {
    const { log, payload, end } = await walked()
    const scrubbed = store.logs.scrub(log)
    await waits()
    assert.deepEqual(await found([payload]), [0])
    await end()
    await scrubbed
    assert.deepEqual(await found([payload]), [])
  })

  it('waits for what began to read while it was at work, and leaves nothing then', async () => {
    const { log, payload, end } = await walked()
    await end()
    // What is read from here on holds the files as they are now.
    const scrubbed = store.logs.scrub(log)
    const walk = store.kv.iterate({})[Symbol.asyncIterator]()
    await walk.next()
    // Nothing had begun before; what has begun since is waited for once the files are rewritten.
    while (clock.waiting > 0) await nextTick()
    await waits()
    await walk.return?.()
    await scrubbed
    assert.deepEqual(await found([payload]), [])
  })

  it('says so when that takes too long, and leaves nothing the next time', async () => {
    const { log, payload, end } = await walked()
    const scrubbed = assert.rejects(store.logs.scrub(log), { code: 'ERR_UNAVAILABLE', message: /still reads/ })
    await waits()
    clock.advance(LIMITS.storeReadsMs)
    await scrubbed
    await end()
    await store.logs.scrub(log)
    assert.deepEqual(await found([payload]), [])
  })
})
