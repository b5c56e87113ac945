import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { accountFromPhrase, newPhrase, normalizePhrase, PASSWORD_COST, systemRandom } from '../../protocol/crypto/index.js'
import { AbortedError, BadInputError, ExistsError, LIMITS, signCertificate, signerFromSeed, signManifest, type KeyBytes, type Signer } from '../../protocol/wire/index.js'
import { createSecretFile, errnoOf, HOME_FILES, makePrivateDirectory, requirePrivateDirectory } from './files.js'
import { sealKeystore, type Identity } from './keystore.js'
import type { CreateHomeOptions, NewHome } from './types.js'
import { ensureKeyfile, makeLock, unlockKey, wipe } from './unlock.js'

/**
 * Makes a home: a device key, a store key, and an account that certifies the device. The account key and
 * the phrase exist only while this runs; the disk never sees them.
 *
 * @throws ExistsError when a home is there already; nothing is changed
 * @throws BadInputError for a bad phrase, name or passphrase, or a directory that others can write
 * @throws ForbiddenError for a directory of another user
 * @throws AbortedError by signal
 */
export async function createHome (options: CreateHomeOptions): Promise<NewHome> {
  const { dir, signal, random = systemRandom, now = Date.now } = options
  const name = checkName(options.name)
  // What the person typed is checked before the disk is touched.
  const words = options.phrase === undefined ? newPhrase(random) : normalizePhrase(options.phrase)
  await makePrivateDirectory(dir)
  await requirePrivateDirectory(dir)
  await refuseExisting(dir)
  const lock = makeLock(options.unlock, options.kdfCost ?? PASSWORD_COST, random)
  if (options.unlock.kind === 'keyfile') await ensureKeyfile(dir, options.unlock, random)
  const key = await unlockKey(dir, lock, options.unlock, signal)
  const deviceSeed = random(32)
  const storeKey = random(32)
  try {
    const device = signerFromSeed(deviceSeed).key
    const { account, manifest } = foundAccount(accountFromPhrase(words).signer, device, now())
    const identity: Identity = { account, deviceSeed, storeKey, name, manifest }
    if (signal?.aborted === true) throw new AbortedError()
    await createSecretFile(join(dir, HOME_FILES.keystore), sealKeystore(identity, lock, key, random))
    return { words, account, device, manifest }
  } finally {
    for (const secret of [key, deviceSeed, storeKey]) wipe(secret)
  }
}

function checkName (name: string): string {
  const trimmed = name.trim()
  if (trimmed === '' || !trimmed.isWellFormed() || Buffer.byteLength(trimmed) > LIMITS.nameBytes) {
    throw new BadInputError(`a name has 1 to ${LIMITS.nameBytes} bytes of UTF-8`)
  }
  // It is shown on other people's terminals.
  if (/\p{Cc}/u.test(trimmed)) throw new BadInputError('a name has no control characters')
  return trimmed
}

async function refuseExisting (dir: string): Promise<void> {
  if (await exists(join(dir, HOME_FILES.keystore))) throw new ExistsError(`there is an identity in ${dir} already; nothing was changed`)
  if (await exists(join(dir, HOME_FILES.store))) {
    throw new ExistsError(`${dir} holds a store whose keystore is missing: put the keystore back, or choose another directory; nothing was changed`)
  }
}

async function exists (path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false
    throw error
  }
}

/** The one use of the account key: it certifies the first device and signs the first manifest. */
function foundAccount (signer: Signer, device: KeyBytes, time: number): { account: KeyBytes, manifest: Uint8Array } {
  const account = signer.key
  const cert = signCertificate({ v: 1, account, device, time }, signer)
  const manifest = signManifest({
    v: 1, account, generation: 1, version: 1, prev: null, devices: [{ key: device, cert }], revoked: [], relays: [], inbox: null, keyPackages: [], time
  }, signer)
  return { account, manifest }
}
