import assert from 'node:assert/strict'
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openLevelStore, type LevelStore } from '../../src/store/index.js'
import { CODEC, cidOf } from '../../src/protocol/wire/index.js'
import { appendOne, bytes, item, newLog, temporaryDirectory, testCipher } from './support.js'

async function tree (path: string): Promise<string[]> {
  const names = (await readdir(path, { recursive: true, withFileTypes: true })).filter(e => e.isFile()).map(e => join(e.parentPath, e.name)).sort()
  return await Promise.all(names.map(async name => `${name} ${(await stat(name)).mtimeMs} ${(await readFile(name)).toString('base64')}`))
}

describe('opening a store', () => {
  let home: string
  let path: string
  beforeEach(async () => {
    home = await temporaryDirectory()
    path = join(home, 'store')
  })
  afterEach(async () => { await rm(home, { recursive: true }) })

  async function withStore<T> (work: (store: LevelStore) => Promise<T>, options: Parameters<typeof openLevelStore>[1] = {}): Promise<T> {
    const store = await openLevelStore(path, options)
    try {
      return await work(store)
    } finally {
      await store.close()
    }
  }

  /** The error of opening, after which no file has changed. */
  async function refusedUntouched (code: string, message: RegExp, options: Parameters<typeof openLevelStore>[1] = {}): Promise<void> {
    const before = await tree(path)
    await assert.rejects(openLevelStore(path, options), (error: Error & { code: string }) => {
      assert.equal(error.code, code)
      assert.match(error.message, message)
      assert.ok(error.message.includes(path))
      return true
    })
    assert.deepEqual(await tree(path), before)
  }

  it('makes a store in an empty or absent directory, for its owner alone, and tells a missing one when it must not', async () => {
    await assert.rejects(openLevelStore(path, { create: false }), { code: 'ERR_NOT_FOUND' })
    await withStore(store => store.kv.batch([{ type: 'put', key: bytes(1), value: bytes(1) }]))
    assert.equal((await stat(path)).mode & 0o777, 0o700)
    assert.equal((await stat(join(path, 'STORE'))).mode & 0o777, 0o600)
    const created = await withStore(async store => store.info)
    assert.deepEqual(await withStore(async store => store.info, { create: false }), created)
    await mkdir(join(home, 'empty'))
    path = join(home, 'empty')
    await withStore(async store => { assert.equal(store.state, 'open') })
  })

  it('refuses a second opener and says what to do', async () => {
    await withStore(async () => {
      await assert.rejects(openLevelStore(path), { code: 'ERR_LOCKED', message: /open in another process.*stop that one first/ })
    })
    await withStore(async store => { assert.equal(store.state, 'open') })
  })

  it('touches nothing when CURRENT is missing', async () => {
    await withStore(async store => appendOne(store, item(await newLog(store), 'a')))
    await rm(join(path, 'level', 'CURRENT'))
    await refusedUntouched('ERR_CORRUPT', /CURRENT is missing.*nothing was touched/)
  })

  it('touches nothing when the database directory is gone, or the marker, or the marker is damaged', async () => {
    await withStore(async store => appendOne(store, item(await newLog(store), 'a')))
    await rename(join(path, 'level'), join(home, 'level'))
    await refusedUntouched('ERR_CORRUPT', /lost files/)
    await rename(join(home, 'level'), join(path, 'level'))
    const marker = await readFile(join(path, 'STORE'))
    await writeFile(join(path, 'STORE'), marker.subarray(0, 20))
    await refusedUntouched('ERR_CORRUPT', /not readable/)
    await rm(join(path, 'STORE'))
    await refusedUntouched('ERR_CORRUPT', /holds files but no STORE/)
  })

  it('refuses a store whose tables are missing', async () => {
    await withStore(async store => {
      const log = await newLog(store)
      const payload = new Uint8Array(60_000)
      for (let i = 0; i < 4; i++) {
        await store.logs.append(Array.from({ length: 100 }, () => item(log, '', { build: head => ({ leaf: bytes(), payload, hash: head.hash, isCommit: false }) })))
      }
    })
    // Closing may come between a table's writing and its entry in the manifest: opening settles it.
    await withStore(async store => { assert.equal(store.state, 'open') })
    const tables = (await readdir(join(path, 'level'))).filter(name => name.endsWith('.ldb'))
    assert.ok(tables.length > 0)
    await rm(join(path, 'level', tables[0]!))
    await assert.rejects(openLevelStore(path), { code: 'ERR_CORRUPT', message: /damaged.*missing/ })
  })

  it('goes on making a store whose making a crash interrupted', async () => {
    await mkdir(path)
    await writeFile(join(path, 'STORE.abc.tmp'), '{"for')
    await withStore(async store => { assert.equal(store.state, 'open') })
    const marker = JSON.parse(await readFile(join(path, 'STORE'), 'utf8'))
    await rm(path, { recursive: true })
    await mkdir(path)
    await writeFile(join(path, 'STORE'), JSON.stringify({ ...marker, stage: 'new' }))
    await withStore(store => store.kv.batch([{ type: 'put', key: bytes(1), value: bytes(1) }]))
    assert.equal(JSON.parse(await readFile(join(path, 'STORE'), 'utf8')).stage, 'ready')
  })

  it('refuses a newer format untouched, whatever else its marker says', async () => {
    await withStore(async store => appendOne(store, item(await newLog(store), 'a')))
    await writeFile(join(path, 'STORE'), '{"format":99,"shape":["unheard of"]}')
    await refusedUntouched('ERR_FORMAT', /format 99.*update Petrel; nothing was touched/)
  })

  it('migrates an older format step by step, also after a crash in between, and then is of the newer one', async () => {
    const put = (n: number) => async (core: { batch: (ops: Array<{ type: 'put', key: Uint8Array, value: Uint8Array }>) => Promise<void> }) => {
      // Key-values of the test lie under c0 00.
      await core.batch([{ type: 'put', key: bytes(0xc0, 0, n), value: bytes(n) }])
    }
    await withStore(store => store.kv.batch([{ type: 'put', key: bytes(9), value: bytes(9) }]), { formats: { newest: 1, migrations: new Map([[0, () => Promise.resolve()]]) } })
    const crashing = new Map([[1, put(1)], [2, () => Promise.reject(new Error('power cut'))]])
    await assert.rejects(openLevelStore(path, { formats: { newest: 3, migrations: crashing } }), /power cut/)
    const again: number[] = []
    const migrations = new Map([[1, async () => { again.push(1) }], [2, put(2)]])
    await withStore(async store => {
      assert.equal(store.info.format, 3)
      assert.deepEqual(await store.kv.getMany([bytes(1), bytes(2), bytes(9)]), [bytes(1), bytes(2), bytes(9)])
    }, { formats: { newest: 3, migrations } })
    assert.deepEqual(again, [], 'a step that was done is not done again')
    await refusedUntouched('ERR_FORMAT', /format 3/)
    await assert.rejects(openLevelStore(path, { formats: { newest: 5, migrations: new Map() } }), { code: 'ERR_FORMAT', message: /release in between/ })
  })

  it('opens the store that was written by format 1, from its fixture', async () => {
    await cp(join(import.meta.dirname, '../fixtures/store/format-1'), path, { recursive: true })
    await withStore(async store => {
      assert.deepEqual(await store.kv.get(bytes(1, 2, 3)), bytes(4, 5, 6))
      assert.deepEqual((await store.records.get(bytes(7)))?.value, bytes(8))
      const log = new Uint8Array(34).fill(1)
      const { entries, head } = await store.logs.read(log, 0, 10, 1e6)
      assert.deepEqual(entries.map(e => [e.seq, e.erased, e.isCommit, e.payload.length]), [[2, true, false, 32], [3, false, true, 5]])
      assert.deepEqual([head.seq, head.first, head.lastCommit, head.term, head.meta], [3, 2, 3, 7, bytes(1, 2)])
      const again = await appendOne(store, item(log, 'first', { id: new Uint8Array(16).fill(1) }))
      assert.deepEqual(again, { status: 'duplicate', seq: 1, record: null })
      const block = { cid: cidOf(CODEC.raw, bytes(1)), bytes: bytes(1) }
      assert.deepEqual([store.info.format, store.blobs.usage.blocks, await store.blobs.get(block.cid)], [2, 0, undefined])
      await store.blobs.put([block])
      assert.equal((await store.verify()).problemCount, 0)
    })
    await withStore(async store => { assert.equal(store.blobs.usage.blocks, 1) })
  })

  it('opens an encrypted store under its key only, and says what is wrong otherwise', async () => {
    const cipher = testCipher()
    await withStore(store => store.kv.batch([{ type: 'put', key: bytes(1), value: new TextEncoder().encode('a marked text') }]), { cipher })
    await assert.rejects(openLevelStore(path, { cipher: testCipher(new Uint8Array(32)) }), { code: 'ERR_DECRYPT', message: /another one, or the store is damaged/ })
    await refusedUntouched('ERR_BAD_INPUT', /encrypted by/)
    await withStore(async store => { assert.equal(new TextDecoder().decode(await store.kv.get(bytes(1))), 'a marked text') }, { cipher })
    for (const line of await tree(path)) assert.ok(!Buffer.from(line.split(' ')[2]!, 'base64').includes('a marked text'))
  })

  it('refuses a cipher on a store without one', async () => {
    await withStore(async () => undefined)
    await refusedUntouched('ERR_BAD_INPUT', /not encrypted/, { cipher: testCipher() })
  })
})
