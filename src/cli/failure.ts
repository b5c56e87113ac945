/** How an error is shown, and the exit code it gives. */
import { BadInputError, toPetrelError, type ErrorDetails } from '../protocol/api/index.js'
import { EXIT, exitCodeOf, type ExitCode } from './exit-codes.js'

/** An error ready to be shown. */
export interface Failure { code: string, message: string, details: Readonly<Record<string, unknown>>, exit: ExitCode }

/** Why a command was ended from outside, as the reason of its signal. */
export class Interrupted extends Error {
  readonly exit: ExitCode

  constructor (exit: ExitCode) {
    super(exit === EXIT.interrupted ? 'interrupted' : 'terminated')
    this.name = 'AbortError'
    this.exit = exit
  }
}

/** The person's input cannot be right. */
export function badInput (message: string, details: ErrorDetails = {}): BadInputError { return new BadInputError(message, { details }) }

/** The `code` of a thrown value: a Petrel error's, or the operating system's. */
export function codeOf (error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/**
 * Any thrown value as what is shown and the exit code.
 *
 * @param signal - the command's signal: its reason tells a timeout from an interruption
 */
export function failureOf (error: unknown, signal: AbortSignal): Failure {
  const code = codeOf(error)
  const reason: unknown = signal.aborted ? signal.reason : undefined
  const aborted = code === 'ERR_ABORTED' || code === 'ABORT_ERR' || error === reason
  if (aborted && reason instanceof Interrupted) return { code: 'ERR_ABORTED', message: reason.message, details: {}, exit: reason.exit }
  if (aborted && reason instanceof Error && reason.name === 'TimeoutError') {
    const message = 'out of time, and the outcome is not known: look with petrel status, or give more by --timeout'
    return { code: 'ERR_DEADLINE', message, details: {}, exit: EXIT.unavailable }
  }
  // ENOSPC, EACCES and their like: the system's own words say most.
  if (error instanceof Error && code !== undefined && /^E[A-Z0-9]+$/.test(code)) {
    return { code: 'ERR_SYSTEM', message: error.message, details: { errno: code }, exit: EXIT.failure }
  }
  const known = toPetrelError(error)
  const fault = known.code === 'ERR_INTERNAL' ? ' (a fault of Petrel itself: please report it)' : ''
  return { code: known.code, message: known.message + fault, details: known.details, exit: exitCodeOf(known.code) }
}
