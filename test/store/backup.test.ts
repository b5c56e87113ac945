import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { backupStore, openLevelStore, verifyStore, writeFileAtomically, type LevelStore } from '../../src/store/index.js'
import { withFailingSyncs } from './failing-syncs.js'
import { appendOne, bytes, item, newLog, temporaryDirectory, testCipher, TestClock } from './support.js'

describe('a backup', () => {
  let home: string
  let store: LevelStore
  const clock = new TestClock()
  const path = (name: string): string => join(home, name)
  beforeEach(async () => {
    home = await temporaryDirectory()
    store = await openLevelStore(path('s'), { clock, sweepMs: 0 })
  })
  afterEach(async () => {
    await store.close()
    await rm(home, { recursive: true })
  })

  it('of an open store holds one moment of it, while appends go on', async () => {
    const log = await newLog(store)
    await store.logs.append(Array.from({ length: 300 }, (_, i) => item(log, `${i} ${'x'.repeat(500)}`)))
    await store.records.put(bytes(1), bytes(2))
    await store.kv.batch([{ type: 'put', key: bytes(3), value: bytes(4) }])
    let copying = true
    const going = (async () => { while (copying) await appendOne(store, item(log, 'later')) })()
    await store.backup(path('b'))
    copying = false
    await going
    assert.deepEqual((await readdir(home)).sort(), ['b', 's'])
    const report = await verifyStore(path('b'))
    assert.deepEqual([report.logs, report.problems], [1, []])
    assert.ok(report.entries >= 300)
    const copy = await openLevelStore(path('b'))
    assert.deepEqual([copy.info.created, copy.info.copied], [store.info.created, clock.now()])
    assert.deepEqual((await copy.logs.read(log, 0, 300, 1e9)).entries, (await store.logs.read(log, 0, 300, 1e9)).entries)
    assert.deepEqual([(await copy.records.get(bytes(1)))?.value, await copy.kv.get(bytes(3))], [bytes(2), bytes(4)])
    assert.equal((await appendOne(copy, item(log, 'goes on'))).status, 'appended')
    await copy.close()
  })

  it('is not there when its name could not be made durable: it can be made again at the same place', async () => {
    await store.close()
    let syncs = 0
    await withFailingSyncs(home, nth => { syncs = nth; return false }, async () => { await backupStore(path('s'), path('first')) })
    await assert.rejects(withFailingSyncs(home, nth => nth === syncs, async () => { await backupStore(path('s'), path('b')) }), /Input\/output error/)
    assert.deepEqual((await readdir(home)).sort(), ['first', 's'])
    await backupStore(path('s'), path('b'))
  })

  it('of a closed store can be restored to a new place', async () => {
    const log = await newLog(store)
    await appendOne(store, item(log, 'a'))
    await assert.rejects(backupStore(path('s'), path('b')), { code: 'ERR_LOCKED' })
    await store.close()
    await backupStore(path('s'), path('deep/b'))
    await backupStore(path('deep/b'), path('restored'))
    store = await openLevelStore(path('restored'), { create: false })
    assert.equal((await store.logs.head(log)).seq, 1)
  })

  it('of an encrypted store stays encrypted and needs no key', async () => {
    const cipher = testCipher()
    const secret = await openLevelStore(path('secret'), { cipher })
    await secret.kv.batch([{ type: 'put', key: bytes(1), value: new TextEncoder().encode('a marked text') }])
    await secret.close()
    await backupStore(path('secret'), path('b'))
    for (const file of await readdir(path('b'), { recursive: true, withFileTypes: true })) {
      if (file.isFile()) assert.ok(!(await readFile(join(file.parentPath, file.name))).includes('marked text'))
    }
    assert.equal((await verifyStore(path('b'), { cipher })).problemCount, 0)
    await assert.rejects(verifyStore(path('b')), { code: 'ERR_BAD_INPUT' })
  })

  it('never goes over anything that is there, and leaves nothing behind when it fails', async () => {
    await mkdir(path('there'))
    await writeFile(path('file'), '')
    for (const target of ['there', 'file', 's']) await assert.rejects(store.backup(path(target)), { code: 'ERR_EXISTS' })
    await assert.rejects(store.backup(path('b'), { signal: AbortSignal.abort() }), { code: 'ERR_ABORTED' })
    await assert.rejects(backupStore(path('there'), path('b')), { code: 'ERR_NOT_FOUND' })
    await assert.rejects(verifyStore(path('there')), { code: 'ERR_NOT_FOUND' })
    assert.deepEqual((await readdir(home)).sort(), ['file', 's', 'there'])
    assert.deepEqual(await readdir(path('there')), [])
  })
})

describe('writing a file atomically', () => {
  it('replaces the whole file, for its owner alone, and leaves the old one when it cannot', async () => {
    const home = await temporaryDirectory()
    const file = join(home, 'f')
    await writeFileAtomically(file, 'old')
    await writeFileAtomically(file, bytes(110, 101, 119))
    assert.equal(await readFile(file, 'utf8'), 'new')
    await mkdir(join(home, 'd'))
    await assert.rejects(writeFileAtomically(join(home, 'd'), 'x'))
    assert.deepEqual((await readdir(home)).sort(), ['d', 'f'])
    await rm(home, { recursive: true })
  })
})
