/** Whether the disk takes writes again, and as much of them as opening the database needs. */
import { open, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { ReadOnlyError } from '../../protocol/wire/index.js'
import { journalsOf } from './journal.js'

/** Bytes the probe writes and syncs: enough that a disk with a few free blocks does not pass. */
const PROBE_BYTES = 1024 * 1024

/** Writes a file beside the database and syncs it. @throws the file system's error */
export async function probeDisk (path: string): Promise<void> {
  const file = join(path, 'probe.tmp')
  try {
    const handle = await open(file, 'w', 0o600)
    try {
      await handle.writeFile(new Uint8Array(PROBE_BYTES))
      await handle.sync()
    } finally {
      await handle.close()
    }
  } finally {
    await rm(file, { force: true })
  }
}

/** Bytes that the disk behind a directory has free for this process; Infinity where its system does not tell. */
export async function freeBytes (path: string): Promise<number> {
  const { bavail, bsize, blocks } = await statfs(path)
  return blocks === 0 ? Infinity : bavail * bsize
}

/**
 * Opening a database writes what its journals hold into tables. On a disk that has no room for them it fails, and a database
 * that was closed to be opened again cannot even be read until there is.
 *
 * @throws ReadOnlyError when there is too little room; the file system's error
 */
export async function requireRoom (database: string, free: (path: string) => Promise<number>): Promise<void> {
  const needed = await journalBytes(database) + PROBE_BYTES
  const there = await free(database)
  if (there < needed) throw new ReadOnlyError(`the disk is full (${mebibytes(there)} free, and ${mebibytes(needed)} are needed to open the database again): free some space`)
}

function mebibytes (bytes: number): string { return `${(bytes / 1024 ** 2).toFixed(1)} MiB` }

async function journalBytes (database: string): Promise<number> {
  const sizes = await Promise.all((await journalsOf(database)).map(async name => (await stat(join(database, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}
