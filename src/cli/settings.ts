/** What the flags before or after any command say. */
import { posix, win32 } from 'node:path'
import { badInput } from './failure.js'
import { parseDuration } from './duration.js'
import type { Io } from './io.js'
import type { CommandShape } from './spec.js'

/** The global flags in force. */
export interface Settings {
  readonly home: string | undefined
  readonly profile: string | undefined
  readonly json: boolean
  readonly quiet: boolean
  readonly color: boolean
  /** Columns to fit in; null when stdout is no terminal, so that nothing is cut. */
  readonly columns: number | null
  /** When to give up, ms; null for never. */
  readonly timeoutMs: number | null
  /** The person said so: then it is for all that the command does, also for what it waits for at its stdin. */
  readonly timeoutIsSaid: boolean
}

const DEFAULT_TIMEOUT_MS = 30_000

/** Columns below this are a mistake of the terminal's, not a size. */
const FEWEST_COLUMNS = 20

/** The settings of one run: environment first, then flags. @throws BadInputError for a timeout that is no duration */
export function settingsOf (flags: Readonly<Record<string, unknown>>, io: Io, spec: CommandShape): Settings {
  const text = (name: string): string | undefined => { const value = flags[name]; return typeof value === 'string' ? value : undefined }
  const home = text('home')
  if (home === '') throw badInput('--home needs a directory')
  // A script whose variable is empty would act as the default identity, which it did not mean.
  if (text('profile') === '') throw badInput('--profile needs a name')
  return {
    home: home === undefined ? undefined : absolute(home, io),
    profile: text('profile'),
    json: flags.json === true,
    quiet: flags.quiet === true,
    color: flags.color !== false && io.columns !== null && (io.env.NO_COLOR ?? '') === '' && io.env.TERM !== 'dumb',
    columns: io.columns === null ? null : Math.max(FEWEST_COLUMNS, io.columns),
    timeoutMs: timeoutOf(text('timeout'), io, spec.untimedWith !== undefined && flags[spec.untimedWith] !== undefined ? null : spec.timeoutMs),
    timeoutIsSaid: text('timeout') !== undefined
  }
}

function timeoutOf (flag: string | undefined, io: Io, own: number | null | undefined): number | null {
  if (flag !== undefined) return parseDuration(flag, '--timeout')
  const fallback = own === undefined ? DEFAULT_TIMEOUT_MS : own
  const env = io.env.PETREL_TIMEOUT ?? ''
  // What runs as long as it likes is not cut short by a variable meant for calls.
  return env === '' || fallback === null ? fallback : parseDuration(env, 'PETREL_TIMEOUT')
}

/** A path of the person's as an absolute one; `~` is the shell's business. */
export function absolute (path: string, io: Pick<Io, 'cwd' | 'platform'>): string {
  return (io.platform === 'win32' ? win32 : posix).resolve(io.cwd, path)
}
