import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { LockedError } from '../../protocol/wire/index.js'
import { writeFileAtomically } from '../../store/index.js'
import { errnoOf, HOME_FILES } from './files.js'

/** A home claimed by this process. */
export interface HomeClaim<T> {
  /** What `open` gave. */
  readonly value: T
  /** Removes the note of this process. Call it before closing `value`, so that it never removes another's. Harmless twice. */
  release (): Promise<void>
}

/**
 * Opens what only one process may have open (the store, whose own lock the kernel frees even after kill -9), and
 * leaves a note of this process beside it, so that a second one can be told who has it.
 *
 * @param open - throws LockedError when another process has it
 * @param close - closes what was opened, when the note cannot be written
 * @throws LockedError naming the other process's id when it is known (`details.pid`), and whatever else `open` throws
 */
export async function claimHome<T> (dir: string, open: () => Promise<T>, close: (value: T) => Promise<void>): Promise<HomeClaim<T>> {
  const path = join(dir, HOME_FILES.pid)
  let value: T
  try {
    value = await open()
  } catch (error) {
    throw error instanceof LockedError ? await named(dir, path, error) : error
  }
  try {
    await writeFileAtomically(path, `${process.pid}\n`)
  } catch (error) {
    // It stands there if only the directory could not be synced.
    await rm(path, { force: true }).catch(() => undefined)
    await close(value)
    throw error
  }
  let released = false
  return {
    value,
    release: async () => {
      if (released) return
      released = true
      await rm(path, { force: true })
    }
  }
}

/** Who left a note in this home and still lives, or undefined. */
export async function homeHolder (dir: string): Promise<number | undefined> { return await livePid(join(dir, HOME_FILES.pid)) }

async function named (dir: string, path: string, cause: LockedError): Promise<LockedError> {
  const pid = await livePid(path)
  const who = pid === undefined ? 'another process' : pid === process.pid ? 'this process' : `process ${pid}`
  return new LockedError(`the home ${dir} is in use by ${who}: stop it first (petrel daemon stop), or use another home`, { cause, details: pid === undefined ? {} : { pid } })
}

async function livePid (path: string): Promise<number | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch {
    // No note, or one that cannot be read: then the message names nobody.
    return undefined
  }
  if (!/^[1-9][0-9]{0,9}\n?$/.test(text)) return undefined
  const pid = Number(text)
  return isAlive(pid) ? pid : undefined
}

/** Whether a process of this machine lives. */
export function isAlive (pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errnoOf(error) === 'EPERM'
  }
}
