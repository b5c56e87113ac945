/** Whole files, or none: for keys, markers and settings that must survive a power cut. */
import { randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Makes the names in a directory durable: a file that was made, renamed or removed stays so. */
export async function syncDirectory (path: string): Promise<void> {
  // Windows has no handle on a directory to sync; its file system journals names by itself.
  if (process.platform === 'win32') return
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Replaces `path` by `content`: after a crash there is the old file or the new one, whole. The file is
 * readable by its owner alone unless `mode` says otherwise.
 *
 * @throws the file system's error; `path` is then as it was, unless only the sync of its directory failed: then the new
 * file stands there, and a power cut may bring the old one back. Whoever promises more looks which it is
 */
export async function writeFileAtomically (path: string, content: Uint8Array | string, options: { mode?: number } = {}): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    const handle = await open(temporary, 'wx', options.mode ?? 0o600)
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncDirectory(dirname(path))
}
