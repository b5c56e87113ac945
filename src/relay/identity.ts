/** The relay's key: 32 bytes in a file that its owner alone may read. */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CorruptError, ForbiddenError, randomSeed } from '../protocol/wire/index.js'
import { syncDirectory, writeFileAtomically } from '../store/index.js'

/** The file in the relay's directory. */
export const IDENTITY_FILE = 'identity.key'
/** The store's folder in the relay's directory. */
export const STORE_FOLDER = 'store'

/**
 * The seed of the relay's key, made when the directory is fresh.
 *
 * @throws CorruptError when the file is damaged, or missing beside a store: another key would be another relay
 * @throws ForbiddenError when others may read it
 */
export async function loadIdentity (directory: string): Promise<Uint8Array> {
  const path = join(directory, IDENTITY_FILE)
  const seed = await readIfThere(path)
  if (seed !== undefined) {
    if (seed.length !== 32) throw new CorruptError(`${path} is damaged: restore it from a backup`)
    await requirePrivate(path)
    // An earlier run may have failed at that, before it made a store: none is made that could outlive its key.
    if (!await isThere(join(directory, STORE_FOLDER))) await syncDirectory(directory)
    return seed
  }
  if (await isThere(join(directory, STORE_FOLDER))) throw new CorruptError(`${path} is missing, and the store beside it belongs to that key: restore it from a backup`)
  const fresh = randomSeed()
  await writeFileAtomically(path, fresh, { mode: 0o600 })
  return fresh
}

/** Checks that a file is its owner's alone. @throws ForbiddenError when others may read it */
export async function requirePrivate (path: string): Promise<void> {
  if (process.platform === 'win32') return
  const { mode } = await stat(path)
  if ((mode & 0o077) !== 0) throw new ForbiddenError(`${path} can be read by others: run chmod 600 on it, and think about whether the key was read already`)
}

/** Whether there is anything at a path. */
export async function isThere (path: string): Promise<boolean> {
  return await stat(path).then(() => true, () => false)
}

async function readIfThere (path: string): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await readFile(path))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
