/**
 * A file that is received: written beside its place under a name of its own, checked as a whole, and only then given its
 * name. What was received stays when it is interrupted, and the next attempt goes on from there.
 */
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { link, lstat, open, rename, unlink, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ExistsError, NotFoundError, ProofError } from '../protocol/api/index.js'
import { codeOf } from './failure.js'

/** What is to be saved, and where. `sha256` is of the whole, hexadecimal. */
export interface Wanted { readonly path: string, readonly size: number, readonly sha256: string, readonly force: boolean }

/** Windows has no such flag. */
const NO_FOLLOW = constants.O_NOFOLLOW as number | undefined ?? 0

/** Gives the bytes of a stretch. */
export type Read = (start: number) => AsyncIterable<Uint8Array>

/** Where the bytes wait until they are whole. Its name says which file it is of, so that no two are mixed up. @internal */
export function partPath ({ path, sha256 }: Pick<Wanted, 'path' | 'sha256'>): string { return join(dirname(path), `.petrel-${sha256.slice(0, 32)}.part`) }

/**
 * Saves a file. Gives how many bytes were there from an attempt before: all of them when the very file is at the path.
 *
 * @throws ExistsError when something else is at the path, unless `force`; ProofError when the bytes are not the file that was
 * meant: they are removed then; whatever reading or the disk throws: what came stays
 */
export async function saveFile (wanted: Wanted, read: Read, onBytes: (bytes: number) => void): Promise<{ resumed: number }> {
  if (await isSaved(wanted)) {
    await removeTwin(wanted)
    onBytes(wanted.size)
    return { resumed: wanted.size }
  }
  await refuseToOverwrite(wanted)
  const part = partPath(wanted)
  const handle = await openPart(part)
  const hash = createHash('sha256')
  let resumed = 0
  try {
    resumed = await readWhatIsThere(handle, wanted.size, piece => { hash.update(piece) })
    await handle.truncate(resumed)
    onBytes(resumed)
    let at = resumed
    if (at < wanted.size) {
      for await (const piece of read(at)) {
        await writeAll(handle, piece, at)
        hash.update(piece)
        at += piece.length
        onBytes(piece.length)
      }
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
  if (hash.digest('hex') !== wanted.sha256) {
    await unlink(part)
    throw new ProofError('what was received is not the file that the message names; it was removed')
  }
  await nameIt(part, wanted)
  return { resumed }
}

/** Whether the very file is there already, as an attempt before has left it: nothing is replaced or fetched then. */
async function isSaved ({ path, size, sha256 }: Wanted): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined)
  if (found?.isFile() !== true || found.size !== size) return false
  const handle = await open(path, constants.O_RDONLY | NO_FOLLOW).catch(() => undefined)
  if (handle === undefined) return false
  try {
    const hash = createHash('sha256')
    await readWhatIsThere(handle, size, piece => { hash.update(piece) })
    return hash.digest('hex') === sha256
  } finally {
    await handle.close()
  }
}

/** An attempt that ended right after it had named the file has left the part's name, too. */
async function removeTwin (wanted: Wanted): Promise<void> {
  const part = partPath(wanted)
  const [named, left] = await Promise.all([wanted.path, part].map(async path => await lstat(path).catch(() => undefined)))
  if (named !== undefined && left !== undefined && named.ino === left.ino && named.dev === left.dev) await unlink(part)
}

async function refuseToOverwrite ({ path, force }: Wanted): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => { if (codeOf(error) === 'ENOENT') return undefined; throw error })
  if (found === undefined) return
  if (!force) throw taken(path)
  if (!found.isFile()) throw new ExistsError(`${path} is there and is no ordinary file: choose another place (--output)`)
}

function taken (path: string): ExistsError { return new ExistsError(`${path} is there already: choose another place (--output), or replace it (--force)`) }

/** For its owner only, and never through a link that somebody has laid there. */
async function openPart (path: string): Promise<FileHandle> {
  const handle = await open(path, constants.O_RDWR | constants.O_CREAT | NO_FOLLOW, 0o600).catch((error: unknown) => {
    // The part has a name that the person never heard of.
    throw codeOf(error) === 'ENOENT' ? new NotFoundError(`the directory ${dirname(path)} is not there: make it first`, { cause: error }) : error
  })
  try {
    const stat = await handle.stat()
    const foreign = process.getuid !== undefined && stat.uid !== process.getuid()
    if (!stat.isFile() || foreign || stat.nlink !== 1) throw new ExistsError(`${path} is not a part that was received before: remove it`)
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Reads what an attempt before has left, at most `size` bytes of it. */
async function readWhatIsThere (handle: FileHandle, size: number, take: (piece: Uint8Array) => void): Promise<number> {
  const there = Math.min((await handle.stat()).size, size)
  const buffer = new Uint8Array(256 * 1024)
  let at = 0
  while (at < there) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, there - at), at)
    if (bytesRead === 0) break
    take(buffer.subarray(0, bytesRead))
    at += bytesRead
  }
  return at
}

async function writeAll (handle: FileHandle, piece: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < piece.length;) done += (await handle.write(piece, done, piece.length - done, at + done)).bytesWritten
}

/** Gives the whole file its name. Without `force` nothing is replaced, even if something came there meanwhile. */
async function nameIt (part: string, wanted: Wanted): Promise<void> {
  if (wanted.force) {
    await rename(part, wanted.path)
    return
  }
  try {
    await link(part, wanted.path)
    await unlink(part)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw taken(wanted.path)
    // Some file systems (FAT, some network drives) have no links: look, then rename.
    if (codeOf(error) !== 'EPERM' && codeOf(error) !== 'ENOTSUP' && codeOf(error) !== 'ENOSYS' && codeOf(error) !== 'EOPNOTSUPP') throw error
    await refuseToOverwrite(wanted)
    await rename(part, wanted.path)
  }
}
