/**
 * The errors of every layer. One class per decision a caller can make; `code`
 * is stable and travels over the gateway and the local API, so that a caller
 * on the other side of a socket can make the same decision.
 */

/** Extra facts an error carries, safe to show and to send: never a key, a token or a text. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | readonly string[]>>

const BRAND = Symbol.for('petrel.error')

/** What every Petrel error has: a stable `code`, a message that says what happened and what to do, and facts. */
export class PetrelError extends Error {
  readonly code: string
  readonly details: ErrorDetails

  constructor (code: string, message: string, options: { cause?: unknown, details?: ErrorDetails } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = code
    this.details = options.details ?? {}
  }

  /** Says what it is to another copy of this module in the same process. @internal */
  get [BRAND] (): true { return true }
}

type Options = { cause?: unknown, details?: ErrorDetails }

/** The caller's input cannot be right: correct it, do not retry. */
export class BadInputError extends PetrelError {
  static readonly code = 'ERR_BAD_INPUT'
  constructor (message: string, options?: Options) { super(BadInputError.code, message, options) }
}

/** A version or feature newer (or older) than this build speaks: update one side. */
export class UnsupportedError extends PetrelError {
  static readonly code = 'ERR_UNSUPPORTED'
  constructor (message: string, options?: Options) { super(UnsupportedError.code, message, options) }
}

/** What was named does not exist here. */
export class NotFoundError extends PetrelError {
  static readonly code = 'ERR_NOT_FOUND'
  constructor (message: string, options?: Options) { super(NotFoundError.code, message, options) }
}

/** A name fits several things: `details.candidates` lists them, name one. */
export class AmbiguousError extends PetrelError {
  static readonly code = 'ERR_AMBIGUOUS'
  constructor (message: string, options?: Options) { super(AmbiguousError.code, message, options) }
}

/** What was to be made is there already: nothing was changed. */
export class ExistsError extends PetrelError {
  static readonly code = 'ERR_EXISTS'
  constructor (message: string, options?: Options) { super(ExistsError.code, message, options) }
}

/** A compare-and-set lost: read the newer state (`details.head` or `details.version`) and try again. */
export class ConflictError extends PetrelError {
  static readonly code = 'ERR_CONFLICT'
  constructor (message: string, options?: Options) { super(ConflictError.code, message, options) }
}

/** The log lives elsewhere: go to `details.home` (a PeerId) at `details.addrs`, where it is in term `details.term`. */
export class MovedError extends PetrelError {
  static readonly code = 'ERR_MOVED'
  constructor (message: string, options?: Options) { super(MovedError.code, message, options) }
}

/** The session is missing, expired or revoked: open a new one, then retry. */
export class SessionError extends PetrelError {
  static readonly code = 'ERR_SESSION'
  constructor (message: string, options?: Options) { super(SessionError.code, message, options) }
}

/** The caller is known and has no right to this: retrying does not help. */
export class ForbiddenError extends PetrelError {
  static readonly code = 'ERR_FORBIDDEN'
  constructor (message: string, options?: Options) { super(ForbiddenError.code, message, options) }
}

/** The relay does not host this account: bring a token, or choose another relay. */
export class AdmissionError extends PetrelError {
  static readonly code = 'ERR_ADMISSION'
  constructor (message: string, options?: Options) { super(AdmissionError.code, message, options) }
}

/** A size or count is over its limit: send less. */
export class TooLargeError extends PetrelError {
  static readonly code = 'ERR_TOO_LARGE'
  constructor (message: string, options?: Options) { super(TooLargeError.code, message, options) }
}

/** Too often: wait `details.retryMs`, then retry. */
export class RateLimitError extends PetrelError {
  static readonly code = 'ERR_RATE'
  constructor (message: string, options?: Options) { super(RateLimitError.code, message, options) }
}

/** The store that was granted is full: free some or ask for more. */
export class QuotaError extends PetrelError {
  static readonly code = 'ERR_QUOTA'
  constructor (message: string, options?: Options) { super(QuotaError.code, message, options) }
}

/** The other side cannot be reached or is going away; the outcome is unknown: retry with the same id. */
export class UnavailableError extends PetrelError {
  static readonly code = 'ERR_UNAVAILABLE'
  constructor (message: string, options?: Options) { super(UnavailableError.code, message, options) }
}

/** The deadline passed; the outcome is unknown: retry with the same id. */
export class DeadlineError extends PetrelError {
  static readonly code = 'ERR_DEADLINE'
  constructor (message: string, options?: Options) { super(DeadlineError.code, message, options) }
}

/** The caller's own signal ended the work. */
export class AbortedError extends PetrelError {
  static readonly code = 'ERR_ABORTED'
  constructor (message = 'the operation was aborted', options?: Options) { super(AbortedError.code, message, options) }
}

/** A signature, hash, number or chain does not hold: somebody lies or something is broken; keep the evidence, do not go on. */
export class ProofError extends PetrelError {
  static readonly code = 'ERR_PROOF'
  constructor (message: string, options?: Options) { super(ProofError.code, message, options) }
}

/** The bytes do not open under this key: wrong key, wrong place, or altered. */
export class DecryptError extends PetrelError {
  static readonly code = 'ERR_DECRYPT'
  constructor (message: string, options?: Options) { super(DecryptError.code, message, options) }
}

/** The store holds a record that is not what was written: restore from a backup or run doctor. */
export class CorruptError extends PetrelError {
  static readonly code = 'ERR_CORRUPT'
  constructor (message: string, options?: Options) { super(CorruptError.code, message, options) }
}

/** The disk refuses writes; reads go on, and writing resumes by itself when it can. */
export class ReadOnlyError extends PetrelError {
  static readonly code = 'ERR_READ_ONLY'
  constructor (message: string, options?: Options) { super(ReadOnlyError.code, message, options) }
}

/** Another process has this home or store open: stop it first. */
export class LockedError extends PetrelError {
  static readonly code = 'ERR_LOCKED'
  constructor (message: string, options?: Options) { super(LockedError.code, message, options) }
}

/** The store was written by a newer Petrel: update; nothing was touched. */
export class FormatError extends PetrelError {
  static readonly code = 'ERR_FORMAT'
  constructor (message: string, options?: Options) { super(FormatError.code, message, options) }
}

/** No daemon runs for this home: start one. */
export class NotRunningError extends PetrelError {
  static readonly code = 'ERR_NOT_RUNNING'
  constructor (message: string, options?: Options) { super(NotRunningError.code, message, options) }
}

/** A fault of Petrel itself: report it. */
export class InternalError extends PetrelError {
  static readonly code = 'ERR_INTERNAL'
  constructor (message: string, options?: Options) { super(InternalError.code, message, options) }
}

const CLASSES = [
  BadInputError, UnsupportedError, NotFoundError, AmbiguousError, ExistsError, ConflictError, MovedError, SessionError,
  ForbiddenError, AdmissionError, TooLargeError, RateLimitError, QuotaError, UnavailableError, DeadlineError,
  AbortedError, ProofError, DecryptError, CorruptError, ReadOnlyError, LockedError, FormatError, NotRunningError,
  InternalError
] as const

const BY_CODE = new Map(CLASSES.map(c => [c.code as string, c]))

/**
 * The error that a code from a peer stands for: an instance of the class with that code,
 * or a plain {@link PetrelError} that keeps a code this build does not know.
 */
export function errorFromCode (code: string, message: string, details: ErrorDetails = {}): PetrelError {
  const known = BY_CODE.get(code)
  return known === undefined ? new PetrelError(code, message, { details }) : new known(message, { details })
}

/** Any thrown value as a {@link PetrelError}: an abort as {@link AbortedError}, a foreign error as {@link InternalError} with its cause. */
export function toPetrelError (error: unknown): PetrelError {
  if (error instanceof PetrelError) return error
  // Of another copy of this module, as a program has that loads some of its parts twice.
  if (error instanceof Error && BRAND in error) return errorFromCode((error as PetrelError).code, error.message, (error as PetrelError).details)
  if (error instanceof Error && error.name === 'AbortError') return new AbortedError(undefined, { cause: error })
  if (error instanceof Error && error.name === 'TimeoutError') return new DeadlineError('the deadline passed', { cause: error })
  return new InternalError(error instanceof Error ? error.message : String(error), { cause: error })
}
