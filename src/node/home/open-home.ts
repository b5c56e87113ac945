import { join } from 'node:path'
import { DecryptError, LIMITS, NotFoundError, signerFromSeed } from '../../protocol/wire/index.js'
import { HOME_FILES, noHome, readSecretFile, requirePrivateDirectory } from './files.js'
import { openKeystore, readKeystore, type Identity, type SealedKeystore } from './keystore.js'
import type { OpenHome, Unlock, UnlockKind } from './types.js'
import { cannotOpen, unlockKey, wipe } from './unlock.js'

/**
 * Opens a home.
 *
 * @throws NotFoundError when there is none (run petrel init), or its key file or credential is missing
 * @throws DecryptError for a wrong passphrase, key file or credential
 * @throws BadInputError when the home is locked in another way (`details.unlock` says how), or others can reach its keys
 * @throws ForbiddenError for a home of another user
 * @throws FormatError for a home of a newer Petrel; nothing is touched
 * @throws CorruptError when the keystore is not what was written
 * @throws AbortedError by signal
 */
export async function openHome (dir: string, unlock: Unlock, options: { readonly signal?: AbortSignal } = {}): Promise<OpenHome> {
  const { account, deviceSeed, storeKey, name, manifest, recovery, first } = await openIdentity(dir, await sealedKeystore(dir), unlock, options.signal)
  return {
    dir, account, device: signerFromSeed(deviceSeed), deviceSeed, storeKey, name, manifest, ...recovery === undefined ? {} : { recovery }, ...first === undefined ? {} : { first },
    close: () => {
      wipe(deviceSeed)
      wipe(storeKey)
    }
  }
}

/** How a home is locked, so that a caller knows whether to ask for a passphrase. @throws as {@link openHome}, except DecryptError */
export async function unlockKindOf (dir: string): Promise<UnlockKind> { return (await sealedKeystore(dir)).lock.kind }

/** Reads a home's keystore without opening it. @throws as {@link openHome}, except DecryptError */
export async function sealedKeystore (dir: string): Promise<SealedKeystore> {
  await requirePrivateDirectory(dir)
  const path = join(dir, HOME_FILES.keystore)
  try {
    return readKeystore(await readSecretFile(path, LIMITS.keystoreBytes, 'the keystore'), path)
  } catch (error) {
    throw error instanceof NotFoundError ? noHome(dir) : error
  }
}

/** Opens what was read. @throws as {@link openHome} */
export async function openIdentity (dir: string, keystore: SealedKeystore, unlock: Unlock, signal?: AbortSignal): Promise<Identity> {
  const key = await unlockKey(dir, keystore.lock, unlock, signal)
  try {
    return openKeystore(keystore, key)
  } catch (error) {
    throw error instanceof DecryptError ? cannotOpen(dir, keystore.lock, error) : error
  } finally {
    wipe(key)
  }
}
