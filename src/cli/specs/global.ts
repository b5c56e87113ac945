/** The flags that every command knows, and how flags are named. */
import type { OptionSpec } from '../spec.js'

/** The flags that every command knows. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { flags: '--home <dir>', summary: 'the home directory (PETREL_HOME)', complete: 'directory' },
  { flags: '--profile <name>', summary: 'another identity on this machine (PETREL_PROFILE)' },
  { flags: '--json', summary: 'versioned JSON on stdout, one object or one per line' },
  { flags: '--no-color', summary: 'no colours (NO_COLOR)' },
  { flags: '-q, --quiet', summary: 'results and errors only, no notes' },
  { flags: '--timeout <duration>', summary: 'give up after 30s, 5m, 1h … (PETREL_TIMEOUT)', kind: 'duration' }
]

/** The long name of an option: `--wait <state>` → `wait`. */
export function optionName (flags: string): string {
  const long = /--([a-z0-9-]+)/.exec(flags)?.[1]
  if (long === undefined) throw new TypeError(`no long flag in "${flags}"`)
  return long
}
