/** Where a running relay listens for its operator. */
import { createHash } from 'node:crypto'
import { lstat } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { ForbiddenError } from '../../protocol/wire/index.js'
import { makeDirectory } from '../../store/index.js'

/** Longest path of a unix socket on every system (macOS: 104 with its end). */
const MAX_PATH = 100

/** The socket's path: in the relay's directory, or, where that is too long a path, in the user's own temporary one. */
export function adminSocketPath (directory: string): string {
  const full = resolve(directory)
  const name = createHash('sha256').update(full).digest('hex').slice(0, 24)
  if (process.platform === 'win32') return `\\\\.\\pipe\\petrel-relay-${name}`
  const inside = join(full, 'admin.sock')
  return Buffer.byteLength(inside) <= MAX_PATH ? inside : join(temporary(), `${name}.sock`)
}

/** Makes the folder of the socket when it is not the relay's own. @throws ForbiddenError when somebody else made it */
export async function prepareSocketFolder (path: string): Promise<void> {
  const folder = temporary()
  if (!path.startsWith(folder)) return
  await makeDirectory(folder)
  const { uid, mode } = await lstat(folder)
  if (uid !== userInfo().uid || (mode & 0o077) !== 0) throw new ForbiddenError(`${folder} is not yours alone: remove it`)
}

function temporary (): string { return join(tmpdir(), `petrel-relay-${userInfo().uid}`) }
