/** From what a person, a file or systemd gives to the 32 bytes that open the keystore. */
import { access, constants } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { deriveKey, type PasswordCost, type RandomBytes } from '../../protocol/crypto/index.js'
import { BadInputError, CorruptError, DecryptError, ExistsError, labelledHash, LIMITS, NotFoundError, sameBytes } from '../../protocol/wire/index.js'
import { createSecretFile, errnoOf, HOME_FILES, readSecretFile } from './files.js'
import type { Lock, Stretch } from './keystore.js'
import type { Unlock } from './types.js'

const KEY_BYTES = 32
const SALT_BYTES = 16
const CREDENTIAL_LABEL = 'petrel/v1 credential'
const CREDENTIAL_NAME = /^[A-Za-z0-9._-]{1,255}$/

/** Where a key file lies. */
export function keyfilePath (dir: string, unlock: { readonly path?: string }): string { return unlock.path ?? join(dir, HOME_FILES.keyfile) }

/** A new lock for this way to unlock. */
export function makeLock (unlock: Unlock, cost: PasswordCost, random: RandomBytes): Lock {
  if (unlock.kind === 'keyfile') return { kind: unlock.kind }
  const { memoryKiB, passes, lanes } = cost
  return { kind: unlock.kind, stretch: { salt: random(SALT_BYTES), memoryKiB, passes, lanes } }
}

/**
 * The key of a new lock, of which nothing is written yet: of a key file fresh random bytes, or those that a run which was
 * cut short left. The caller wipes it.
 *
 * @throws as {@link unlockKey}; NotFoundError, BadInputError when the key file has no place where it can be written
 */
export async function newKey (dir: string, lock: Lock, unlock: Unlock, { random, signal }: { readonly random: RandomBytes, readonly signal?: AbortSignal | undefined }): Promise<Uint8Array> {
  if (unlock.kind !== 'keyfile') return await unlockKey(dir, lock, unlock, signal)
  const path = keyfilePath(dir, unlock)
  try {
    return await readKeyfile(path)
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error
  }
  await access(dirname(path), constants.W_OK).catch((cause: unknown) => {
    throw errnoOf(cause) === 'ENOENT' ? new NotFoundError(`there is no directory ${dirname(path)} for the key file`, { cause }) : new BadInputError(`the key file cannot be written: ${path}`, { cause })
  })
  return random(KEY_BYTES)
}

/**
 * Has the key file hold this key, durably. Never over another: of two runs at once one wins. Returns whether it was written now.
 * @throws ExistsError when another key came there
 */
export async function placeKeyfile (dir: string, unlock: { readonly path?: string }, key: Uint8Array): Promise<boolean> {
  const path = keyfilePath(dir, unlock)
  try {
    await createSecretFile(path, key)
    return true
  } catch (error) {
    if (!(error instanceof ExistsError)) throw error
    const there = await readKeyfile(path)
    const isSame = sameBytes(there, key)
    wipe(there)
    if (!isSame) throw error
    return false
  }
}

/**
 * The key file for a new lock: fresh random bytes, or those that a run which was cut short left. Never over an
 * existing file, so two runs at once end with one key.
 *
 * @throws BadInputError when the file is there and is no key
 */
export async function ensureKeyfile (dir: string, unlock: { readonly path?: string }, random: RandomBytes): Promise<void> {
  const path = keyfilePath(dir, unlock)
  const key = random(KEY_BYTES)
  try {
    await createSecretFile(path, key)
  } catch (error) {
    if (!(error instanceof ExistsError)) throw error
    wipe(await readKeyfile(path))
  } finally {
    wipe(key)
  }
}

/**
 * The 32 bytes that a lock asks for. The caller wipes them.
 *
 * @throws BadInputError when the lock is of another kind, or a file can be read by others
 * @throws NotFoundError when the key file or credential is not there
 * @throws AbortedError by signal
 */
export async function unlockKey (dir: string, lock: Lock, unlock: Unlock, signal?: AbortSignal): Promise<Uint8Array> {
  if (lock.kind === 'keyfile' && unlock.kind === 'keyfile') return await readKeyfile(keyfilePath(dir, unlock))
  if (lock.kind === 'passphrase' && unlock.kind === 'passphrase') return await stretch(unlock.passphrase, lock.stretch, signal)
  if (lock.kind === 'systemd' && unlock.kind === 'systemd') return await stretch(await readCredential(unlock), lock.stretch, signal)
  throw new BadInputError(`the home ${dir} opens with ${ASKED[lock.kind]}, not with ${ASKED[unlock.kind]}`, { details: { unlock: lock.kind } })
}

const ASKED = { keyfile: 'its key file', passphrase: 'a passphrase', systemd: 'a systemd credential' } as const

/** What a failed opening means, said for this kind of lock. */
export function cannotOpen (dir: string, lock: Lock, cause: unknown): DecryptError {
  const why = lock.kind === 'passphrase' ? 'the passphrase is wrong' : `${ASKED[lock.kind]} is not the one it was locked with`
  return new DecryptError(`the home ${dir} does not open: ${why}, or its keystore was altered`, { cause })
}

async function stretch (secret: string, { salt, ...cost }: Stretch, signal: AbortSignal | undefined): Promise<Uint8Array> {
  return await deriveKey(secret, salt, cost, signal === undefined ? {} : { signal })
}

async function readKeyfile (path: string): Promise<Uint8Array> {
  const key = await readSecretFile(path, LIMITS.keystoreBytes, 'the key file')
  if (key.length !== KEY_BYTES) throw new CorruptError(`the key file ${path} has ${key.length} bytes, not ${KEY_BYTES}: put back a copy of it`)
  return key
}

/** A credential may be any bytes and long: its hash stands for it, as text, where a passphrase stands. */
async function readCredential (unlock: { readonly credential: string, readonly directory?: string }): Promise<string> {
  const { credential, directory = process.env.CREDENTIALS_DIRECTORY } = unlock
  if (!CREDENTIAL_NAME.test(credential) || credential.startsWith('.')) throw new BadInputError(`"${credential.slice(0, 80)}" is no name of a credential`)
  if (directory === undefined || directory === '') throw new NotFoundError('no credentials are here: systemd sets CREDENTIALS_DIRECTORY for a unit with LoadCredential= or SetCredentialEncrypted=')
  const bytes = await readSecretFile(join(directory, credential), LIMITS.credentialBytes, 'the credential', { bySystemd: true })
  if (bytes.length === 0) throw new BadInputError(`the credential ${credential} is empty`)
  try {
    return Buffer.from(labelledHash(CREDENTIAL_LABEL, bytes)).toString('hex')
  } finally {
    wipe(bytes)
  }
}

/** Overwrites a secret. Copies that the runtime made meanwhile are beyond reach. */
export function wipe (secret: Uint8Array): void { secret.fill(0) }
