/** A log of JSON lines in files of bounded size. What is logged holds codes, counts and short ids only. */
import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs'
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
 * @throws the system's error when the file cannot be opened
 */
export function logToFile (path: string, options: LogOptions): LogSink {
  const { fileBytes = FILE_BYTES, keep = KEEP } = options
  let file = openSync(path, 'a', OWNER_ONLY)
  let size = fstatSync(file).size
  const rotate = (): void => {
    closeSync(file)
    for (let n = keep; n >= 1; n--) moveIfThere(n === 1 ? path : `${path}.${n - 1}`, `${path}.${n}`)
    file = openSync(path, 'a', OWNER_ONLY)
    size = fstatSync(file).size
  }
  const write = (line: string): void => {
    try {
      if (size > 0 && size + Buffer.byteLength(line) > fileBytes) rotate()
      size += writeSync(file, line)
    } catch {
      // Nowhere to tell it: the log is where faults are told.
    }
  }
  return { log: logTo(write, options), close: () => { closeSync(file) } }
}

function moveIfThere (from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
}
