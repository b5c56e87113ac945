/** A home whose directory cannot be made durable: the file that is linked last stands there already when the sync fails. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { claimHome, homeHolder, HOME_FILES, openHome, rewrapHome, type Unlock } from '../../../src/node/home/index.js'
import { withFailingSyncs } from '../../store/failing-syncs.js'
import { DecryptError, UnavailableError } from '../../../src/protocol/wire/index.js'
import { TEST_PASSWORD_COST } from '../../../src/protocol/crypto/password.js'
import { inFolder, makeHome, PASSPHRASE } from './helpers.js'

const KEYFILE: Unlock = { kind: 'keyfile' }

describe('a home whose keystore is written, and its directory then not synced', () => {
  before(function () { if (process.platform === 'win32') this.skip() })

  it('is not there, nor is its key: it is made anew in the same place', async () => {
    await inFolder(async folder => {
      const dir = join(folder, 'home')
      await assert.rejects(withFailingSyncs(folder, nth => nth === 2, async () => await makeHome(dir, KEYFILE)), /Input\/output error/)
      assert.ok(!existsSync(dir), 'something was left')
      const made = await makeHome(dir, KEYFILE)
      assert.deepEqual((await openHome(dir, KEYFILE)).account, made.account)
    })
  })

  it('keeps its key for as long as the disk may give the keystore back, and the next one takes that', async () => {
    await inFolder(async folder => {
      const dir = join(folder, 'home')
      await assert.rejects(withFailingSyncs(folder, nth => nth >= 2, async () => await makeHome(dir, KEYFILE)), /Input\/output error/)
      assert.deepEqual(readdirSync(dir), [HOME_FILES.keyfile])
      const made = await makeHome(dir, KEYFILE)
      assert.deepEqual((await openHome(dir, KEYFILE)).account, made.account)
    })
  })

  it('is not there under a passphrase either, of which nobody was told the words', async () => {
    await inFolder(async folder => {
      const dir = join(folder, 'home')
      await assert.rejects(withFailingSyncs(folder, () => true, async () => await makeHome(dir)), /Input\/output error/)
      await makeHome(dir)
    })
  })
})

describe('a home that is locked anew, and its directory then not synced', () => {
  before(function () { if (process.platform === 'win32') this.skip() })

  it('says that the new lock holds, and keeps the key of the old one, which may come back', async () => {
    await inFolder(async folder => {
      await makeHome(folder, KEYFILE)
      const next: Unlock = { kind: 'passphrase', passphrase: 'another' }
      const failed = withFailingSyncs(folder, () => true, async () => { await rewrapHome(folder, KEYFILE, next, { kdfCost: TEST_PASSWORD_COST }) })
      await assert.rejects(failed, (error: unknown) => error instanceof UnavailableError && error.details.lock === 'new' && /new lock/.test(error.message))
      await openHome(folder, next)
      assert.deepEqual(readdirSync(folder).sort(), [HOME_FILES.keyfile, HOME_FILES.keystore].sort())
    })
  })

  it('holds by the old lock when the new keystore could not be written at all', async () => {
    await inFolder(async folder => {
      await makeHome(folder)
      const next: Unlock = { kind: 'passphrase', passphrase: 'another' }
      const failed = withFailingSyncs(folder, () => true, async () => { await rewrapHome(folder, PASSPHRASE, next, { kdfCost: TEST_PASSWORD_COST }) }, 'files')
      await assert.rejects(failed, /Input\/output error/)
      await openHome(folder, PASSPHRASE)
      await assert.rejects(openHome(folder, next), DecryptError)
    })
  })
})

describe('a home that is opened, and its note then not written', () => {
  before(function () { if (process.platform === 'win32') this.skip() })

  it('is closed again, and nobody is noted as its holder', async () => {
    await inFolder(async folder => {
      let closed = 0
      await assert.rejects(withFailingSyncs(folder, () => true, async () => await claimHome(folder, async () => 'store', async () => { closed++ })), /Input\/output error/)
      assert.equal(closed, 1)
      assert.equal(await homeHolder(folder), undefined)
    })
  })
})
