/** A log of JSON lines in files of bounded size. What is logged holds codes, counts and short ids only. */
import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { NotFoundError } from '../protocol/api/index.js'
import { badInput, codeOf } from './failure.js'
import { safeJson } from './terminal/safe-text.js'

/** How much an event matters. */
export type Level = 'debug' | 'info' | 'warn' | 'error'

/** Takes one event, as the node and the relay give them. */
export type Log = (level: Level, event: string, fields?: Readonly<Record<string, string | number | boolean | null | undefined>>) => void

/** A log and its end. */
export interface LogSink { readonly log: Log, close (): void }

/** What goes to a log and how much of it is kept. */
export interface LogOptions {
  /** The least that is kept. */
  readonly level: Level
  readonly now: () => Date
  /** Bytes of one file, and how many older ones stay beside it. */
  readonly fileBytes?: number
  readonly keep?: number
}

/** Ten pieces of 5 MB: weeks of a node's life, and a size that nobody misses. */
const FILE_BYTES = 5_000_000
const KEEP = 9
const OWNER_ONLY = 0o600
/** A longer value in a log line is no code and no short id: it is cut, whatever it is. */
const VALUE_CHARACTERS = 200

const RANK: Readonly<Record<Level, number>> = { debug: 0, info: 1, warn: 2, error: 3 }

/** A log line, without its line break. @internal */
export function logLine (at: Date, level: Level, event: string, fields: Parameters<Log>[2] = {}): string {
  const short = Object.entries(fields).filter(([, value]) => value !== undefined).map(([name, value]) => [name, typeof value === 'string' ? value.slice(0, VALUE_CHARACTERS) : value])
  return safeJson({ time: at.toISOString(), level, event, ...Object.fromEntries(short) as object })
}

/** A log to anything that takes lines. */
export function logTo (write: (line: string) => void, { level: least, now }: LogOptions): Log {
  return (level, event, fields) => {
    if (RANK[level] >= RANK[least]) write(`${logLine(now(), level, event, fields)}\n`)
  }
}

/**
 * A log to a file, which is moved to `FILE.1`, `FILE.2` … when it is full. A disk that takes no more loses
 * lines, and nothing else.
 *
 * @throws NotFoundError when its directory is not there, BadInputError when it can be no file, else the system's error
 */
export function logToFile (path: string, options: LogOptions): LogSink {
  const { fileBytes = FILE_BYTES, keep = KEEP } = options
  let file = openLog(path)
  let size = fstatSync(file).size
  const rotate = (): void => {
    // Should it fail, the old file goes on for as much again.
    size = 0
    for (let n = keep; n >= 1; n--) moveIfThere(n === 1 ? path : `${path}.${n - 1}`, `${path}.${n}`)
    const next = openSync(path, 'a', OWNER_ONLY)
    // Closed only now: the number of a file that is closed may be another's before the next line.
    closeSync(file)
    file = next
    size = fstatSync(file).size
  }
  const attempt = (step: () => void): void => {
    try {
      step()
    } catch {
      // Nowhere to tell it: the log is where faults are told.
    }
  }
  const write = (line: string): void => {
    if (size > 0 && size + Buffer.byteLength(line) > fileBytes) attempt(rotate)
    attempt(() => { size += writeSync(file, line) })
  }
  return { log: logTo(write, options), close: () => { closeSync(file) } }
}

function openLog (path: string): number {
  try {
    return openSync(path, 'a', OWNER_ONLY)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT') throw new NotFoundError(`the directory ${dirname(path)} is not there: make it first, or name another file (--log-file)`, { cause: error })
    if (code === 'EISDIR' || code === 'ENOTDIR' || code === 'ELOOP') throw badInput(`the log cannot be written to ${path}: name another file (--log-file)`)
    throw error
  }
}

function moveIfThere (from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}
