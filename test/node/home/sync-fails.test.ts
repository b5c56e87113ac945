/** A home whose directory cannot be made durable: the file that is linked last stands there already when the sync fails. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { HOME_FILES, openHome, type Unlock } from '../../../src/node/home/index.js'
import { ioError } from '../../store/faulty-level.js'
import { inFolder, makeHome } from './helpers.js'

const KEYFILE: Unlock = { kind: 'keyfile' }

/** Runs with syncs of directories that fail, if `fails` says so of the one of this number, counted from 1. */
async function withFailing<T> (folder: string, fails: (nth: number) => boolean, run: () => Promise<T>): Promise<T> {
  const probe = await open(folder)
  const handles = Object.getPrototypeOf(probe) as FileHandle
  await probe.close()
  const sync = Object.getOwnPropertyDescriptor(handles, 'sync')!
  let seen = 0
  const failing = async function (this: FileHandle): Promise<void> {
    if ((await this.stat()).isDirectory() && fails(++seen)) throw ioError('EIO', 'Input/output error')
    await (sync.value as FileHandle['sync']).call(this)
  }
  Object.defineProperty(handles, 'sync', { ...sync, value: failing })
  try {
    return await run()
  } finally {
    Object.defineProperty(handles, 'sync', sync)
  }
}

describe('a home whose keystore is written, and its directory then not synced', () => {
  before(function () { if (process.platform === 'win32') this.skip() })

  it('is not there, nor is its key: it is made anew in the same place', async () => {
    await inFolder(async folder => {
      const dir = join(folder, 'home')
      await assert.rejects(withFailing(folder, nth => nth === 2, async () => await makeHome(dir, KEYFILE)), /Input\/output error/)
      assert.ok(!existsSync(dir), 'something was left')
      const made = await makeHome(dir, KEYFILE)
      assert.deepEqual((await openHome(dir, KEYFILE)).account, made.account)
    })
  })

  it('keeps its key for as long as the disk may give the keystore back, and the next one takes that', async () => {
    await inFolder(async folder => {
      const dir = join(folder, 'home')
      await assert.rejects(withFailing(folder, nth => nth >= 2, async () => await makeHome(dir, KEYFILE)), /Input\/output error/)
      assert.deepEqual(readdirSync(dir), [HOME_FILES.keyfile])
      const made = await makeHome(dir, KEYFILE)
      assert.deepEqual((await openHome(dir, KEYFILE)).account, made.account)
    })
  })

  it('is not there under a passphrase either, of which nobody was told the words', async () => {
    await inFolder(async folder => {
      const dir = join(folder, 'home')
      await assert.rejects(withFailing(folder, () => true, async () => await makeHome(dir)), /Input\/output error/)
      await makeHome(dir)
    })
  })
})
