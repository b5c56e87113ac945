import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { PASSWORD_COST, systemRandom, type PasswordCost, type RandomBytes } from '../../protocol/crypto/index.js'
import { AbortedError, LIMITS, sameBytes, UnavailableError } from '../../protocol/wire/index.js'
import { writeFileAtomically } from '../../store/index.js'
import { HOME_FILES, readSecretFile } from './files.js'
import { sealKeystore } from './keystore.js'
import { openIdentity, sealedKeystore } from './open-home.js'
import type { Unlock } from './types.js'
import { ensureKeyfile, keyfilePath, makeLock, unlockKey, wipe } from './unlock.js'

/** How to lock a home anew. */
export interface RewrapOptions {
  /** Cost of one guess at the new passphrase. PASSWORD_COST unless told. */
  readonly kdfCost?: PasswordCost
  /** The system's randomness unless told; anything else is for tests. */
  readonly random?: RandomBytes
  readonly signal?: AbortSignal
}

/**
 * Locks a home in another way: a new passphrase, or another kind of lock. The keys inside stay. The file is
 * replaced whole, so after a crash either the old lock or the new one holds. Copies of the old keystore still open
 * with the old secret.
 *
 * @throws as openHome; the old lock then still holds. UnavailableError with `details.lock` "new" when the directory could
 * not be synced: the new lock holds, and after a power cut it may be the old one, whose key file is kept for that
 */
export async function rewrapHome (dir: string, from: Unlock, to: Unlock, options: RewrapOptions = {}): Promise<void> {
  const { random = systemRandom, kdfCost = PASSWORD_COST, signal } = options
  const identity = await openIdentity(dir, await sealedKeystore(dir), from, signal)
  try {
    const lock = makeLock(to, kdfCost, random)
    if (to.kind === 'keyfile') await ensureKeyfile(dir, to, random)
    const key = await unlockKey(dir, lock, to, signal)
    try {
      if (signal?.aborted === true) throw new AbortedError()
      await replaceKeystore(dir, sealKeystore(identity, lock, key, random))
    } finally {
      wipe(key)
    }
  } finally {
    wipe(identity.deviceSeed)
    wipe(identity.storeKey)
  }
  if (from.kind === 'keyfile' && !(to.kind === 'keyfile' && resolve(keyfilePath(dir, from)) === resolve(keyfilePath(dir, to)))) {
    // The old key opens nothing any more but copies of the old keystore.
    await rm(keyfilePath(dir, from), { force: true })
  }
}

/** @throws the file system's error, and the old one stands; UnavailableError when the new one stands, but not for certain */
async function replaceKeystore (dir: string, keystore: Uint8Array): Promise<void> {
  const path = join(dir, HOME_FILES.keystore)
  try {
    await writeFileAtomically(path, keystore, { mode: 0o600 })
  } catch (cause) {
    const there = await readSecretFile(path, LIMITS.keystoreBytes, 'the keystore').catch(() => undefined)
    if (there === undefined || !sameBytes(there, keystore)) throw cause
    throw new UnavailableError(`the new lock of ${dir} holds, but the disk did not say that it is there for good: after a power cut it may be the old one; lock it once more`, { cause, details: { lock: 'new' } })
  }
}
