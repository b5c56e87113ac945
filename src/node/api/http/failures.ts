/** Our errors as Connect's and gRPC's. */
import { Code, ConnectError } from '@connectrpc/connect'
import type { PetrelError } from '../../../protocol/api/index.js'
import { ErrorInfoSchema, errorInfo } from '../../../protocol/api/protobuf.js'
import { CODE_HEADER } from './refuse.js'

const CODES: Readonly<Record<string, Code>> = {
  ERR_BAD_INPUT: Code.InvalidArgument,
  ERR_UNSUPPORTED: Code.Unimplemented,
  ERR_NOT_FOUND: Code.NotFound,
  ERR_AMBIGUOUS: Code.InvalidArgument,
  ERR_EXISTS: Code.AlreadyExists,
  ERR_CONFLICT: Code.Aborted,
  ERR_MOVED: Code.FailedPrecondition,
  ERR_SESSION: Code.Unauthenticated,
  ERR_FORBIDDEN: Code.PermissionDenied,
  ERR_ADMISSION: Code.PermissionDenied,
  ERR_TOO_LARGE: Code.InvalidArgument,
  ERR_RATE: Code.ResourceExhausted,
  ERR_QUOTA: Code.ResourceExhausted,
  ERR_UNAVAILABLE: Code.Unavailable,
  ERR_DEADLINE: Code.DeadlineExceeded,
  ERR_ABORTED: Code.Canceled,
  ERR_PROOF: Code.DataLoss,
  ERR_DECRYPT: Code.DataLoss,
  ERR_CORRUPT: Code.DataLoss,
  ERR_READ_ONLY: Code.FailedPrecondition,
  ERR_LOCKED: Code.FailedPrecondition,
  ERR_FORMAT: Code.FailedPrecondition,
  ERR_NOT_RUNNING: Code.Unavailable,
  ERR_INTERNAL: Code.Internal
}

/** The error to throw in a handler: status by kind, our code in a header, code and facts in the details. */
export function connectErrorOf (error: PetrelError): ConnectError {
  const details = [{ desc: ErrorInfoSchema, value: errorInfo(error) }]
  return new ConnectError(error.message, CODES[error.code] ?? Code.Unknown, { [CODE_HEADER]: error.code }, details)
}
