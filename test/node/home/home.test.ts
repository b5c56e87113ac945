import assert from 'node:assert/strict'
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { hkdfSync } from 'node:crypto'
import { join } from 'node:path'
import { mnemonicToEntropy } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { base58btc } from 'multiformats/bases/base58'
import { accountFromPhrase, newPhrase, systemRandom } from '../../../src/protocol/crypto/index.js'
import { CRYPTO_LABELS } from '../../../src/protocol/crypto/labels.js'
import { TEST_PASSWORD_COST } from '../../../src/protocol/crypto/password.js'
import {
  AbortedError, BadInputError, CorruptError, decodeCbor, DecryptError, encodeCbor, ExistsError, FormatError, lists, NotFoundError, openManifest, sameBytes, signerFromSeed
} from '../../../src/protocol/wire/index.js'
import { createHome, HOME_FILES, openHome, rewrapHome, unlockKindOf, type Unlock } from '../../../src/node/home/index.js'
import { openKeystore, readKeystore, sealKeystore } from '../../../src/node/home/keystore.js'
import { allFiles, inFolder, makeHome, PASSPHRASE } from './helpers.js'

const KEYFILE: Unlock = { kind: 'keyfile' }

describe('a home that is made', () => {
  it('gives an account whose first manifest lists this device and nothing else', async () => {
    await inFolder(async folder => {
      const dir = join(folder, 'deep', 'home')
      const made = await makeHome(dir, PASSPHRASE, { now: () => 1234 })
      const { manifest, signer } = openManifest(made.manifest)
      assert.deepEqual({ generation: manifest.generation, version: manifest.version, prev: manifest.prev, relays: manifest.relays, inbox: manifest.inbox, time: manifest.time },
        { generation: 1, version: 1, prev: null, relays: [], inbox: null, time: 1234 })
      assert.ok(sameBytes(signer, made.account))
      assert.ok(lists(manifest, made.device))
      assert.ok(sameBytes(accountFromPhrase(made.words).signer.key, made.account))
    })
  })

  it('opens with the same account, device, store key, name and manifest each time', async () => {
    await inFolder(async folder => {
      const made = await makeHome(folder)
      const first = await openHome(folder, PASSPHRASE)
      const second = await openHome(folder, PASSPHRASE)
      assert.deepEqual([first.account, first.device.key, first.name, first.manifest], [made.account, made.device, 'Alice', made.manifest])
      assert.deepEqual(first.deviceSeed, second.deviceSeed)
      assert.deepEqual(first.storeKey, second.storeKey)
      assert.deepEqual(signerFromSeed(first.deviceSeed).key, made.device)
      assert.notDeepEqual(first.storeKey, first.deviceSeed)
      first.close()
      assert.deepEqual(first.deviceSeed, new Uint8Array(32))
      assert.deepEqual(first.storeKey, new Uint8Array(32))
    })
  })

  it('takes the account of a phrase that is typed, whatever its case and spaces', async () => {
    await inFolder(async folder => {
      const words = newPhrase()
      const made = await makeHome(folder, KEYFILE, { phrase: `  ${words.toUpperCase().replaceAll(' ', '\n ')} ` })
      assert.equal(made.words, words)
      assert.deepEqual(made.account, accountFromPhrase(words).signer.key)
    })
  })

  for (const unlock of [PASSPHRASE, KEYFILE]) {
    it(`keeps neither words nor account nor device secrets in the clear (${unlock.kind})`, async () => {
      await inFolder(async folder => {
        const secrets = new Map<string, Uint8Array>()
        let drawn = 0
        const random = (length: number): Uint8Array => {
          const bytes = new Uint8Array(length).map((_, i) => (i * 37 + ++drawn * 101 + 11) % 251)
          if (length === 32) secrets.set(`random ${drawn}`, bytes.slice())
          return bytes
        }
        const made = await makeHome(folder, unlock, { random })
        const home = await openHome(folder, unlock)
        secrets.set('device seed', home.deviceSeed)
        secrets.set('store key', home.storeKey)
        const entropy = mnemonicToEntropy(made.words, wordlist)
        assert.ok([...secrets.values()].some(secret => sameBytes(secret, entropy)), 'the phrase is one of the random draws')
        for (const label of [CRYPTO_LABELS.accountKey, CRYPTO_LABELS.recoveryKey]) secrets.set(label, new Uint8Array(hkdfSync('sha256', entropy, new Uint8Array(), label, 32)))
        assert.deepEqual(signerFromSeed(secrets.get(CRYPTO_LABELS.accountKey)!).key, made.account)
        const files = await allFiles(folder)
        const keyfile = join(folder, HOME_FILES.keyfile)
        assert.equal(files.length, unlock.kind === 'keyfile' ? 2 : 1)
        for (const { path, bytes } of files) {
          const text = bytes.toString('latin1').toLowerCase()
          for (const word of new Set(made.words.split(' ').filter(word => word.length > 4))) assert.ok(!text.includes(word), `${path} holds a word of the phrase`)
          assert.ok(!text.includes('alice'), `${path} holds the name`)
          for (const [what, secret] of secrets) {
            if (path === keyfile && bytes.equals(secret)) continue
            const buffer = Buffer.from(secret)
            const forms = [buffer.toString('hex'), buffer.toString('base64').slice(0, 40), buffer.toString('base64url').slice(0, 40), base58btc.baseEncode(secret)]
            assert.ok(!bytes.includes(buffer), `${path} holds the ${what}`)
            for (const form of forms) assert.ok(!text.includes(form.toLowerCase()), `${path} holds the ${what} as text`)
          }
        }
      })
    })
  }

  it('is for its owner alone: directory 0700, files 0600', async () => {
    await inFolder(async folder => {
      const dir = join(folder, 'home')
      await makeHome(dir, KEYFILE)
      assert.equal((await stat(dir)).mode & 0o777, 0o700)
      for (const name of await readdir(dir)) assert.equal((await stat(join(dir, name))).mode & 0o777, 0o600, name)
    })
  })

  it('is never made over another one', async () => {
    await inFolder(async folder => {
      const made = await makeHome(folder)
      const before = await allFiles(folder)
      await assert.rejects(makeHome(folder), ExistsError)
      await assert.rejects(makeHome(folder, KEYFILE), ExistsError)
      assert.deepEqual(await allFiles(folder), before)
      assert.deepEqual((await openHome(folder, PASSPHRASE)).account, made.account)
    })
  })

  it('is one when two processes make it at once, and the loser says so', async () => {
    await inFolder(async folder => {
      const results = await Promise.allSettled([makeHome(folder, KEYFILE), makeHome(folder, KEYFILE), makeHome(folder, KEYFILE)])
      const made = results.filter(r => r.status === 'fulfilled')
      assert.equal(made.length, 1)
      for (const r of results) if (r.status === 'rejected') assert.ok(r.reason instanceof ExistsError)
      assert.deepEqual((await openHome(folder, KEYFILE)).account, made[0]!.value.account)
    })
  })

  it('is not made where a store lost its keystore', async () => {
    await inFolder(async folder => {
      await mkdir(join(folder, HOME_FILES.store))
      await assert.rejects(makeHome(folder), { code: ExistsError.code, message: /keystore is missing/ })
    })
  })

  it('is refused where others can write', async () => {
    await inFolder(async folder => {
      await chmod(folder, 0o770)
      await assert.rejects(makeHome(folder), { code: BadInputError.code, message: /chmod 700/ })
      assert.deepEqual(await readdir(folder), [])
      await chmod(folder, 0o700)
      await makeHome(folder)
      await chmod(folder, 0o707)
      await assert.rejects(openHome(folder, PASSPHRASE), { code: BadInputError.code, message: /other users can write/ })
    })
  })

  it('refuses a bad phrase, an empty passphrase, a bad name and an abort, and leaves nothing', async () => {
    await inFolder(async folder => {
      await assert.rejects(makeHome(folder, PASSPHRASE, { phrase: 'abandon' }), BadInputError)
      await assert.rejects(makeHome(folder, { kind: 'passphrase', passphrase: '' }), BadInputError)
      await assert.rejects(makeHome(folder, PASSPHRASE, { name: ' ' }), BadInputError)
      await assert.rejects(makeHome(folder, PASSPHRASE, { name: 'x'.repeat(257) }), BadInputError)
      await assert.rejects(makeHome(folder, PASSPHRASE, { name: 'a\u001b[2Jb' }), BadInputError)
      await assert.rejects(makeHome(folder, KEYFILE, { signal: AbortSignal.abort() }), AbortedError)
      assert.deepEqual(await readdir(folder), [])
      await assert.rejects(makeHome(join(folder, 'a', 'b'), KEYFILE, { signal: AbortSignal.abort() }), AbortedError)
      assert.deepEqual(await readdir(folder), [])
      // A key file that a crash has left is used by the next.
      await writeFile(join(folder, HOME_FILES.keyfile), Buffer.alloc(32, 7), { mode: 0o600 })
      await makeHome(folder, KEYFILE)
      assert.deepEqual(await readFile(join(folder, HOME_FILES.keyfile)), Buffer.alloc(32, 7))
      await openHome(folder, KEYFILE)
    })
  })
})

describe('opening a home', () => {
  it('says what to do when there is none', async () => {
    await inFolder(async folder => {
      await assert.rejects(openHome(join(folder, 'nowhere'), PASSPHRASE), { code: NotFoundError.code, message: /petrel init/ })
      await assert.rejects(openHome(folder, PASSPHRASE), { code: NotFoundError.code, message: /petrel init/ })
    })
  })

  it('tells a wrong passphrase, key file or credential from damage', async () => {
    await inFolder(async folder => {
      await makeHome(join(folder, 'p'))
      await assert.rejects(openHome(join(folder, 'p'), { kind: 'passphrase', passphrase: 'wrong' }), { code: DecryptError.code, message: /passphrase is wrong/ })
      await makeHome(join(folder, 'k'), KEYFILE)
      await writeFile(join(folder, 'k', HOME_FILES.keyfile), Buffer.alloc(32, 7))
      await assert.rejects(openHome(join(folder, 'k'), KEYFILE), { code: DecryptError.code, message: /key file/ })
      await writeFile(join(folder, 'k', HOME_FILES.keyfile), Buffer.alloc(31, 7))
      await assert.rejects(openHome(join(folder, 'k'), KEYFILE), CorruptError)
      await rm(join(folder, 'k', HOME_FILES.keyfile))
      await assert.rejects(openHome(join(folder, 'k'), KEYFILE), { code: NotFoundError.code, message: /key file/ })
    })
  })

  it('says how the home is locked when asked in another way', async () => {
    await inFolder(async folder => {
      await makeHome(folder)
      assert.equal(await unlockKindOf(folder), 'passphrase')
      await assert.rejects(openHome(folder, KEYFILE), { code: BadInputError.code, details: { unlock: 'passphrase' } })
    })
  })

  it('refuses a newer format and leaves the file as it is', async () => {
    await inFolder(async folder => {
      await makeHome(folder)
      const path = join(folder, HOME_FILES.keystore)
      const newer = encodeCbor({ ...decodeCbor(await readFile(path), 65536) as object, format: 2, lock: 'something new' })
      await writeFile(path, newer)
      await assert.rejects(openHome(folder, PASSPHRASE), { code: FormatError.code, message: /update Petrel/ })
      assert.deepEqual(new Uint8Array(await readFile(path)), newer)
    })
  })

  it('notices every altered byte of the keystore', async () => {
    await inFolder(async folder => {
      await makeHome(folder, KEYFILE)
      const path = join(folder, HOME_FILES.keystore)
      const bytes = await readFile(path)
      for (let i = 0; i < bytes.length; i += 11) {
        const altered = Buffer.from(bytes)
        altered[i]! ^= 0x10
        await writeFile(path, altered)
        await assert.rejects(openHome(folder, KEYFILE), (error: Error) => error instanceof CorruptError || error instanceof DecryptError || error instanceof FormatError || error instanceof BadInputError)
      }
      await writeFile(path, bytes.subarray(0, bytes.length - 1))
      await assert.rejects(openHome(folder, KEYFILE), CorruptError)
    })
  })

  it('does not open under a cost that was changed in the file', async () => {
    await inFolder(async folder => {
      await makeHome(folder, PASSPHRASE, { kdfCost: { memoryKiB: 16, passes: 1, lanes: 1 } })
      const path = join(folder, HOME_FILES.keystore)
      const file = decodeCbor(await readFile(path), 65536) as { lock: { stretch: { memoryKiB: number } } }
      assert.equal(file.lock.stretch.memoryKiB, 16)
      file.lock.stretch.memoryKiB = 8
      await writeFile(path, encodeCbor(file))
      await assert.rejects(openHome(folder, PASSPHRASE), DecryptError)
      file.lock.stretch.memoryKiB = 2 ** 40
      await writeFile(path, encodeCbor(file))
      await assert.rejects(openHome(folder, PASSPHRASE), CorruptError)
    })
  })

  it('does not open when what stands beside the sealed part was changed', () => {
    const key = new Uint8Array(32).fill(3)
    const seed = new Uint8Array(32).fill(4)
    const identity = { account: signerFromSeed(seed).key, deviceSeed: seed, storeKey: seed, name: 'A', manifest: Uint8Array.of(1) }
    const { sealed } = readKeystore(sealKeystore(identity, { kind: 'keyfile' }, key, systemRandom), 'keystore')
    assert.equal(openKeystore({ lock: { kind: 'keyfile' }, sealed }, key).name, 'A')
    const stretch = { salt: new Uint8Array(16), memoryKiB: 8, passes: 1, lanes: 1 }
    assert.throws(() => openKeystore({ lock: { kind: 'passphrase', stretch }, sealed }, key), DecryptError)
  })

  it('refuses a keystore that others can read', async () => {
    await inFolder(async folder => {
      await makeHome(folder)
      await chmod(join(folder, HOME_FILES.keystore), 0o644)
      await assert.rejects(openHome(folder, PASSPHRASE), { code: BadInputError.code, message: /chmod 600/ })
    })
  })

  it('takes a systemd credential of any bytes, and only that one', async () => {
    await inFolder(async folder => {
      const directory = join(folder, 'credentials')
      await mkdir(directory)
      const credential = Buffer.alloc(5000, 0xff)
      await writeFile(join(directory, 'petrel'), credential, { mode: 0o600 })
      const unlock: Unlock = { kind: 'systemd', credential: 'petrel', directory }
      const home = join(folder, 'home')
      const made = await createHome({ dir: home, name: 'Alice', unlock, kdfCost: TEST_PASSWORD_COST })
      assert.deepEqual((await openHome(home, unlock)).device.key, made.device)
      if (process.platform !== 'win32') {
        // How systemd shows a credential that a service's own user may read by an access list.
        await chmod(join(directory, 'petrel'), 0o440)
        assert.deepEqual((await openHome(home, unlock)).device.key, made.device)
        for (const mode of [0o444, 0o460, 0o404]) {
          await chmod(join(directory, 'petrel'), mode)
          await assert.rejects(openHome(home, unlock), { code: BadInputError.code, message: /other users/ })
        }
        await chmod(join(directory, 'petrel'), 0o600)
      }
      credential[4999] = 0xfe
      await writeFile(join(directory, 'petrel'), credential)
      await assert.rejects(openHome(home, unlock), DecryptError)
      await assert.rejects(openHome(home, { ...unlock, credential: '../home/key' }), BadInputError)
      await assert.rejects(openHome(home, { ...unlock, credential: 'other' }), NotFoundError)
      await assert.rejects(openHome(home, { kind: 'systemd', credential: 'petrel', directory: '' }), { code: NotFoundError.code, message: /LoadCredential/ })
    })
  })
})

describe('locking a home anew', () => {
  it('opens with the new passphrase, not with the old, and holds the same keys', async () => {
    await inFolder(async folder => {
      await makeHome(folder)
      const before = await openHome(folder, PASSPHRASE)
      const next: Unlock = { kind: 'passphrase', passphrase: 'another' }
      await rewrapHome(folder, PASSPHRASE, next, { kdfCost: TEST_PASSWORD_COST })
      const after = await openHome(folder, next)
      assert.deepEqual([after.deviceSeed, after.storeKey, after.account, after.manifest], [before.deviceSeed, before.storeKey, before.account, before.manifest])
      await assert.rejects(openHome(folder, PASSPHRASE), DecryptError)
      assert.deepEqual(await readdir(folder), [HOME_FILES.keystore])
    })
  })

  it('goes from a key file to a passphrase and back, and leaves no key that still opens it', async () => {
    await inFolder(async folder => {
      await makeHome(folder, KEYFILE)
      await rewrapHome(folder, KEYFILE, PASSPHRASE, { kdfCost: TEST_PASSWORD_COST })
      assert.deepEqual(await readdir(folder), [HOME_FILES.keystore])
      await rewrapHome(folder, PASSPHRASE, KEYFILE)
      await openHome(folder, KEYFILE)
      await rewrapHome(folder, KEYFILE, KEYFILE)
      await openHome(folder, KEYFILE)
    })
  })

  it('changes nothing when the old passphrase is wrong or the new one is empty', async () => {
    await inFolder(async folder => {
      await makeHome(folder)
      await assert.rejects(rewrapHome(folder, { kind: 'passphrase', passphrase: 'wrong' }, KEYFILE), DecryptError)
      await assert.rejects(rewrapHome(folder, PASSPHRASE, { kind: 'passphrase', passphrase: '' }), BadInputError)
      assert.deepEqual(await readdir(folder), [HOME_FILES.keystore])
      await openHome(folder, PASSPHRASE)
    })
  })
})
