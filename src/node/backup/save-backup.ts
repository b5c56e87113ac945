/**
 * A backup on its way into a file: written beside its place, and given its name when it is whole. One that was cut off
 * stays, and the next attempt goes on behind its last whole chunk.
 */
import { constants } from 'node:fs'
import { link, lstat, open, rename, unlink, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { BACKUP_PREFIX_BYTES, backupHeadLength, CHUNK_HEAD_BYTES, chunkLength } from '../../protocol/crypto/index.js'
import { CorruptError, ExistsError, LIMITS, NotFoundError } from '../../protocol/wire/index.js'
import { syncDirectory } from '../../store/index.js'
import { readAt } from './read-backup.js'
import type { BackupPoint } from './write-backup.js'

/** Windows has no such flag. */
const NO_FOLLOW = constants.O_NOFOLLOW as number | undefined ?? 0
const TAG_BYTES = 16

/** What is to be saved, and where. */
export interface SavedBackup {
  readonly path: string
  /** Replace a file that is there. */
  readonly force: boolean
  /** Gives the bytes: all, or those behind a point. Throws NotFoundError when it cannot go on from there. */
  readonly source: (resume?: BackupPoint) => AsyncIterable<Uint8Array>
  readonly onBytes?: (bytes: number) => void
}

/** Saves a backup. `resumed`: bytes that an attempt before had left. @throws ExistsError when something is at the path, unless `force`; what the source throws: what came stays */
export async function saveBackup ({ path, force, source, onBytes = () => undefined }: SavedBackup): Promise<{ bytes: number, resumed: number }> {
  if (!force && await lstat(path).then(() => true, () => false)) throw taken(path)
  const part = join(dirname(path), `.petrel-${basename(path)}.part`)
  const handle = await openPart(part)
  try {
    const point = await pointOf(handle)
    const resumed = point === null ? null : await goOn(handle, point, source, onBytes)
    const bytes = resumed ?? await pour(handle, 0, source(), onBytes)
    await handle.sync()
    await handle.close()
    await nameIt(part, path, force)
    return { bytes, resumed: resumed === null || point === null ? 0 : point.at }
  } finally {
    await handle.close().catch(() => undefined)
  }
}

interface Found { readonly at: number, readonly point: BackupPoint }

/** The bytes in all; null when it must be begun anew. */
async function goOn (handle: FileHandle, { at, point }: Found, source: SavedBackup['source'], onBytes: (bytes: number) => void): Promise<number | null> {
  try {
    onBytes(at)
    return await pour(handle, at, source(point), onBytes)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === NotFoundError.code) return null
    throw error
  }
}

/** Where the last whole chunk of a part ends that is small enough to be shown; null when there is none. */
async function pointOf (handle: FileHandle): Promise<Found | null> {
  const { size } = await handle.stat()
  try {
    let at = backupHeadLength(await readAt(handle, 0, BACKUP_PREFIX_BYTES))
    const head = await readAt(handle, 0, at)
    let found: { index: number, at: number, length: number } | undefined
    for (let index = 0; at + CHUNK_HEAD_BYTES <= size; index++) {
      const length = chunkLength(await readAt(handle, at, CHUNK_HEAD_BYTES))
      if (at + CHUNK_HEAD_BYTES + length > size) break
      if (length <= LIMITS.backupPointBytes) found = { index, at, length }
      at += CHUNK_HEAD_BYTES + length
    }
    if (found === undefined) return null
    const { index, at: begin, length } = found
    const chunk = await readAt(handle, begin + CHUNK_HEAD_BYTES, length)
    return { at: begin + CHUNK_HEAD_BYTES + length, point: { head, chunk, index, tag: index === 0 ? new Uint8Array() : await readAt(handle, begin - TAG_BYTES, TAG_BYTES) } }
  } catch (error) {
    // What is there is no backup, or damaged: it is written over.
    if (error instanceof CorruptError) return null
    throw error
  }
}

/** Writes what comes from a place on, and nothing stays behind it. */
async function pour (handle: FileHandle, from: number, pieces: AsyncIterable<Uint8Array>, onBytes: (bytes: number) => void): Promise<number> {
  let at = from
  let isCut = false
  for await (const piece of pieces) {
    // Not before the first bytes came: until then what is there may be gone on with.
    if (!isCut) await handle.truncate(from)
    isCut = true
    for (let done = 0; done < piece.length;) done += (await handle.write(piece, done, piece.length - done, at + done)).bytesWritten
    at += piece.length
    onBytes(piece.length)
  }
  return at
}

function taken (path: string): ExistsError { return new ExistsError(`${path} is there already: choose another name, or replace it (--force)`) }

/** For its owner only, and never through a link that somebody has laid there. */
async function openPart (path: string): Promise<FileHandle> {
  const handle = await open(path, constants.O_RDWR | constants.O_CREAT | NO_FOLLOW, 0o600).catch((error: unknown) => {
    throw error instanceof Error && 'code' in error && error.code === 'ENOENT' ? new NotFoundError(`the directory ${dirname(path)} is not there: make it first`, { cause: error }) : error
  })
  const info = await handle.stat()
  if (info.isFile() && info.nlink === 1 && (process.getuid === undefined || info.uid === process.getuid())) return handle
  await handle.close()
  throw new ExistsError(`${path} is not a part of a backup: remove it`)
}

/** Gives it its name. Without `force` nothing is replaced, even if something came there meanwhile. */
async function nameIt (part: string, path: string, force: boolean): Promise<void> {
  if (force) {
    await rename(part, path)
  } else {
    try {
      await link(part, path)
      await unlink(part)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'EEXIST') throw taken(path)
      // Some file systems (FAT, some network drives) have no links: look, then rename.
      if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS' && code !== 'EOPNOTSUPP') throw error
      if (await lstat(path).then(() => true, () => false)) throw taken(path)
      await rename(part, path)
    }
  }
  await syncDirectory(dirname(path))
}
