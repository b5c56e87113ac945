/** How an error is shown, and the exit code it gives. */
import { BadInputError, type ErrorDetails } from '../protocol/api/index.js'
import { EXIT, exitCodeOf, type ExitCode } from './exit-codes.js'
import { interruptionOf } from './interrupted.js'

/** An error ready to be shown. */
export interface Failure { code: string, message: string, details: Readonly<Record<string, unknown>>, exit: ExitCode }

/** The person's input cannot be right. */
export function badInput (message: string, details: ErrorDetails = {}): BadInputError { return new BadInputError(message, { details }) }

/** The `code` of a thrown value: a Petrel error's, or the operating system's. */
export function codeOf (error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** What makes an error one of Petrel's: its code and its facts, whichever copy of the class made it. */
function isPetrelError (error: unknown): error is Error & { code: string, details: Readonly<Record<string, unknown>> } {
  return codeOf(error)?.startsWith('ERR_') === true && error instanceof Error && 'details' in error && typeof error.details === 'object' && error.details !== null
}

/** Whether a command's signal ended because its time was over. */
export function isOutOfTime ({ aborted, reason }: AbortSignal): boolean { return aborted && reason instanceof Error && reason.name === 'TimeoutError' }

/**
 * Any thrown value as what is shown and the exit code.
 *
 * @param signal - the command's signal: its reason tells a timeout from an interruption
 */
export function failureOf (error: unknown, signal: AbortSignal): Failure {
  const code = codeOf(error)
  const reason: unknown = signal.aborted ? signal.reason : undefined
  const aborted = code === 'ERR_ABORTED' || code === 'ABORT_ERR' || error === reason
  // By a signal, or by a key while a question stood.
  const interruption = interruptionOf(error) ?? (aborted ? interruptionOf(reason) : undefined)
  if (interruption !== undefined) return { code: 'ERR_ABORTED', message: interruption.message, details: {}, exit: interruption.exit }
  if (aborted && isOutOfTime(signal)) {
    const message = 'out of time, and the outcome is not known: look with petrel status, or give more by --timeout'
    return { code: 'ERR_DEADLINE', message, details: {}, exit: EXIT.unavailable }
  }
  if (isPetrelError(error) && error.code !== 'ERR_INTERNAL') return { code: error.code, message: error.message, details: error.details, exit: exitCodeOf(error.code) }
  if (error instanceof Error && (code === 'ENOSPC' || code === 'EDQUOT')) {
    return { code: 'ERR_SYSTEM', message: `the disk is full (${error.message}): free some space, or write elsewhere`, details: { errno: code }, exit: EXIT.failure }
  }
  // EACCES and its like: the system's own words say most.
  if (error instanceof Error && code !== undefined && /^E[A-Z0-9]+$/.test(code)) {
    return { code: 'ERR_SYSTEM', message: error.message, details: { errno: code }, exit: EXIT.failure }
  }
  const words = error instanceof Error ? error.message : String(error)
  return { code: 'ERR_INTERNAL', message: `${words} (a fault of Petrel itself: please report it)`, details: {}, exit: EXIT.failure }
}
