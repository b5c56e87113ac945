/** The directory of an export: a new one, or that of an export of the same chat, which is brought up to date. */
import { lstat, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ExistsError, ForbiddenError, type ChatInfo } from '../../protocol/api/index.js'
import { badInput, codeOf } from '../failure.js'
import { safeFileName } from '../file-name.js'
import type { Io } from '../io.js'
import { absolute } from '../settings.js'
import { day } from '../terminal/time.js'

/** Says whose export a directory is. */
const MARK = '.petrel-export'
/** The folder of the chat's files. */
export const FILES = 'files'
/** The group may: on many systems it is the person's own. */
const OTHERS_WRITE = 0o002

/** Where an export goes unless told. */
function defaultName ({ title }: ChatInfo, now: Date): string { return `${safeFileName(title) ?? 'chat'} ${day(now)}` }

/** Makes the directory, for its owner alone. @throws ExistsError for one with other things in it; ForbiddenError for one in which others can lay something */
export async function makePlace (output: string | undefined, chat: ChatInfo, io: Pick<Io, 'cwd' | 'platform' | 'now'>): Promise<string> {
  const place = absolute(output ?? defaultName(chat, io.now()), io)
  const entries = await readdir(place).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return []
    if (codeOf(error) === 'ELOOP') throw badInput(`${place} is behind symbolic links that lead in a circle: name another directory (--output)`)
    if (codeOf(error) === 'ENOTDIR') throw new ExistsError(`${place} is there and is no directory: name another one (--output)`)
    throw error
  })
  const mark = join(place, MARK)
  if (entries.length > 0 && await readFile(mark, 'utf8').catch(() => '') !== `${chat.id}\n`) {
    throw new ExistsError(`there are other things in ${place}: name a new directory, or that of an export of this chat (--output)`)
  }
  await makeAll(place)
  await refuseOthers(place)
  await writeFile(mark, `${chat.id}\n`, { mode: 0o600 })
  return place
}

/** Makes a directory and those above it. Node's own way to do this never ends where the system has no place for one below one that is there (`/proc`). */
async function makeAll (path: string): Promise<void> {
  if (await stat(path).then(found => found.isDirectory(), () => false)) return
  if (dirname(path) !== path) await makeAll(dirname(path))
  await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
    throw codeOf(error) === 'ENOENT' ? badInput(`${path} cannot be a directory: name another one (--output)`) : error
  })
}

/** Whoever can write there could lay a file of theirs where a page goes, and read it. */
async function refuseOthers (place: string): Promise<void> {
  const own = process.getuid?.()
  if (own === undefined) return
  const { uid, mode } = await stat(place)
  if (uid !== own || (mode & OTHERS_WRITE) !== 0) throw new ForbiddenError(`others can write in ${place}: name a directory of your own (--output)`)
}

/** The folder of files inside, made when it is missing. @throws ExistsError when its name leads elsewhere */
export async function filesFolder (place: string): Promise<string> {
  const folder = join(place, FILES)
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => { if (codeOf(error) !== 'EEXIST') throw error })
  if (!(await lstat(folder)).isDirectory()) throw new ExistsError(`${folder} is there and is no directory: remove it, or name another place (--output)`)
  return folder
}
