import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLevelStore, type Store } from '../../src/store/index.js'
import { building, newLog } from './support.js'

describe('scrubbing a log of many tables', () => {
  let directory: string
  let store: Store
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'petrel-store-test-'))
    store = await openLevelStore(directory, { writeBufferBytes: 256 * 1024 })
  })
  afterEach(async () => {
    await store.close()
    await rm(directory, { recursive: true, force: true })
  })

  /** Which of the payloads stand in the files. */
  async function found (payloads: readonly Uint8Array[]): Promise<number[]> {
    const files: Buffer[] = []
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) if (entry.isFile()) files.push(await readFile(join(entry.parentPath, entry.name)))
    return payloads.flatMap((payload, i) => files.some(file => file.includes(Buffer.from(payload))) ? [i] : [])
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
})
