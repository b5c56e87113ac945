import assert from 'node:assert/strict'
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { CorruptError } from '../../src/protocol/wire/index.js'
import { openLevelStore, type LevelStoreOptions, type LogEntry } from '../../src/store/index.js'
import { item, newLog, temporaryDirectory } from './support.js'

// Small tables, so that a small store has some.
const makeLevel: LevelStoreOptions['makeLevel'] = path =>
  new ClassicLevel<Uint8Array, Uint8Array>(path, { keyEncoding: 'view', valueEncoding: 'view', compression: false, writeBufferSize: 128 * 1024 })

describe('a bit that flips in a file of the store', () => {
  let home: string
  let log: Uint8Array
  let original: LogEntry[]
  before(async () => {
    home = await temporaryDirectory()
    const store = await openLevelStore(join(home, 'good'), { makeLevel })
    log = await newLog(store)
    for (let i = 0; i < 10; i++) await store.logs.append(Array.from({ length: 50 }, (_, n) => item(log, `${i} ${n} ${'x'.repeat(600)}`)))
    original = (await store.logs.read(log, 0, 1000, 1e9)).entries
    await store.close()
  })
  after(async () => { await rm(home, { recursive: true }) })

  /** Reads the whole log of a copy in which one bit of a file is another. */
  async function readFlipped (file: string, at: number): Promise<LogEntry[] | CorruptError> {
    const path = join(home, 'bad')
    await cp(join(home, 'good'), path, { recursive: true })
    const content = await readFile(join(path, 'level', file))
    content[at]! ^= 1 << (at % 8)
    await writeFile(join(path, 'level', file), content)
    try {
      const store = await openLevelStore(path, { makeLevel })
      try {
        return (await store.logs.read(log, 0, 1000, 1e9)).entries
      } finally {
        await store.close()
      }
    } catch (error) {
      assert.ok(error instanceof CorruptError, String(error))
      return error
    } finally {
      await rm(path, { recursive: true })
    }
  }

  it('never changes what is read: the damage is reported, or it is as if the last writes had not been', async () => {
    const files = (await readdir(join(home, 'good', 'level'))).filter(name => /\.(ldb|log)$/.test(name))
    assert.ok(files.some(name => name.endsWith('.ldb')) && files.some(name => name.endsWith('.log')))
    let reported = 0
    for (const file of files) {
      const { length } = await readFile(join(home, 'good', 'level', file))
      for (const part of [0.1, 0.35, 0.6, 0.85]) {
        const result = await readFlipped(file, Math.floor(length * part))
        if (result instanceof CorruptError) reported++
        else assert.deepEqual(result, original.slice(0, result.length))
      }
    }
    assert.ok(reported > 0)
  }).timeout(60_000)
})
