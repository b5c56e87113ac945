/**
 * Where the local API's socket is, and whether its directory keeps others out. Node cannot ask a unix
 * socket for its peer's uid, so the directory is the gate: it is the owner's and closed to everybody else.
 */
import { createHash } from 'node:crypto'
import { realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ForbiddenError, NotFoundError } from '../../protocol/api/index.js'

/** A unix socket's path has room for 108 bytes on Linux and 104 on macOS, the closing zero included. */
const PATH_BYTES = 103
const PIPE = '\\\\.\\pipe\\'

/** Whether the path names a Windows pipe, which has no directory. Elsewhere such a name is a file's like any other. */
export function isPipe (path: string, platform: string = process.platform): boolean { return platform === 'win32' && path.startsWith(PIPE) }

/**
 * The paths to try for a socket, best first. A path that fits is the only one. One that is too long for
 * a unix socket is replaced by a name made from its SHA-256, in XDG_RUNTIME_DIR/petrel or else in
 * /tmp/petrel-UID: the daemon takes the first it can, a client tries all.
 */
export function socketPlaces (wanted: string, env: Readonly<Record<string, string | undefined>>, uid: number): string[] {
  if (isPipe(wanted) || Buffer.byteLength(wanted) <= PATH_BYTES) return [wanted]
  const name = `${createHash('sha256').update(wanted).digest('hex').slice(0, 16)}.sock`
  const runtime = env.XDG_RUNTIME_DIR
  const places = [...(runtime?.startsWith('/') === true ? [join(runtime, 'petrel', name)] : []), join(`/tmp/petrel-${uid}`, name)]
  return places.filter(path => Buffer.byteLength(path) <= PATH_BYTES)
}

/**
 * Checks the directory of a socket. `daemon`: others can neither reach nor change it. `client`: others
 * cannot have put a socket of their own there; root may look at anybody's.
 *
 * @throws ForbiddenError saying whose it is or what its mode is, and what to do
 * @throws NotFoundError when it is not there
 */
export async function checkSocketDirectory (socketPath: string, side: 'daemon' | 'client', uid: number): Promise<void> {
  if (isPipe(socketPath)) return
  const directory = dirname(socketPath)
  const found = await stat(await realpath(directory).catch(gone)).catch(gone)
  const mode = found.mode & 0o777
  const shown = mode.toString(8).padStart(4, '0')
  const trusted = found.uid === uid || (side === 'client' && uid === 0)
  if (!found.isDirectory()) throw new ForbiddenError(`${directory} is not a directory`)
  if (!trusted) throw new ForbiddenError(`${directory}, where the socket is, belongs to user ${found.uid} and not to you (${uid}): choose a directory of your own`)
  const open = side === 'daemon' ? 0o077 : 0o022
  if ((mode & open) !== 0) throw new ForbiddenError(`other users can reach the socket's directory ${directory} (mode ${shown}): run chmod 700 on it, or choose another`, { details: { mode: shown } })
}

function gone (cause: unknown): never { throw new NotFoundError('the socket\'s directory is not there', { cause }) }
