/** The public door of the package `petrel`. */
export {
  AbortedError, AdmissionError, AmbiguousError, BadInputError, ConflictError, CorruptError, DeadlineError, DecryptError,
  ExistsError, ForbiddenError, FormatError, InternalError, LockedError, NotFoundError, NotRunningError, PetrelError,
  ProofError, QuotaError, RateLimitError, ReadOnlyError, SessionError, TooLargeError, UnavailableError, UnsupportedError,
  errorFromCode, toPetrelError, type ErrorDetails
} from './protocol/wire/index.js'
