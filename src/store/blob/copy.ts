/** Copies of the segments' files, for backups. */
import { constants, copyFile, mkdir, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { throwIfAborted, type Abortable } from '../abort.js'
import { syncDirectory } from '../atomic-file.js'
import { segmentOfName } from './segment-file.js'

/**
 * Copies a directory of segments, after the index was: what is written meanwhile lies behind what that knows, and is
 * looked at when the copy is opened. No segment may be removed until it has ended. Nothing happens when there is none.
 *
 * @throws AbortedError, the file system's error
 */
export async function copySegments (from: string, to: string, { signal }: Abortable = {}): Promise<void> {
  const names = await readdir(from).catch((error: unknown): string[] => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  })
  const segments = names.filter(name => segmentOfName(name) !== undefined).sort()
  if (segments.length === 0) return
  await mkdir(to, { mode: 0o700 })
  for (const name of segments) {
    throwIfAborted(signal)
    // Where the file system can, both share the bytes until one is written to.
    await copyFile(join(from, name), join(to, name), constants.COPYFILE_FICLONE)
    const handle = await open(join(to, name), 'r+')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }
  await syncDirectory(to)
}
