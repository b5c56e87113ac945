/** Backups and what is made of them. A copy is a whole relay directory; it holds the relay's key and is as private as that. */
import { randomBytes } from 'node:crypto'
import { chmod, copyFile, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AbortedError, ExistsError, NotFoundError } from '../../protocol/wire/index.js'
import { backupStore, makeDirectory, syncDirectory, verifyStore } from '../../store/index.js'
import { IDENTITY_FILE, isThere, STORE_FOLDER } from '../identity.js'
import type { CopyReport } from './types.js'

/** Copies the store to a new folder. */
export type CopyStore = (target: string) => Promise<void>

/**
 * Makes a copy at `target`: nothing, or whole, checked and synced.
 *
 * @param from the directory whose identity goes along
 * @throws ExistsError when there is something at `target`; NotFoundError when `from` is no relay's directory; AbortedError
 */
export async function copyRelay (from: string, target: string, copyStore: CopyStore, signal?: AbortSignal): Promise<CopyReport> {
  if (!await isThere(join(from, IDENTITY_FILE))) throw new NotFoundError(`${from} holds no relay`)
  if (await isThere(target) && (!(await stat(target)).isDirectory() || (await readdir(target)).length > 0)) throw new ExistsError(`there is something in ${target} already: name a new directory`)
  const temporary = `${target}.${randomBytes(6).toString('hex')}.tmp`
  await makeDirectory(dirname(target), 0o777)
  try {
    await makeDirectory(temporary)
    await copyStore(join(temporary, STORE_FOLDER))
    await copyFile(join(from, IDENTITY_FILE), join(temporary, IDENTITY_FILE))
    await chmod(join(temporary, IDENTITY_FILE), 0o600)
    const { logs, entries, records, blocks } = await verifyStore(join(temporary, STORE_FOLDER), signal === undefined ? {} : { signal })
    await syncDirectory(temporary)
    // Whoever asked has gone, and would not know that the relay's key lies there.
    if (signal?.aborted === true) throw new AbortedError(undefined, { cause: signal.reason })
    await rename(temporary, target)
    await syncDirectory(dirname(target))
    return { directory: target, logs, entries, records, blocks }
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    throw error
  }
}

/** Makes a relay's directory from a backup. @throws ExistsError, NotFoundError, CorruptError, LockedError */
export async function restoreRelay (backup: string, directory: string, signal?: AbortSignal): Promise<CopyReport> {
  return await copyRelay(backup, directory, target => backupStore(join(backup, STORE_FOLDER), target, signal === undefined ? {} : { signal }), signal)
}
