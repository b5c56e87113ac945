/** Our errors inside gRPC's and Connect's. */
import { create, type MessageInitShape } from '@bufbuild/protobuf'
import type { ErrorDetails, PetrelError } from '../wire/errors.js'
import { ErrorFactSchema, ErrorInfoSchema, type ErrorFact, type ErrorInfo } from './petrel_pb.js'

/** The ErrorInfo that goes into an error's details. */
export function errorInfo (error: PetrelError): ErrorInfo {
  const details = Object.entries(error.details).map(([name, fact]): [string, ErrorFact] => [name, create(ErrorFactSchema, { fact: factOf(fact) })])
  return create(ErrorInfoSchema, { code: error.code, details: Object.fromEntries(details) })
}

function factOf (fact: ErrorDetails[string]): MessageInitShape<typeof ErrorFactSchema>['fact'] {
  if (typeof fact === 'string') return { case: 'text', value: fact }
  if (typeof fact === 'number') return { case: 'number', value: fact }
  if (typeof fact === 'boolean') return { case: 'flag', value: fact }
  return { case: 'texts', value: { texts: [...fact] } }
}
