import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { PASSWORD_COST, systemRandom, type PasswordCost, type RandomBytes } from '../../protocol/crypto/index.js'
import { AbortedError } from '../../protocol/wire/index.js'
import { writeFileAtomically } from '../../store/index.js'
import { HOME_FILES } from './files.js'
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
 * @throws as openHome; the old lock then still holds
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
      await writeFileAtomically(join(dir, HOME_FILES.keystore), sealKeystore(identity, lock, key, random), { mode: 0o600 })
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
