/** Errors inside replies and pushes: the same form as a whole call's failure. */
import { encodeCbor, type pb, type PetrelError } from '../protocol/wire/index.js'
import { messageFor } from './net/index.js'

/** An error as it travels. */
export function failureOf (error: PetrelError): pb.Failure {
  return { code: error.code, message: messageFor(error), details: encodeCbor(error.details) }
}
