/** Directories that are made with those above them. */
import { mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { BadInputError } from '../protocol/wire/index.js'

/** Why there can be no directory at a place, by the system's code. */
const WHY: Readonly<Record<string, string>> = {
  EEXIST: 'something else is there already',
  ENOTDIR: 'something above it is no directory',
  ELOOP: 'it is behind symbolic links that lead in a circle',
  ENOENT: 'nothing can be made there',
  ENAMETOOLONG: 'its name is too long'
}

/**
 * Makes a directory and those above it, with `mode`; what is there already is left as it is. Node's own way to do this
 * never ends, and keeps a core busy, where the system has no place for a directory below one that is there (`/proc`).
 *
 * @returns the uppermost directory that was made; undefined when all were there
 * @throws BadInputError where there can be none; else the file system's error
 */
export async function makeDirectory (path: string, mode = 0o700): Promise<string | undefined> {
  const whole = resolve(path)
  try {
    return await make(whole, mode)
  } catch (error) {
    const why = WHY[codeOf(error)]
    if (why === undefined) throw error
    throw new BadInputError(`${whole} cannot be a directory: ${why}`, { cause: error })
  }
}

async function make (path: string, mode: number): Promise<string | undefined> {
  try {
    return await makeOne(path, mode)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error
    const first = await make(dirname(path), mode)
    // All is there above it now, so what the system says this time is its last word.
    const made = await makeOne(path, mode)
    return first ?? made
  }
}

/** Makes it in one that is there; undefined when it is there itself. */
async function makeOne (path: string, mode: number): Promise<string | undefined> {
  try {
    await mkdir(path, { mode })
    return path
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw error
    // Some systems refuse the name of a directory that is there (`/`, one that is read-only) in other words than "it exists".
    const there = await stat(path).catch((cause: unknown) => { throw codeOf(error) === 'EEXIST' ? cause : error })
    if (there.isDirectory()) return undefined
    throw error
  }
}

function codeOf (error: unknown): string { return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '' }
