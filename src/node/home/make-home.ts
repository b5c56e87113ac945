/** What is the same however a home comes to be: a private directory with nothing in it, a lock, and the keystore last of all. */
import { rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PASSWORD_COST, systemRandom, type PasswordCost, type RandomBytes } from '../../protocol/crypto/index.js'
import { AbortedError, ExistsError, LIMITS, NotFoundError, sameBytes, signerFromSeed, type Signer } from '../../protocol/wire/index.js'
import { syncDirectory } from '../../store/index.js'
import { createSecretFile, errnoOf, HOME_FILES, makePrivateDirectory, readSecretFile, requirePrivateDirectory } from './files.js'
import { sealKeystore, type Identity } from './keystore.js'
import type { Unlock } from './types.js'
import { keyfilePath, makeLock, newKey, placeKeyfile, wipe } from './unlock.js'

/** How to make a home. */
export interface MakeHomeOptions {
  /** Made when it is missing. */
  readonly dir: string
  readonly unlock: Unlock
  /** Cost of one guess at a passphrase. PASSWORD_COST unless told. */
  readonly kdfCost?: PasswordCost
  /** The system's randomness unless told; anything else is for tests. */
  readonly random?: RandomBytes
  readonly signal?: AbortSignal
}

/** A home that is being made, with a device key of its own. */
export interface HomeMaking {
  readonly device: Signer
  /** The seed of its key, 32 bytes; wiped by {@link close}. */
  readonly deviceSeed: Uint8Array
  /** Writes the key file, if one opens it, then the keystore: from then on the home is there. When it throws, none was made. @throws ExistsError when another one came there meanwhile; AbortedError; the file system's error */
  finish (identity: Omit<Identity, 'deviceSeed'>): Promise<void>
  /** Overwrites the secrets in memory; of a home that was not finished the directory goes too, if it was made for it and is empty. Harmless twice. */
  close (): Promise<void>
}

/**
 * Begins to make a home. Nothing is there before {@link HomeMaking.finish} but its directory.
 *
 * @throws ExistsError when a home is there already; nothing is changed
 * @throws BadInputError for a bad passphrase, or a directory that others can write; ForbiddenError for one of another user; AbortedError
 */
export async function beginHome ({ dir, unlock, kdfCost = PASSWORD_COST, random = systemRandom, signal }: MakeHomeOptions): Promise<HomeMaking> {
  const unmake = await makePrivateDirectory(dir)
  try {
    await requirePrivateDirectory(dir)
    await refuseExisting(dir)
    const lock = makeLock(unlock, kdfCost, random)
    const key = await newKey(dir, lock, unlock, { random, signal })
    const deviceSeed = random(32)
    return {
      device: signerFromSeed(deviceSeed),
      deviceSeed,
      finish: async identity => {
        if (signal?.aborted === true) throw new AbortedError()
        await place(dir, unlock, { key, keystore: sealKeystore({ ...identity, deviceSeed }, lock, key, random) })
      },
      close: async () => {
        wipe(key)
        wipe(deviceSeed)
        await unmake()
      }
    }
  } catch (error) {
    await unmake()
    throw error
  }
}

/** The key first: a keystore without it is lost. When it fails, nothing is there that was not before. */
async function place (dir: string, unlock: Unlock, { key, keystore }: { readonly key: Uint8Array, readonly keystore: Uint8Array }): Promise<void> {
  const isNew = unlock.kind === 'keyfile' && await placeKeyfile(dir, unlock, key)
  const path = join(dir, HOME_FILES.keystore)
  try {
    await createSecretFile(path, keystore)
  } catch (error) {
    if (await takenBack(path, keystore) && isNew) await rm(keyfilePath(dir, unlock), { force: true })
    throw error
  }
}

/**
 * Takes this keystore away if it stands there, as it does when only the sync of its directory failed: its maker says
 * that there is no home, and takes the store back. Returns whether none is there, for good: a keystore that comes back
 * after a power cut needs its key, and so does another home that came there. A key that is left over is taken by the next run.
 */
async function takenBack (path: string, keystore: Uint8Array): Promise<boolean> {
  try {
    if (!sameBytes(await readSecretFile(path, LIMITS.keystoreBytes, 'the keystore'), keystore)) return false
    await rm(path)
    await syncDirectory(dirname(path))
    return true
  } catch (error) {
    return error instanceof NotFoundError
  }
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
