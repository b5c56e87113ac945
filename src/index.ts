/**
 * The public door of the package `petrel`: a node in this process, a connection to a daemon, a relay, and one
 * interface for both ways to a node. Who only connects imports `petrel/client`, which loads no libp2p.
 */
export { createHome, createNode, type CreateHomeOptions, type NewHome, type NodeLog, type NodeOptions, type PetrelNode, type Unlock } from './node/index.js'
export { newApiToken, serveApi, type ApiServer, type ApiToken, type ServeApiOptions } from './node/index.js'
export { connect, type ConnectOptions } from './node/client/index.js'
export { createRelay, type Admission, type Relay, type RelayOptions } from './relay/index.js'
export type * from './protocol/api/index.js'
export {
  AbortedError, AdmissionError, AmbiguousError, BadInputError, ConflictError, CorruptError, DeadlineError, DecryptError,
  ExistsError, ForbiddenError, FormatError, InternalError, LockedError, NotFoundError, NotRunningError, PetrelError,
  ProofError, QuotaError, RateLimitError, ReadOnlyError, SessionError, TooLargeError, UnavailableError, UnsupportedError,
  errorFromCode, toPetrelError, type ErrorDetails
} from './protocol/wire/index.js'
