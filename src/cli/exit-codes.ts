/** How a command ends. The table in CLI.md and the text under `petrel --help` come from here. */

/** The exit codes, each with what a script may do about it. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  notRunning: 3,
  notFound: 4,
  refused: 5,
  unavailable: 6,
  interrupted: 130,
  terminated: 143
} as const

/** One of {@link EXIT}. */
export type ExitCode = typeof EXIT[keyof typeof EXIT]

/** What each exit code means, in the words of the help. */
export const EXIT_MEANING: Readonly<Record<ExitCode, string>> = {
  0: 'done',
  1: 'failed',
  2: 'wrong usage or input: correct it',
  3: 'no daemon runs for this home: petrel daemon start',
  4: 'not found, or the name fits several',
  5: 'refused: no right, no admission, quota used up, or not as things stand',
  6: 'not reachable, out of time or too soon: the message says the outcome',
  130: 'interrupted (Ctrl-C)',
  143: 'ended by SIGTERM'
}

const BY_CODE: Readonly<Record<string, ExitCode>> = {
  ERR_BAD_INPUT: EXIT.usage,
  ERR_TOO_LARGE: EXIT.usage,
  ERR_NOT_RUNNING: EXIT.notRunning,
  ERR_NOT_FOUND: EXIT.notFound,
  ERR_AMBIGUOUS: EXIT.notFound,
  ERR_FORBIDDEN: EXIT.refused,
  ERR_ADMISSION: EXIT.refused,
  ERR_SESSION: EXIT.refused,
  ERR_QUOTA: EXIT.refused,
  ERR_CONFLICT: EXIT.refused,
  ERR_RATE: EXIT.unavailable,
  ERR_UNAVAILABLE: EXIT.unavailable,
  ERR_DEADLINE: EXIT.unavailable
}

/** The exit code for an error's stable `code`; 1 for every code without one of its own. */
export function exitCodeOf (code: string): ExitCode { return BY_CODE[code] ?? EXIT.failure }
