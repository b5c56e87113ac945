/** Errors inside replies and pushes: the same form as a whole call's failure. */
import { encodeCbor, type pb, type PetrelError } from '../protocol/wire/index.js'

/** An error as it travels. */
export function failureOf (error: PetrelError): pb.Failure {
  return { code: error.code, message: error.message, details: encodeCbor(error.details) }
}
