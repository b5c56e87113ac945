import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openLevelStore } from '../../src/store/index.js'
import { item, newLog, temporaryDirectory } from './support.js'

const run = promisify(execFile)

describe('a store on a disk that is really full', () => {
  let disk: string
  beforeEach(async function () {
    disk = await temporaryDirectory()
    try {
      await run('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk])
    } catch {
      // Mounting needs root.
      this.skip()
    }
  })
  afterEach(async () => {
    await run('umount', [disk]).catch(() => undefined)
    await rm(disk, { recursive: true, force: true })
  })

  it('keeps every acknowledged append, goes on reading, and writes again once there is room', async () => {
    const ballast = join(disk, 'ballast')
    // As much as Level may merge at once: what it had begun to merge stays until it is opened again.
    await writeFile(ballast, new Uint8Array(12 * 1024 * 1024))
    const store = await openLevelStore(join(disk, 's'), { probeMs: 50, writeBufferBytes: 1024 * 1024 })
    const log = await newLog(store)
    const payload = new Uint8Array(16 * 1024)
    const big = () => item(log, '', { build: head => ({ leaf: new Uint8Array(8), payload, hash: head.hash, isCommit: false }) })
    let acknowledged = 0
    await assert.rejects(async () => {
      for (;;) {
        await store.logs.append([big(), big(), big(), big()])
        acknowledged += 4
      }
    }, { code: 'ERR_READ_ONLY', message: /disk is full/ })
    assert.ok(acknowledged > 100)
    assert.equal(store.state, 'read-only')
    assert.ok((await store.logs.read(log, acknowledged - 10, 10, 1e9)).entries.length === 10)
    const open = new Promise<void>(resolve => { store.onState(state => { if (state === 'open') resolve() }) })
    await rm(ballast)
    await open
    const [result] = await store.logs.append([big()])
    assert.equal(result!.status, 'appended')
    const report = await store.verify()
    assert.deepEqual(report.problems, [])
    assert.ok(report.entries > acknowledged)
    await store.close()
  }).timeout(60_000)

  it('goes on reading while there is some room, and too little to open its database again', async () => {
    const ballast = join(disk, 'ballast')
    const store = await openLevelStore(join(disk, 't'), { probeMs: 20 })
    const log = await newLog(store)
    const payload = new Uint8Array(64 * 1024)
    const big = () => item(log, '', { build: head => ({ leaf: new Uint8Array(8), payload, hash: head.hash, isCommit: false }) })
    for (let n = 0; n < 80; n++) await store.logs.append([big()])
    await writeFile(ballast, '')
    await assert.rejects(async () => { for (;;) await writeFile(ballast, new Uint8Array(64 * 1024), { flag: 'a' }) }, { code: 'ENOSPC' })
    await assert.rejects(async () => { for (;;) await store.logs.append([big()]) }, { code: 'ERR_READ_ONLY' })
    await truncate(ballast, (await stat(ballast)).size - 2 * 1024 * 1024)
    const until = Date.now() + 1000
    while (Date.now() < until) assert.equal((await store.logs.read(log, 1, 10, 1e9)).entries.length, 10)
    assert.equal(store.state, 'read-only')
    assert.match(store.reason?.message ?? '', /MiB are needed/)
    const open = new Promise<void>(resolve => { store.onState(state => { if (state === 'open') resolve() }) })
    await rm(ballast)
    await open
    await store.logs.append([big()])
    assert.deepEqual((await store.verify()).problems, [])
    await store.close()
  }).timeout(60_000)
})
