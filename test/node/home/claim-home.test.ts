import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LockedError, UnavailableError } from '../../../src/protocol/wire/index.js'
import { claimHome, homeHolder, HOME_FILES } from '../../../src/node/home/index.js'
import { inFolder } from './helpers.js'

const none = async (): Promise<void> => {}
const locked = async (): Promise<never> => { throw new LockedError('the store is open') }

describe('claiming a home', () => {
  it('gives what was opened, and leaves a note that is gone after release', async () => {
    await inFolder(async folder => {
      const claim = await claimHome(folder, async () => 'store', none)
      assert.equal(claim.value, 'store')
      assert.equal(await homeHolder(folder), process.pid)
      await claim.release()
      await claim.release()
      assert.equal(await homeHolder(folder), undefined)
      assert.deepEqual(await readdir(folder), [])
    })
  })

  it('names the process that has it', async () => {
    await inFolder(async folder => {
      const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
      try {
        await once(other, 'spawn')
        await writeFile(join(folder, HOME_FILES.pid), `${other.pid!}\n`)
        await assert.rejects(claimHome(folder, locked, none), (error: LockedError) => {
          assert.equal(error.code, LockedError.code)
          assert.deepEqual(error.details, { pid: other.pid! })
          assert.match(error.message, new RegExp(`process ${other.pid!}`))
          return true
        })
        assert.equal(await readFile(join(folder, HOME_FILES.pid), 'utf8'), `${other.pid!}\n`)
      } finally {
        other.kill('SIGKILL')
        await once(other, 'exit')
      }
      // Its note outlives it, and means nothing then: the store's own lock decides.
      assert.equal(await homeHolder(folder), undefined)
      const claim = await claimHome(folder, async () => 1, none)
      assert.equal(await homeHolder(folder), process.pid)
      await claim.release()
    })
  })

  it('says that somebody has it even when nobody is noted, and passes other errors on', async () => {
    await inFolder(async folder => {
      await assert.rejects(claimHome(folder, locked, none), { code: LockedError.code, details: {}, message: /another process/ })
      await writeFile(join(folder, HOME_FILES.pid), '-1 rubbish')
      await assert.rejects(claimHome(folder, locked, none), { code: LockedError.code, details: {} })
      await assert.rejects(claimHome(folder, async () => { throw new UnavailableError('the disk is gone') }, none), UnavailableError)
    })
  })
})
