/** Secret files: read with a bound, written whole or not at all, and refused when other users could have had them. */
import { randomBytes } from 'node:crypto'
import { link, open, rm, rmdir, stat, type FileHandle } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { BadInputError, ExistsError, ForbiddenError, NotFoundError } from '../../protocol/wire/index.js'
import { makeDirectory, syncDirectory } from '../../store/index.js'

/** The names of what lies in a home. */
export const HOME_FILES = {
  keystore: 'keystore',
  keyfile: 'key',
  /** Who has the home open; see claimHome. */
  pid: 'pid',
  /** The node's store. */
  store: 'store'
} as const

const OTHERS_WRITE = 0o022
const OTHERS_ANY = 0o077
// Where systemd lets a service's user in by an access list, the group's bits show that list's mask: 0440 is its own doing.
const OTHERS_BUT_GROUP_READ = 0o037

/** The system's code of a failed file operation, such as ENOENT. */
export function errnoOf (error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** Makes a directory, and those above it, for the owner alone. Returns the way to take those away again that were made: as far as they are empty. */
export async function makePrivateDirectory (dir: string): Promise<() => Promise<void>> {
  const whole = resolve(dir)
  const first = await makeDirectory(whole)
  return async () => {
    if (first === undefined) return
    for (let made = whole; made.length >= first.length; made = dirname(made)) {
      try {
        await rmdir(made)
      } catch {
        // Somebody has put something there meanwhile.
        return
      }
    }
  }
}

/**
 * Refuses a home in which another user could plant files.
 *
 * @throws NotFoundError when it is not there, BadInputError when it is no directory or others may write it,
 * ForbiddenError when it belongs to another user
 */
export async function requirePrivateDirectory (dir: string): Promise<void> {
  let info
  try {
    info = await stat(dir)
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') throw noHome(dir)
    throw cause
  }
  if (!info.isDirectory()) throw new BadInputError(`${dir} is not a directory`)
  // Windows keeps no modes; a profile's directory is the user's alone by its access list.
  if (process.platform === 'win32') return
  if (info.uid !== process.getuid?.()) throw new ForbiddenError(`${dir} belongs to another user: a home must be your own`)
  if ((info.mode & OTHERS_WRITE) !== 0) throw new BadInputError(`other users can write ${dir}, so its keys are not safe: run chmod 700 ${dir}`)
}

/** What a directory without a keystore means to the person. */
export function noHome (dir: string): NotFoundError {
  return new NotFoundError(`there is no Petrel identity in ${dir}: run petrel init, or name its home with --home or --profile`)
}

/**
 * A secret file's bytes.
 *
 * `what` names the file in errors. `bySystemd`: systemd put it there, for this service alone.
 *
 * @throws NotFoundError when it is not there, BadInputError when other users can read it or it is over `maxBytes`
 */
export async function readSecretFile (path: string, maxBytes: number, what: string, options: { readonly bySystemd?: boolean } = {}): Promise<Uint8Array> {
  let handle: FileHandle
  try {
    handle = await open(path, 'r')
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') throw new NotFoundError(`${what} ${path} is not there`, { cause })
    throw cause
  }
  try {
    const info = await handle.stat()
    if (!info.isFile()) throw new BadInputError(`${what} ${path} is not a file`)
    const others = options.bySystemd === true ? OTHERS_BUT_GROUP_READ : OTHERS_ANY
    if (process.platform !== 'win32' && (info.mode & others) !== 0) throw new BadInputError(`other users can read or write ${what} ${path}: run chmod 600 ${path}`)
    if (info.size > maxBytes) throw new BadInputError(`${what} ${path} is ${info.size} bytes long, over the limit of ${maxBytes}`)
    return new Uint8Array(await handle.readFile())
  } finally {
    await handle.close()
  }
}

/**
 * Writes a new file for the owner alone: after a crash it is there whole or not at all, and never over another.
 * @throws ExistsError when the name is taken
 */
export async function createSecretFile (path: string, content: Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${randomBytes(6).toString('hex')}.tmp`)
  try {
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    // A hard link, unlike a rename, fails when the name is taken, so of two writers one wins.
    await link(temporary, path)
  } catch (cause) {
    if (errnoOf(cause) === 'EEXIST') throw new ExistsError(`${path} is there already; nothing was changed`, { cause })
    throw cause
  } finally {
    await rm(temporary, { force: true })
  }
  await syncDirectory(dirname(path))
}
