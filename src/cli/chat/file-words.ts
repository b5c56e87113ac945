/** Names of files for completion. */
import { readdir } from 'node:fs/promises'
import type { Io } from '../io.js'
import { absolute } from '../settings.js'
import { inHome } from './send-file.js'

/** Names that are offered at most. */
const MOST = 200

/** The files and folders that a path is the start of, blanks behind backslashes. None when it leads nowhere. */
export async function fileWords (path: string, io: Pick<Io, 'cwd' | 'platform' | 'userHome'>): Promise<string[]> {
  const slash = path.lastIndexOf('/') + 1
  const [folder, start] = [path.slice(0, slash), path.slice(slash)]
  const entries = await readdir(absolute(folder === '' ? '.' : inHome(folder, io.userHome), io), { withFileTypes: true }).catch(() => [])
  return entries
    .filter(({ name }) => name.startsWith(start) && (start !== '' || !name.startsWith('.')))
    .slice(0, MOST)
    .map(entry => `${folder}${entry.name}`.replace(/[\s\\"']/g, '\\$&') + (entry.isDirectory() ? '/' : ''))
    .sort()
}
