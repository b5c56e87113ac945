/** The answer to a request that is refused before anything of an answer has gone out, in Connect's form of an error. */
import type { ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import type { PetrelError } from '../../../protocol/api/index.js'

/** The header (and gRPC metadata) that carries our code. */
export const CODE_HEADER = 'petrel-code'

const STATUS: Readonly<Record<string, readonly [number, string]>> = {
  ERR_BAD_INPUT: [400, 'invalid_argument'],
  ERR_AMBIGUOUS: [400, 'invalid_argument'],
  ERR_SESSION: [401, 'unauthenticated'],
  ERR_FORBIDDEN: [403, 'permission_denied'],
  ERR_NOT_FOUND: [404, 'not_found'],
  ERR_TOO_LARGE: [413, 'invalid_argument'],
  ERR_RATE: [429, 'resource_exhausted'],
  ERR_UNSUPPORTED: [501, 'unimplemented'],
  ERR_PROOF: [502, 'data_loss'],
  ERR_DECRYPT: [502, 'data_loss'],
  ERR_UNAVAILABLE: [503, 'unavailable'],
  ERR_READ_ONLY: [503, 'failed_precondition'],
  ERR_DEADLINE: [504, 'deadline_exceeded'],
  ERR_QUOTA: [507, 'resource_exhausted']
}

/**
 * Answers with an error. `code` is Connect's name for it, where it is not the usual one. `keep`: the connection stays,
 * and somebody takes the rest of the request off it.
 */
export function refuse (response: ServerResponse | Http2ServerResponse, error: PetrelError, { code, keep = false }: { code?: string, keep?: boolean } = {}): void {
  const [status, usual] = STATUS[error.code] ?? [500, 'internal']
  const body = JSON.stringify({ code: code ?? usual, message: error.message })
  const headers = { 'content-type': 'application/json', [CODE_HEADER]: error.code, 'x-content-type-options': 'nosniff' }
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  // HTTP/2 has no such header; here it keeps an unread body from being taken for the next request.
  if (!keep && !('stream' in response)) response.setHeader('connection', 'close')
  response.statusCode = status
  response.end(body)
}
